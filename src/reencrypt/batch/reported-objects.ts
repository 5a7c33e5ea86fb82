import type {
  Answer,
  ListedObject,
  ListedVersion,
  ListPage,
  ListRequest,
  ObjectId,
  ObjectStore,
} from "../../s3/object-store";
import { describeEncryption } from "../audit";
import { isEncryptedAs } from "../decide";
import type { LineSet } from "../line-set";
import type { PlanContext } from "../plan";
import type { Visit } from "../sweep";

/** The objects that one job's completion report says it has updated. */
export interface ReportedJob {
  /** When the job was created, in milliseconds since the epoch. */
  readonly createdAt: number;
  /** Of `reportedLine`. */
  readonly objects: LineSet;
}

/** An object as a set of reported ones has it: ASCII, without a line end. `null` and no version id are the same. */
export const reportedLine = ({ key, versionId = "null" }: ObjectId): string =>
  `${encodeURIComponent(Buffer.from(key).toString())},${versionId}`;

type Written = Pick<ListedObject, "lastModified" | "etag">;

interface Listed extends Written {
  readonly line: string;
}

const nameOf = ({ key, versionId }: ObjectId): string => (versionId === undefined ? key : `${key}\0${versionId}`);

/** The ETag of an upload in parts. https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html */
const isOfParts = (etag: string): boolean => etag.includes("-");

/**
 * Which objects rest on what a job's completion report says of them, and which of those are looked at nevertheless.
 *
 * A version never changes, so a report that names it speaks of it. Where there are no versions the object must not have
 * been written since the job was created. LastModified of an upload in parts is when the upload began, which may have
 * been long before it was completed, so that nothing is known of those.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html, "System-defined object metadata"
 */
export class ReportedObjects {
  readonly #jobs: ReportedJob[] = [];
  /** Of pages that are being worked on. */
  readonly #listed = new Map<string, Listed>();
  #sample: ReadonlySet<string> = new Set();

  add(job: ReportedJob): void {
    this.#jobs.push(job);
  }

  /** @param lines those that are looked at, by their `reportedLine` */
  choose(lines: readonly string[]): void {
    this.#sample = new Set(lines);
  }

  async close(): Promise<void> {
    for (const { objects } of this.#jobs) await objects.close();
  }

  /**
   * The same bucket. Its lists are where it is noted what a report speaks of.
   *
   * @param keepsVersions whether it has ever had versions: then a key alone does not say what a report speaks of
   */
  noting(store: ObjectStore, keepsVersions: boolean): ObjectStore {
    const listVersions: ObjectStore["listVersions"] = async (request) => {
      const answer = await store.listVersions(request);
      if (answer.is !== "done") return answer;
      for (const { current, deleteMarker, ...version } of answer.value.versions) {
        const { key, versionId } = version;
        if (!deleteMarker) await this.#note(current ? { key } : { key, versionId }, versionId, version);
      }
      return answer;
    };
    const list: ObjectStore["list"] = async (request) => {
      const answer = await store.list(request);
      if (answer.is !== "done") return answer;
      for (const { key, ...written } of answer.value.objects) await this.#note({ key }, "null", written);
      return answer;
    };
    return { ...store, listVersions, list: keepsVersions ? currentOf(listVersions) : list };
  }

  async #note(id: ObjectId, versionId: string, { lastModified, etag }: Written): Promise<void> {
    const line = reportedLine({ key: id.key, versionId });
    const isWholeVersion = versionId !== "null";
    const mayRest = isWholeVersion || (lastModified !== undefined && etag !== undefined && !isOfParts(etag));
    for (const { createdAt, objects } of mayRest ? this.#jobs : []) {
      const before = Math.floor(createdAt / 1000) * 1000; // S3 tells LastModified to the second
      if ((isWholeVersion || (lastModified ?? before) < before) && (await objects.has(line))) {
        this.#listed.set(nameOf(id), { line, lastModified, etag });
        return;
      }
    }
    this.#listed.delete(nameOf(id));
  }

  /** What the last list has noted of it. It is asked once. */
  take(id: ObjectId): { readonly chosen: boolean; readonly written: Written } | undefined {
    const listed = this.#listed.get(nameOf(id));
    this.#listed.delete(nameOf(id));
    return listed && { chosen: this.#sample.has(listed.line), written: listed };
  }
}

/** S3's own limit of a page. Between one current object and the next there may be any number of versions. */
const PAGE_SIZE = 1000;

/** Current objects out of the list of versions. */
function currentOf(listVersions: ObjectStore["listVersions"]): ObjectStore["list"] {
  return async ({ after, prefix, limit }: ListRequest): Promise<Answer<ListPage>> => {
    let marker: { keyMarker?: string; versionIdMarker?: string } = { keyMarker: after };
    for (;;) {
      const answer = await listVersions({ prefix, ...marker, limit: PAGE_SIZE });
      if (answer.is !== "done") return answer;
      const { versions, next } = answer.value;
      const current = versions.filter(isCurrent);
      const more = next !== undefined || current.length > limit;
      // A size says nothing to a sweep.
      const objects = current
        .slice(0, limit)
        .map(({ key, lastModified, etag }) => ({ key, lastModified, etag, size: 0 }));
      if (objects.length > 0 || !next) return { is: "done", value: { objects, more } };
      marker = next;
    }
  };
}

const isCurrent = ({ current, deleteMarker }: ListedVersion): boolean => current && !deleteMarker;

/** Leaves out what rests on a job's report, but for the sample of it: that is looked at, and not changed. */
export function restingOnReports(
  { store, target }: Pick<PlanContext, "store" | "target">,
  reported: ReportedObjects,
  visit: Visit,
): Visit {
  return async (id) => {
    const rests = reported.take(id);
    if (!rests) return visit(id);
    if (!rests.chosen) return { ...id, outcome: "reported" };
    const seen = await store.head(id);
    const { lastModified, etag } = rests.written;
    const isTheSame = seen.is === "done" && seen.value.lastModified === lastModified && seen.value.etag === etag;
    if (!isTheSame) return visit(id); // gone, not to be seen, or written since it was listed
    const { encryption } = seen.value;
    if (isEncryptedAs(encryption, target)) return { ...id, outcome: "readBack" };
    const message = `its job's report says that it was updated, and HeadObject shows ${describeEncryption(encryption)}`;
    return { ...id, outcome: "notAsReported", message };
  };
}
