import type { S3ControlClient } from "@aws-sdk/client-s3-control";
import { lookAtAccessPoints, lookAtAccountBlock } from "../../../src/checks/audit/look-at-account";
import { seen } from "../../../src/checks/preflight/looked";
import { s3ControlClient } from "../../../src/s3/s3-control-client";
import { account, legacyBucket } from "../../support/legacy-bucket";
import { requestHandler } from "../../support/request-handler";
import { question } from "./arrange";

const asked = question("stage: encrypt");
const region = "eu-west-1";

async function world() {
  const { aws } = await legacyBucket();
  const credentials = aws.addAccount(account);
  const client: S3ControlClient = s3ControlClient({ region, credentials, requestHandler: requestHandler(aws.handle) });
  return { client, exposure: aws.state.exposure };
}

test("an account's own block is seen, or that it was never set", async () => {
  const { client, exposure } = await world();
  expect(await lookAtAccountBlock(client, asked)).toEqual(seen(null));
  exposure.blocks.set(account, { RestrictPublicBuckets: true });
  expect(await lookAtAccountBlock(client, asked)).toEqual(
    seen({ blockPublicAcls: false, ignorePublicAcls: false, blockPublicPolicy: false, restrictPublicBuckets: true }),
  );
});

test("of the bucket's access points those with a public policy are named, unless they are of a VPC", async () => {
  const { client, exposure } = await world();
  const point = { account, region, bucket: "acme-uploads", policyIsPublic: true };
  exposure.accessPoints.push(
    { ...point, name: "partners", block: { IgnorePublicAcls: true } },
    { ...point, name: "inside", vpcId: "vpc-1" },
    { ...point, name: "private", policyIsPublic: false },
    { ...point, name: "without-policy", policyIsPublic: undefined },
    { ...point, name: "of-another-bucket", bucket: "acme-other" },
  );
  expect(await lookAtAccessPoints(client, asked)).toEqual(
    seen([
      {
        name: "partners",
        block: {
          blockPublicAcls: false,
          ignorePublicAcls: true,
          blockPublicPolicy: false,
          restrictPublicBuckets: false,
        },
      },
    ]),
  );
});
