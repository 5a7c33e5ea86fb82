import { describeEncryption } from "../audit";
import type { JournalLine } from "../journal";
import { loggedObjects } from "../object-log";
import type { ObjectOutcome, Outcome } from "../outcome";
import { refusalTexts } from "../report";
import { isLasting } from "./digest";

/**
 * First what a completion report of S3 Batch Operations has, in its order, then what is ours.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-examples-reports.html
 */
export const columns = [
  ...["Bucket", "Key", "VersionId", "TaskStatus", "ErrorCode", "HTTPStatusCode", "ResultMessage"],
  ...["Before", "After", "Engine", "Outcome", "Sweep"],
];

const engines: Readonly<Partial<Record<Outcome, string>>> = {
  updated: "update",
  copied: "copy",
  copiedInParts: "multipart copy",
  reported: "job",
  readBack: "job",
  backedUp: "copy",
  restored: "copy",
};

/** As S3 Batch Operations wants keys in its manifests: URL-encoded, so that no byte of a key means anything to a reader. */
export const encodedKey = (key: string): string =>
  encodeURIComponent(Buffer.from(key).toString()).replaceAll("%2F", "/").replace(/^-/, "%2D");

/** A cell that no spreadsheet takes for a formula. */
const harmless = (text: string): string => (/^\s*[=+\-@\t\r]/.test(text) ? `'${text}` : text);

const cell = (text: string): string => {
  const safe = harmless(text);
  return /[",\r\n\u0000-\u001f]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

export const csvLine = (cells: readonly string[]): string => `${cells.map(cell).join(",")}\r\n`;

interface Row {
  readonly key: string;
  readonly versionId?: string;
  readonly outcome: Outcome;
  readonly before?: string;
  readonly after?: string;
  readonly code?: string;
  readonly status?: number;
  readonly message?: string;
}

const failures: ReadonlySet<Outcome> = new Set(["notAsReported", "notAsBefore", "notCompliant", "cannot", "failed"]);

function rowOf({ key, versionId, outcome, because, message, seen }: ObjectOutcome): Row {
  return {
    key,
    versionId,
    outcome,
    before: seen?.before && describeEncryption(seen.before),
    after: seen?.after && describeEncryption(seen.after),
    // What S3 answered, and where it was not S3 that refused, why we did.
    code: seen?.refused?.code ?? because,
    status: seen?.refused?.status,
    message: because ? refusalTexts[because] : message,
  };
}

const lineOf = (bucket: string, sweep: number, row: Row): string =>
  csvLine([
    bucket,
    encodedKey(row.key),
    row.versionId ?? "",
    failures.has(row.outcome) ? "failed" : "succeeded",
    failures.has(row.outcome) ? (row.code ?? "") : "",
    row.status === undefined || !failures.has(row.outcome) ? "" : String(row.status),
    row.message ?? "",
    row.before ?? "",
    row.after ?? "",
    engines[row.outcome] ?? "",
    row.outcome,
    String(sweep),
  ]);

/**
 * The rows of one journal line, the journal being read a second time: which sweep is the last one has to be known.
 *
 * Every exception that still is one. Where every object was logged also those that the first sweep met, and what later
 * sweeps did to any; not the ones that a later sweep merely found right.
 *
 * @param firstWhole the first sweep of everything. If it is the second, it has a row also of what the first one changed.
 */
export function csvRows(bucket: string, line: JournalLine, lastSweep: number, firstWhole: number): string {
  if ((line.t !== "page" && line.t !== "part") || line.sweep > lastSweep) return "";
  const { sweep, exceptions, objects } = line;
  let text = "";
  for (const exception of exceptions) {
    if (isLasting(exception, sweep === lastSweep)) text += lineOf(bucket, sweep, rowOf(exception));
  }
  for (const object of objects ? loggedObjects(objects) : []) {
    if (sweep <= firstWhole || object.outcome !== "alreadyRight") text += lineOf(bucket, sweep, object);
  }
  return text;
}
