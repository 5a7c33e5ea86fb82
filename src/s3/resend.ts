import type { ObjectState } from "./object-store";

/** S3 shows what is not ASCII this way; sent back, the encoding itself would become the value. */
const encodedWord = /=\?[^?]+\?[BQ]\?[^?]*\?=/i;

/**
 * Whether headers and metadata, as HeadObject shows them, say everything that S3 has.
 *
 * Only then can an upload, which inherits nothing, be given the same ones.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
 */
export function canBeResent({ headers, metadata, missingMetadata }: ObjectState): boolean {
  if (missingMetadata > 0) return false;
  if (Object.values(metadata).some((value) => encodedWord.test(value))) return false;
  return headers.expires === undefined || new Date(headers.expires).toUTCString() === headers.expires;
}
