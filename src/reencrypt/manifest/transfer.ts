import { createHash } from "node:crypto";
import type { Documents } from "../../s3/documents";
import type { Answer, Part } from "../../s3/object-store";
import type { Clock } from "../clock";
import { describe } from "../outcome";
import { backoff } from "../pacing";

/** What is wrong with a backup's documents, and what to do about it. */
export class ManifestProblem extends Error {
  constructor(
    message: string,
    readonly remedy?: string,
  ) {
    super(message);
  }
}

const ATTEMPTS = 8;
/** S3 takes parts from 5 MiB on, and 10,000 of them. https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const PART_BYTES = 16 * 1024 * 1024;

/** For what can be asked twice without harm. */
export async function patiently<T>(clock: Clock, ask: () => Promise<Answer<T>>): Promise<Answer<T>> {
  for (let attempt = 1; ; attempt++) {
    const answer = await ask();
    if (answer.is === "done" || answer.is === "refused" || attempt === ATTEMPTS) return answer;
    await clock.sleep(backoff(attempt, clock.random(), answer.is === "throttled" ? answer.retryAfterMs : 0));
  }
}

const locationOf = ({ bucket }: Documents, key: string): string => `s3://${bucket}/${key}`;

function written<T>(documents: Documents, key: string, answer: Answer<T>): T {
  if (answer.is === "done") return answer.value;
  throw new ManifestProblem(
    `${locationOf(documents, key)} could not be written: ${describe(answer)}`,
    "The same command goes on from here.",
  );
}

/** @throws ManifestProblem if there is none, or it may not be read */
function read<T>(documents: Documents, key: string, answer: Answer<T>): T {
  if (answer.is === "done") return answer.value;
  throw new ManifestProblem(`${locationOf(documents, key)} could not be read: ${describe(answer)}`);
}

/** Writes a small document and reads it back. @throws ManifestProblem */
export async function writeDocument(documents: Documents, clock: Clock, key: string, text: string): Promise<void> {
  const body = Buffer.from(text);
  const contentType = "application/json";
  written(documents, key, await patiently(clock, () => documents.put({ key, body, contentType })));
  if ((await readDocument(documents, clock, key)) !== text) {
    throw new ManifestProblem(`${locationOf(documents, key)} is not what was written`, "Give the same command again.");
  }
}

/** @throws ManifestProblem */
export async function readDocument(documents: Documents, clock: Clock, key: string): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of contentOf(documents, clock, key)) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

/** The bytes of an object, a piece in memory at a time. @throws ManifestProblem */
export async function* contentOf(documents: Documents, clock: Clock, key: string): AsyncGenerator<Uint8Array> {
  let ifMatch: string | undefined;
  for (let first = 0, size = 1; first < size; ) {
    const last = first + PART_BYTES - 1;
    const got = await patiently(clock, () => documents.get({ key, first, last, ifMatch }));
    const { body, etag, size: whole } = read(documents, key, got);
    if (body.length === 0) throw new ManifestProblem(`${locationOf(documents, key)} was cut while it was read`);
    yield body;
    ifMatch = etag;
    size = whole;
    first += body.length;
  }
}

/** What was written, as it lies in the bucket. */
export interface Written {
  readonly bytes: number;
  readonly sha256: string;
}

/** Writes an object of any size, a part in memory at a time, and reads it back. @throws ManifestProblem */
export async function writeInParts(
  documents: Documents,
  clock: Clock,
  key: string,
  chunks: AsyncIterable<Uint8Array>,
): Promise<Written> {
  const contentType = "application/gzip";
  const created = await patiently(clock, () => documents.createUpload({ key, contentType }));
  const uploadId = written(documents, key, created);
  const hash = createHash("sha256");
  let bytes = 0;
  try {
    const parts: Part[] = [];
    for await (const body of inParts(chunks)) {
      hash.update(body);
      bytes += body.length;
      const request = { key, uploadId, number: parts.length + 1, body };
      parts.push(written(documents, key, await patiently(clock, () => documents.putPart(request))));
    }
    const completed = await patiently(clock, () => documents.completeUpload({ key, uploadId, parts }));
    // An answer that was lost may have been a success, after which the upload is not there any more.
    if (!(completed.is === "refused" && completed.code === "NoSuchUpload")) written(documents, key, completed);
  } catch (error) {
    await patiently(clock, () => documents.abortUpload({ key, uploadId }));
    throw error;
  }
  const sha256 = hash.digest("hex");
  if ((await digestOf(contentOf(documents, clock, key))) !== sha256) {
    throw new ManifestProblem(`${locationOf(documents, key)} is not what was written`, "Give the same command again.");
  }
  return { bytes, sha256 };
}

async function* inParts(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let gathered: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    gathered.push(chunk);
    length += chunk.length;
    if (length < PART_BYTES) continue;
    yield Buffer.concat(gathered);
    gathered = [];
    length = 0;
  }
  if (length > 0) yield Buffer.concat(gathered);
}

async function digestOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of chunks) hash.update(chunk);
  return hash.digest("hex");
}
