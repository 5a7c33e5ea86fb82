import {
  GetAccessPointCommand,
  GetAccessPointPolicyStatusCommand,
  GetPublicAccessBlockCommand,
  paginateListAccessPoints,
  type S3ControlClient,
} from "@aws-sdk/client-s3-control";
import type { BucketSnapshot } from "../../fleet/snapshot";
import { type Looked, look } from "../preflight/looked";
import { publicAccessBlockOf } from "../snapshot";
import type { PublicAccessPoint, Question } from "./facts";

type Block = BucketSnapshot["publicAccessBlock"];

/** The account's own block, which holds for all its buckets and access points. Null: it was never set. */
export const lookAtAccountBlock = (client: S3ControlClient, { account }: Question): Promise<Looked<Block>> =>
  look<Block>(
    "s3:GetAccountPublicAccessBlock",
    async () =>
      publicAccessBlockOf(
        (await client.send(new GetPublicAccessBlockCommand({ AccountId: account }))).PublicAccessBlockConfiguration,
      ),
    { codes: ["NoSuchPublicAccessBlockConfiguration"], means: null },
  );

/**
 * Access points of the bucket whose policy is public, and what their own block takes back. Those of a VPC are not
 * public, whatever their policy says.
 *
 * Source: Amazon S3 User Guide, "Managing public access to access points for general purpose buckets".
 */
export async function lookAtAccessPoints(
  client: S3ControlClient,
  { account, bucket }: Question,
): Promise<Looked<readonly PublicAccessPoint[]>> {
  const listed = await look("s3:ListAccessPoints", async () => {
    const names: string[] = [];
    for await (const page of paginateListAccessPoints({ client }, { AccountId: account, Bucket: bucket })) {
      for (const { Name, NetworkOrigin } of page.AccessPointList ?? []) {
        if (Name !== undefined && NetworkOrigin !== "VPC") names.push(Name);
      }
    }
    return names;
  });
  if (listed.is === "unseen") return listed;
  const found: PublicAccessPoint[] = [];
  for (const name of listed.value) {
    const at = { AccountId: account, Name: name };
    const isPublic = await look(
      "s3:GetAccessPointPolicyStatus",
      async () => (await client.send(new GetAccessPointPolicyStatusCommand(at))).PolicyStatus?.IsPublic === true,
      { codes: ["NoSuchAccessPointPolicy", "NoSuchAccessPoint"], means: false },
    );
    if (isPublic.is === "unseen") return isPublic;
    if (!isPublic.value) continue;
    const block = await look("s3:GetAccessPoint", async () =>
      publicAccessBlockOf((await client.send(new GetAccessPointCommand(at))).PublicAccessBlockConfiguration),
    );
    if (block.is === "unseen") return block;
    found.push({ name, block: block.value });
  }
  return { is: "seen", value: found };
}
