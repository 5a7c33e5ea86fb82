import { Readable } from "node:stream";
import { createGzip } from "node:zlib";
import type { Documents } from "../../s3/documents";
import type { Clock } from "../clock";
import { formatEntry, type ManifestEntry } from "./entry";
import { formatHead, type ManifestHead } from "./head";
import { headKey, manifestKey } from "./keys";
import { writeDocument, writeInParts } from "./transfer";

export interface FinishedRun extends Omit<ManifestHead, "manifest" | "format"> {
  /** In the order of their keys. */
  readonly entries: AsyncIterable<readonly ManifestEntry[]>;
}

/**
 * Writes the manifest of a run that has been through all of its objects, and then the head that says so.
 *
 * It is made of the journal, so that a run of several processes has a whole one, and never held.
 *
 * @returns the head's key
 * @throws ManifestProblem
 */
export async function writeManifest(documents: Documents, clock: Clock, finished: FinishedRun): Promise<string> {
  const { entries, ...facts } = finished;
  let count = 0;
  async function* lines(): AsyncGenerator<string> {
    for await (const some of entries) {
      count += some.length;
      yield some.map(formatEntry).join("");
    }
  }
  const key = manifestKey(facts.bucket, facts.run);
  const gzip = createGzip();
  const source = Readable.from(lines());
  source.on("error", (error) => gzip.destroy(error));
  const written = await writeInParts(documents, clock, key, source.pipe(gzip));
  const head: ManifestHead = { format: 2, ...facts, manifest: { key, ...written, entries: count } };
  const at = headKey(facts.bucket, facts.run);
  await writeDocument(documents, clock, at, formatHead(head));
  return at;
}
