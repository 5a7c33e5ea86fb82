import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { GetObjectCommand, paginateListObjectsV2, type S3Client } from "@aws-sdk/client-s3";

/** A file of logs that can be read once, as it is stored. */
export interface LogFile {
  /** A path, or `s3://bucket/key`. */
  readonly name: string;
  open(): Promise<AsyncIterable<Uint8Array>>;
}

/** `s3://bucket/prefix`, or nothing where it is a folder. */
function s3Location(source: string): { bucket: string; prefix: string } | undefined {
  const [, bucket, prefix = ""] = /^s3:\/\/([^/]+)(?:\/(.*))?$/.exec(source) ?? [];
  return bucket === undefined ? undefined : { bucket, prefix };
}

async function* folder(path: string): AsyncGenerator<LogFile> {
  if ((await stat(path)).isFile()) {
    yield { name: path, open: async () => createReadStream(path) };
    return;
  }
  const entries = await readdir(path, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const inner = join(path, entry.name);
    if (entry.isDirectory()) yield* folder(inner);
    else if (entry.isFile()) yield { name: inner, open: async () => createReadStream(inner) };
  }
}

async function* bucketFiles(client: S3Client, bucket: string, prefix: string): AsyncGenerator<LogFile> {
  for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: prefix })) {
    for (const { Key } of Contents) {
      yield {
        name: `s3://${bucket}/${Key}`,
        open: async () => {
          const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key }));
          if (!(Body instanceof Readable)) throw new Error("S3 gave no body");
          return Body;
        },
      };
    }
  }
}

/** CloudTrail keeps digests and insights beside its events. */
const noEvents = /\/CloudTrail-(Digest|Insight|NetworkActivity|Aggregated)\//;

/**
 * Every file below a folder or a prefix of a bucket, in order of its name.
 *
 * @throws Error where the folder or the bucket cannot be listed
 */
export async function* logFiles(source: string, client: S3Client): AsyncGenerator<LogFile> {
  const location = s3Location(source);
  const files = location ? bucketFiles(client, location.bucket, location.prefix) : folder(source);
  for await (const file of files) if (!noEvents.test(file.name)) yield file;
}

/** The file's bytes, unpacked where it is gzip, whatever its name says. */
export async function* unpacked(file: LogFile): AsyncGenerator<Uint8Array> {
  const chunks = (await file.open())[Symbol.asyncIterator]();
  const first = await chunks.next();
  if (first.done) return;
  async function* whole() {
    yield first.value;
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
  }
  const [a, b] = first.value;
  if (a !== 0x1f || b !== 0x8b) {
    yield* whole();
    return;
  }
  // What goes wrong on the way destroys the last stream with the same error, which is thrown here.
  yield* pipeline(Readable.from(whole()), createGunzip(), () => undefined);
}
