import type { RestoreObjectOutput, RestoreObjectRequest } from "@aws-sdk/client-s3";
import { AwsError, type Context } from "../service";
import { authorizeInput, findReadable } from "./access";
import { malformedXml } from "./errors";
import type { StoredObject } from "./state";
import { changeObject } from "./versions";

const archives: ReadonlySet<string> = new Set(["GLACIER", "DEEP_ARCHIVE"]);

const restored = (context: Context, object: StoredObject): boolean => (object.restoredUntil ?? 0) > context.now;

/** In an archive, with no restored copy to read. */
export const isArchived = (context: Context, object: StoredObject): boolean =>
  archives.has(object.storageClass) && !restored(context, object);

export const restoreHeader = (context: Context, object: StoredObject): string | undefined =>
  restored(context, object)
    ? `ongoing-request="false", expiry-date="${new Date(object.restoredUntil ?? 0).toUTCString()}"`
    : undefined;

/** RestoreObject: the copy is there at once, where S3 takes minutes to days. */
export function restoreObject(context: Context, input: RestoreObjectRequest): RestoreObjectOutput {
  const key = input.Key ?? "";
  const bucket = authorizeInput(context, "s3:RestoreObject", input);
  const object = findReadable(context, bucket, key, input.VersionId, "POST");
  if (!archives.has(object.storageClass)) {
    const message = "Restore is not allowed for the object's current storage class";
    throw new AwsError("InvalidObjectState", 403, message, { StorageClass: object.storageClass });
  }
  const days = input.RestoreRequest?.Days;
  if (!days || days < 1) throw malformedXml();
  // Until midnight UTC after the days asked for: User Guide, "Restoring an archived object".
  const day = 24 * 60 * 60 * 1000;
  changeObject(bucket, object, { restoredUntil: (Math.floor(context.now / day) + days + 1) * day });
  return {};
}
