import type { ObjectIdentifier, S3 } from "@aws-sdk/client-s3";
import { refusalOf } from "./expect";

/** Deletes a bucket with all that is in it, governed retention and legal holds included. One that is not there is no error. */
export async function emptyAndDeleteBucket(s3: S3, Bucket: string): Promise<void> {
  const refusal = await refusalOf(s3.deleteBucket({ Bucket }));
  if (refusal === undefined || refusal.status === 404) return;
  if (refusal.status === 403) await s3.deleteBucketPolicy({ Bucket });
  const { Uploads = [] } = await s3.listMultipartUploads({ Bucket });
  for (const { Key, UploadId } of Uploads) await s3.abortMultipartUpload({ Bucket, Key, UploadId });
  let before = "";
  for (;;) {
    const { Versions = [], DeleteMarkers = [] } = await s3.listObjectVersions({ Bucket });
    const all: ObjectIdentifier[] = [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key, VersionId }));
    if (all.length === 0) break;
    const now = JSON.stringify(all);
    if (now === before) throw new Error(`${Bucket} keeps ${all.length} versions although they were deleted`);
    before = now;
    const { Errors = [] } = await s3.deleteObjects({ Bucket, Delete: { Objects: all, Quiet: true } });
    // What is locked; the header that lifts retention is refused in buckets without Object Lock.
    for (const { Key, VersionId } of Errors) {
      await s3.putObjectLegalHold({ Bucket, Key, VersionId, LegalHold: { Status: "OFF" } });
      await s3.deleteObject({ Bucket, Key, VersionId, BypassGovernanceRetention: true });
    }
  }
  await s3.deleteBucket({ Bucket });
}
