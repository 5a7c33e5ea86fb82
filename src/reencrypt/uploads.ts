import type { Answer, ListedUpload, ObjectStore, UploadId } from "../s3/object-store";
import type { Clock } from "./clock";

const PAGE = 1000;

/**
 * All uploads in parts that are in progress, those of a prefix or of the whole bucket.
 *
 * Each will have the encryption with which it began, whatever the bucket's default is by then; S3 shows it to nobody
 * but who began it. https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html
 */
export async function uploadsInProgress(store: ObjectStore, prefix?: string): Promise<Answer<ListedUpload[]>> {
  const uploads: ListedUpload[] = [];
  let marker: { keyMarker: string; uploadIdMarker?: string } | undefined;
  for (;;) {
    const page = await store.listUploads({ prefix, ...marker, limit: PAGE });
    if (page.is !== "done") return page;
    uploads.push(...page.value.uploads);
    if (!page.value.next) return { is: "done", value: uploads };
    marker = page.value.next;
  }
}

export interface Waiting {
  readonly store: ObjectStore;
  readonly prefix?: string;
  /** Only these are waited for: what begins later has the bucket's new default, or is caught by a later sweep. */
  readonly uploads: readonly UploadId[];
  readonly clock: Clock;
  readonly stop: AbortSignal;
}

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 15_000;

/** Until somebody else has completed or aborted them all; ours is not to do either. */
export async function waitForUploads({ store, prefix, uploads, clock, stop }: Waiting): Promise<Answer<void>> {
  const awaited = new Set(uploads.map(({ uploadId }) => uploadId));
  for (let pause = FIRST_PAUSE_MS; !stop.aborted && awaited.size > 0; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    const open = await uploadsInProgress(store, prefix);
    if (open.is !== "done") return open;
    if (!open.value.some(({ uploadId }) => awaited.has(uploadId))) break;
    // Second by second, since whoever stops it does not want to wait for uploads.
    for (let waited = 0; waited < pause && !stop.aborted; waited += FIRST_PAUSE_MS) await clock.sleep(FIRST_PAUSE_MS);
  }
  return { is: "done", value: undefined };
}
