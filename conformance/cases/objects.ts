import type { World } from "../world";

/** A bucket with one object, and what was answered. */
export async function withObject(
  { s3, bucket }: World,
  { versioned = false, Body = "body" } = {},
): Promise<{ Bucket: string; Key: string; ETag: string; VersionId?: string }> {
  const Bucket = await bucket({ versioned });
  const { ETag = "", VersionId } = await s3.putObject({ Bucket, Key: "key", Body });
  return { Bucket, Key: "key", ETag, ...(VersionId && { VersionId }) };
}

/** An upload begun, with its parts there. */
export async function begunUpload({ s3 }: World, id: { Bucket: string; Key: string }, ...parts: readonly string[]) {
  const { UploadId } = await s3.createMultipartUpload(id);
  const Parts = await Promise.all(
    parts.map(async (Body, index) => {
      const { ETag } = await s3.uploadPart({ ...id, UploadId, PartNumber: index + 1, Body });
      return { PartNumber: index + 1, ETag };
    }),
  );
  return { ...id, UploadId, MultipartUpload: { Parts } };
}

export const textOf = async (answer: { Body?: { transformToString(): Promise<string> } }): Promise<string> =>
  (await answer.Body?.transformToString()) ?? "";

/** The smallest part that may be followed by another. */
export const fiveMebibytes = "5".repeat(5 * 1024 * 1024);
