import type { EncryptionTarget } from "../fleet/fleet";
import type { Answer, Checksum, Copied, CopySource, ObjectStore, Part, UploadId } from "../s3/object-store";
import { type Appearance, grantsToResend } from "./appearance";
import { describe } from "./outcome";

const MEBIBYTE = 1024 * 1024;
const SMALLEST_PART = 512 * MEBIBYTE;
const MOST_PARTS = 10_000;
/** Parts of one object that are copied at the same time. */
const PARTS_AT_ONCE = 8;
/** Copying a part again does no harm to the object: the last one with its number counts. */
const ATTEMPTS = 3;

export interface CopyInParts {
  readonly source: CopySource;
  /** Key at the destination. */
  readonly key: string;
  /** The ETag that the destination must have at the end. @default no condition */
  readonly ifMatch?: string;
  /** The destination must not be there at the end. @default no condition */
  readonly ifNoneMatch?: "*";
  readonly encryption: EncryptionTarget;
  /** What the new object shall look like: an upload inherits nothing. */
  readonly wanted: Appearance;
  /** Called with the upload before its first part. */
  readonly begun: (uploadId: string) => Promise<void>;
  /** Told of an upload that could not be aborted. */
  readonly notice: (message: string) => void;
}

/** Byte ranges, both ends included, in at most 10,000 parts. https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
export function partRanges(size: number): { number: number; first: number; last: number }[] {
  const part = Math.max(SMALLEST_PART, Math.ceil(size / MOST_PARTS / MEBIBYTE) * MEBIBYTE);
  return Array.from({ length: Math.ceil(size / part) }, (_, index) => ({
    number: index + 1,
    first: index * part,
    last: Math.min((index + 1) * part, size) - 1,
  }));
}

/**
 * The same algorithm as before; over the whole object where S3 can, so that the value can be compared: by the CRCs.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
 */
function checksumToAskFor(checksum: Checksum | undefined): Pick<Checksum, "algorithm" | "type"> | undefined {
  if (!checksum) return undefined;
  const { algorithm } = checksum;
  return { algorithm, type: algorithm.startsWith("CRC") ? "FULL_OBJECT" : "COMPOSITE" };
}

/**
 * Copies an object of any size in parts. Each part is refused once the source has another ETag.
 *
 * Ends with an upload that is either completed or aborted; one that S3 does not let go of is told of.
 */
export async function copyInParts(store: ObjectStore, request: CopyInParts): Promise<Answer<Copied>> {
  const { source, key, ifMatch, ifNoneMatch, encryption, wanted } = request;
  const { state, tags, acl } = wanted;
  const checksum = checksumToAskFor(state.checksum);
  const created = await store.createUpload({
    key,
    encryption,
    headers: state.headers,
    metadata: state.metadata,
    tags,
    storageClass: state.storageClass,
    websiteRedirect: state.websiteRedirect,
    grants: grantsToResend(acl),
    checksum,
  });
  if (created.is !== "done") return created;
  const upload = { key, uploadId: created.value.uploadId };
  await request.begun(upload.uploadId);

  const parts = await copyParts(store, source, upload, state.size);
  const ended: Answer<Copied> =
    parts.is === "done"
      ? await store.completeUpload({
          ...upload,
          parts: parts.value,
          ifMatch,
          ifNoneMatch,
          checksumType: checksum?.type,
        })
      : parts;
  if (ended.is === "done") return ended;

  const why = await abort(store, upload);
  if (why !== undefined) request.notice(why);
  return wasOvertaken(ended) ? { is: "unknown", cause: "S3 copied a part once more after its answer was lost" } : ended;
}

/**
 * Whether a part has another ETag than its answer said, which under a KMS key it has each time that it is copied.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
 */
const wasOvertaken = (answer: Answer<Copied>): boolean => answer.is === "refused" && answer.code === "InvalidPart";

/**
 * Ends an upload of ours.
 *
 * @returns what to say if it is still open: its parts are paid for until somebody aborts it
 */
export async function abort(store: ObjectStore, upload: UploadId): Promise<string | undefined> {
  let aborted = await store.abortUpload(upload);
  for (let attempt = 1; aborted.is === "unknown" && attempt < ATTEMPTS; attempt++) {
    aborted = await store.abortUpload(upload);
  }
  // 404: S3 has ended it already, be it completed or aborted.
  if (aborted.is === "done" || (aborted.is === "refused" && aborted.status === 404)) return undefined;
  return `${upload.key}: upload ${upload.uploadId} is still open and could not be aborted: ${describe(aborted)}`;
}

async function copyParts(
  store: ObjectStore,
  source: CopySource,
  upload: UploadId,
  size: number,
): Promise<Answer<Part[]>> {
  const waiting = partRanges(size).values();
  const parts: Part[] = [];
  let problem: Exclude<Answer<Part>, { is: "done" }> | undefined;

  const worker = async () => {
    for (const range of waiting) {
      let part = await store.copyPart({ ...upload, source, ...range });
      for (let attempt = 1; part.is === "unknown" && attempt < ATTEMPTS; attempt++) {
        part = await store.copyPart({ ...upload, source, ...range });
      }
      if (part.is === "done") parts.push(part.value);
      else problem ??= part;
      if (problem) return;
    }
  };
  await Promise.all(Array.from({ length: PARTS_AT_ONCE }, worker));
  return problem ?? { is: "done", value: parts.sort((a, b) => a.number - b.number) };
}
