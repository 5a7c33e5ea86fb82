import { createHash } from "node:crypto";
import { z } from "zod";
import type { ObjectId } from "../../s3/object-store";
import { csvRecords, UnreadableCsv } from "../csv-records";
import { decodedKey } from "../url-encoded-key";

/** The report is not there, was cut, or is not what its own checksums say. What it would have told is not known. */
export class UnreliableReport extends Error {}

export interface ReportedFailures {
  readonly code: string;
  /** HTTP status. */
  readonly status: string;
  readonly objects: number;
  /** The first of their keys, and S3's message about it. */
  readonly example: { readonly key: string; readonly message: string };
}

export interface CompletionReport {
  readonly succeeded: number;
  readonly failed: number;
  readonly failures: readonly ReportedFailures[];
}

const manifest = z.object({
  Format: z.literal("Report_CSV_20180820"),
  Results: z.array(
    z.object({
      TaskExecutionStatus: z.enum(["succeeded", "failed"]),
      Bucket: z.string(),
      MD5Checksum: z.string(),
      Key: z.string(),
    }),
  ),
  ReportSchema: z.literal("Bucket, Key, VersionId, TaskStatus, ErrorCode, HTTPStatusCode, ResultMessage"),
});

const FIELDS = 7;

export interface ReportPlace {
  readonly bucket: string;
  /** As the job was told. */
  readonly prefix: string;
  readonly job: string;
  /** The bucket whose objects the job changed. */
  readonly source: string;
  /** The content of an object of `bucket`. Rejects where it cannot be read. */
  readonly read: (key: string) => Promise<AsyncIterable<Uint8Array>>;
  /** Told of every object that succeeded, before the checksums are known to be right. @default nobody */
  readonly succeeded?: (object: ObjectId) => Promise<void>;
}

/**
 * Reads what a job says that it has done, checked against the checksums that came with it.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-examples-reports.html
 * @throws UnreliableReport
 */
export async function readCompletionReport(place: ReportPlace): Promise<CompletionReport> {
  try {
    return await readReport(place);
  } catch (error) {
    if (error instanceof UnreliableReport) throw error;
    throw new UnreliableReport(error instanceof Error ? error.message : String(error));
  }
}

async function readReport({ bucket, prefix, job, source, read, succeeded }: ReportPlace): Promise<CompletionReport> {
  const key = `${prefix}/job-${job}/manifest.json`;
  const [text, checksum] = await Promise.all([textOf(await read(key)), textOf(await read(`${key}.md5`))]);
  if (createHash("md5").update(text).digest("hex") !== checksum.trim()) {
    throw new UnreliableReport(`s3://${bucket}/${key} is not what its MD5 says`);
  }
  const counts = { succeeded: 0, failed: 0 };
  const failures = new Map<string, { -readonly [Name in keyof ReportedFailures]: ReportedFailures[Name] }>();
  for (const result of manifest.parse(JSON.parse(text)).Results) {
    if (result.Bucket !== bucket)
      throw new UnreliableReport(`a result is in s3://${result.Bucket}, not in s3://${bucket}`);
    const md5 = createHash("md5");
    for await (const { fields, line } of csvRecords(hashed(await read(result.Key), md5))) {
      const [of, name = "", versionId, status, code = "", http = "", message = ""] = fields;
      if (fields.length !== FIELDS || of !== source || (status !== "succeeded" && status !== "failed")) {
        throw new UnreliableReport(`s3://${bucket}/${result.Key}, line ${line}, is no line of this job`);
      }
      counts[status]++;
      if (status === "succeeded") {
        await succeeded?.({ key: decoded(name), versionId: versionId || undefined });
        continue;
      }
      const group = failures.get(`${code} ${http}`);
      if (group) group.objects++;
      else
        failures.set(`${code} ${http}`, { code, status: http, objects: 1, example: { key: decoded(name), message } });
    }
    if (md5.digest("hex") !== result.MD5Checksum) {
      throw new UnreliableReport(`s3://${bucket}/${result.Key} is not what its MD5 says: it was cut or edited`);
    }
  }
  return { ...counts, failures: [...failures.values()].sort((a, b) => b.objects - a.objects) };
}

function decoded(name: string): string {
  try {
    return decodedKey(name);
  } catch {
    throw new UnreadableCsv(`${name} is no URL-encoded key`);
  }
}

async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all).toString();
}

async function* hashed(chunks: AsyncIterable<Uint8Array>, hash: { update(data: Uint8Array): unknown }) {
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
}
