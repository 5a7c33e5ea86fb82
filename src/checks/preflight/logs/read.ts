import type { S3Client } from "@aws-sdk/client-s3";
import { toldBySdk } from "../../settings";
import { parseAccessLogLine } from "./access-log";
import { parseCloudTrailEvent } from "./cloudtrail";
import { type LogFile, logFiles, unpacked } from "./files";
import { jsonRecords, lines } from "./records";
import type { Parsed } from "./request";
import type { UsageOf } from "./usage";

export interface LogSources {
  /** Folders, or `s3://bucket/prefix`. */
  readonly cloudtrail: readonly string[];
  readonly accessLogs: readonly string[];
}

/** Where something could not be read: a line of an access log, a record of CloudTrail, or a whole file (no place). */
export interface Unread {
  readonly file: string;
  /** From 1. */
  readonly place?: number;
  readonly why: string;
}

/** What was read, of all buckets together. */
export interface Reading {
  readonly sources: LogSources;
  readonly files: number;
  readonly records: number;
  /** How many lines, records and files could not be read. */
  readonly unread: number;
  /** The first of them. */
  readonly firstUnread: readonly Unread[];
}

const mostNamed = 20;
/** Files at the same time: those of an S3 bucket are many and small. */
const atOnce = 8;

interface Format {
  readonly split: typeof lines;
  readonly parse: (text: string) => Parsed;
}

const cloudTrail: Format = { split: jsonRecords, parse: parseCloudTrailEvent };
const accessLog: Format = { split: lines, parse: parseAccessLogLine };

/**
 * Reads every log once, and adds what it says of the buckets to them. Memory does not grow with the logs.
 *
 * @param usages by bucket; requests to other buckets are read over
 * @throws Error where a source cannot be listed. A file that cannot be opened or read to its end is `unread`.
 */
export async function readLogs(
  sources: LogSources,
  client: S3Client,
  usages: ReadonlyMap<string, UsageOf>,
): Promise<Reading> {
  let files = 0;
  let records = 0;
  let unread = 0;
  const firstUnread: Unread[] = [];
  const note = (one: Unread): void => {
    unread += 1;
    if (firstUnread.length < mostNamed) firstUnread.push(one);
  };

  async function readFile(file: LogFile, { split, parse }: Format): Promise<void> {
    files += 1;
    try {
      for await (const { text, place } of split(unpacked(file))) {
        records += 1;
        const parsed = text === null ? "unreadable" : parse(text);
        if (parsed === "unreadable") {
          note({
            file: file.name,
            place,
            why: text === null ? "longer than a record can be" : "not of the documented form",
          });
        } else if (parsed !== null) {
          usages.get(parsed.bucket)?.add(parsed);
        }
      }
    } catch (error) {
      note({ file: file.name, why: toldBySdk(error) });
    }
  }

  async function readSource(source: string, format: Format): Promise<void> {
    const found = logFiles(source, client);
    // One iterator for all of them: each takes the next file when it has done with one.
    const lane = async () => {
      for (let next = await found.next(); !next.done; next = await found.next()) await readFile(next.value, format);
    };
    await Promise.all(Array.from({ length: atOnce }, lane));
  }

  for (const source of sources.cloudtrail) await readSource(source, cloudTrail);
  for (const source of sources.accessLogs) await readSource(source, accessLog);
  return { sources, files, records, unread, firstUnread };
}
