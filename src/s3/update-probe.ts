import { DeleteObjectCommand, HeadObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import type { UpdateRequest } from "./object-store";
import { answer } from "./sdk-answers";
import { sdkStore } from "./sdk-store";
import { hasNoSuchOperation } from "./shapes";

export interface UpdateProbe {
  /** One that asks again: the key has no object, so that this does no harm. */
  readonly client: S3Client;
  readonly bucket: string;
  readonly expectedBucketOwner: string;
  /** A key that no object has. */
  readonly key: string;
  readonly encryption: UpdateRequest["encryption"];
}

export type UpdateSupport =
  | { readonly is: "there" }
  | { readonly is: "missing" }
  /** S3 has it, and does not let this caller use it. */
  | { readonly is: "denied"; readonly message: string }
  | { readonly is: "unclear"; readonly message: string };

/** What a call takes. https://docs.aws.amazon.com/AmazonS3/latest/API/API_UpdateObjectEncryption.html, "Permissions" */
export const updatePermissions = "s3:UpdateObjectEncryption and s3:PutObject";

/**
 * Whether a server has UpdateObjectEncryption, and lets this caller use it.
 *
 * One that does not know the subresource takes the call for PutObject, and replaces the object by the XML of the
 * request: moto 5 does. So the first call goes to a key that no object has. S3 answers 404 to those who may; what a
 * server creates instead is deleted again.
 */
export async function probeUpdate(probe: UpdateProbe): Promise<UpdateSupport> {
  const { client, bucket, expectedBucketOwner, key, encryption } = probe;
  const store = sdkStore({ client, bucket, expectedBucketOwner });
  const tried = await store.updateEncryption({ key, encryption });
  if (tried.is === "refused" && tried.code === "NoSuchKey") return { is: "there" };
  if (tried.is === "refused" && hasNoSuchOperation(tried.status)) return { is: "missing" };
  if (tried.is === "refused" && tried.status === 403)
    return { is: "denied", message: `${tried.code}: ${tried.message}` };
  if (tried.is === "refused") return { is: "unclear", message: `${tried.code} (${tried.status}): ${tried.message}` };
  if (tried.is === "throttled") return { is: "unclear", message: "the server is throttling" };

  const at = { Bucket: bucket, Key: key, ExpectedBucketOwner: expectedBucketOwner };
  const created = await answer(() => client.send(new HeadObjectCommand(at)));
  if (created.is === "done") {
    const { VersionId } = created.value;
    const deleted = await answer(() => client.send(new DeleteObjectCommand({ ...at, VersionId })));
    if (deleted.is !== "done")
      return { is: "unclear", message: `the server created ${key}, which could not be deleted` };
    return { is: "missing" };
  }
  return {
    is: "unclear",
    message: tried.is === "unknown" ? tried.cause : "the server said yes to a key that no object has",
  };
}
