import { type FileHandle, mkdir, open, rename } from "node:fs/promises";
import { join } from "node:path";
import type { JournalLine } from "../../../src/reencrypt/journal";
import { columns, csvLine, csvRows } from "../../../src/reencrypt/report/csv";
import { Digest, SHOWN_EXCEPTIONS } from "../../../src/reencrypt/report/digest";
import { mergedSummary } from "../../../src/reencrypt/report/merged";
import type * as Page from "../../../src/reencrypt/report/page";
import { type RunFacts, type Summary, summarize } from "../../../src/reencrypt/report/summary";

/** Characters that are gathered before they are written. */
const CHUNK = 1 << 16;

/** There whole or not at all, and for nobody else to read: keys of objects are in it. */
async function writeWhole(path: string, write: (file: FileHandle) => Promise<void>): Promise<void> {
  const file = await open(`${path}.new`, "w", 0o600);
  try {
    await write(file);
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
}

/** Reads a journal from its beginning. */
export type ReadJournal = () => AsyncIterable<JournalLine>;

/** Where the page of a run's report is. */
export const reportPage = (runDirectory: string): string => join(runDirectory, "report", "index.html");

/**
 * Writes `report/` of a run from nothing but what is kept of it, so that it tells of all processes of the run alike.
 *
 * The journal is read twice and never held: a run over ten million objects takes no more memory than one over ten.
 */
export async function writeReport(runDirectory: string, facts: RunFacts, journal: ReadJournal): Promise<Summary> {
  const read = await readPart({ facts, journal });
  await writeFiles(runDirectory, { ...read, parts: [read] });
  return read.summary;
}

/** A shard that somebody has begun. */
export interface ReportPart {
  readonly facts: RunFacts;
  readonly journal: ReadJournal;
}

/**
 * Writes the one report of a run in shards. Its throughput is in the report of each.
 *
 * @param shards how many there are, whether they were begun or not
 */
export async function writeMergedReport(
  runDirectory: string,
  facts: RunFacts,
  [first, ...others]: readonly [ReportPart, ...ReportPart[]],
  shards: number,
): Promise<Summary> {
  const parts: [PartRead, ...PartRead[]] = [await readPart(first)];
  for (const part of others) parts.push(await readPart(part));
  const [{ summary: one }, ...more] = parts;
  const summary = mergedSummary([one, ...more.map((part) => part.summary)], facts, shards);
  const exceptions = parts.flatMap(({ digest }) => digest.exceptions).slice(0, SHOWN_EXCEPTIONS);
  await writeFiles(runDirectory, { summary, digest: { samples: [], exceptions }, parts });
  return summary;
}

interface PartRead {
  readonly journal: ReadJournal;
  readonly digest: Pick<Digest, "samples" | "exceptions">;
  readonly finished: Digest["finished"];
  readonly summary: Summary;
  /** The first sweep of everything. */
  readonly firstWhole: number;
}

async function readPart({ facts, journal }: ReportPart): Promise<PartRead> {
  const digest = new Digest();
  for await (const line of journal()) digest.add(line);
  const { finished, tally } = digest;
  return { journal, digest, finished, summary: summarize(digest, facts), firstWhole: tally.firstWhole };
}

async function writeFiles(
  runDirectory: string,
  { summary, digest, parts }: Pick<PartRead, "summary" | "digest"> & { readonly parts: readonly PartRead[] },
): Promise<void> {
  const directory = join(runDirectory, "report");
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await writeWhole(join(directory, "summary.json"), (file) => file.writeFile(`${JSON.stringify(summary, null, 2)}\n`));
  await writeWhole(join(directory, "objects.csv"), async (file) => {
    let text = csvLine(columns);
    for (const part of parts) {
      for await (const line of part.journal()) {
        if (part.finished.isLost(line)) continue;
        text += csvRows(summary.bucket, line, part.summary.sweeps, part.firstWhole);
        if (text.length < CHUNK) continue;
        await file.writeFile(text);
        text = "";
      }
    }
    await file.writeFile(text);
  });
  // Charts take a library that takes its time to load.
  const { page }: typeof Page = require("../../../src/reencrypt/report/page");
  await writeWhole(reportPage(runDirectory), (file) => file.writeFile(page(summary, digest)));
}
