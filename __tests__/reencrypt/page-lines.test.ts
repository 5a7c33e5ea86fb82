import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { Evidence } from "../../scripts/commands/support/evidence";
import { writeReport } from "../../scripts/commands/support/report-files";
import type { BucketResult } from "../../src/checks/audit/result";
import type { Journal, JournalLine, NamedObjects } from "../../src/reencrypt/journal";
import { entriesInOrder } from "../../src/reencrypt/journal-file";
import type { ManifestEntry } from "../../src/reencrypt/manifest/entry";
import { loggedObjects } from "../../src/reencrypt/object-log";
import { openRun } from "../../src/reencrypt/open-run";
import { count, type ObjectOutcome } from "../../src/reencrypt/outcome";
import { pageLines } from "../../src/reencrypt/page-lines";
import { sweepUntilSettled } from "../../src/reencrypt/run";
import { runDirectory } from "../../src/reencrypt/run-directory";
import type { Visit } from "../../src/reencrypt/sweep";
import { Tally } from "../../src/reencrypt/tally";
import { processLine } from "../support/next-process";
import { onlyAnswering } from "../support/only-answering";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "page-lines-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const marker = (key: string, versionId: string): ManifestEntry => ({
  key,
  versionId,
  current: false,
  deleteMarker: true,
});

const refused = (versionId: string): ObjectOutcome => ({
  key: "k",
  versionId,
  outcome: "cannot",
  because: "noncurrent",
});
const right = (versionId: string): ObjectOutcome => ({ key: "k", versionId, outcome: "alreadyRight" });
const noted = (versionId: string): ObjectOutcome => ({
  ...{ key: "k", versionId, outcome: "markerNoted" },
  entry: marker("k", versionId),
});

const named = ({ exceptions, entries = [], objects }: NamedObjects) => ({
  exceptions: exceptions.map(({ versionId }) => versionId),
  entries: entries.map(({ versionId }) => versionId),
  objects: (objects ? [...loggedObjects(objects)] : []).map(({ versionId }) => versionId),
});

test("a page of a thousand objects is one line, and says no word of parts", () => {
  const objects = Array.from({ length: 1_000 }, (_, number) => refused(`v${number}`));
  const lines = [...pageLines({ sweep: 1, name: "1-1", after: null, through: "k", objects })];
  expect(lines).toHaveLength(1);
  expect(lines[0]).not.toHaveProperty("parts");
});

test("whatever there is of each kind is named once, in order, and not thousands of them in one line", () => {
  const kinds = fc.constantFrom(refused, right, noted);
  const stretches = fc.array(fc.tuple(kinds, fc.integer({ min: 0, max: 3_000 })), { maxLength: 5 });
  fc.assert(
    fc.property(stretches, fc.boolean(), (some, logObjects) => {
      const objects = some.flatMap(([kind, length], stretch) =>
        Array.from({ length }, (_, number) => kind(`${stretch}-${number}`)),
      );
      const parts = [...pageLines({ sweep: 1, name: "1-1", after: null, through: "k", objects, logObjects })];
      const page = parts.pop();
      if (page?.t !== "page") throw new Error("the line of the page is the last one");
      const lines = [page, ...parts].map(named);
      for (const line of lines) for (const one of Object.values(line)) expect(one.length).toBeLessThanOrEqual(2_000);
      const ofOutcome = (outcome: ObjectOutcome["outcome"]) =>
        objects.filter((object) => object.outcome === outcome).map(({ versionId }) => versionId);
      expect(lines.flatMap(({ exceptions }) => exceptions)).toEqual(ofOutcome("cannot"));
      expect(lines.flatMap(({ entries }) => entries)).toEqual(ofOutcome("markerNoted"));
      const others = objects.filter(({ outcome }) => outcome !== "cannot").map(({ versionId }) => versionId);
      expect(lines.flatMap(({ objects }) => objects)).toEqual(logObjects ? others : []);
      const tally = new Tally();
      for (const line of [...parts, page]) tally.add(line);
      expect(tally.of(1).counts).toEqual(count(objects));
      expect(tally.of(1).because.noncurrent ?? 0).toBe(ofOutcome("cannot").length);
    }),
    { numRuns: 30 },
  );
});

const versions = 4_500;
const idOf = (number: number) => `v${String(number).padStart(5, "0")}`;
const bucket = onlyAnswering({
  list: () => Promise.reject(new Error("all versions are asked for")),
  listVersions: async ({ keyMarker, versionIdMarker, limit }) => {
    const from =
      versionIdMarker === undefined ? (keyMarker === undefined ? 0 : versions) : Number(versionIdMarker.slice(1)) + 1;
    const length = Math.min(limit, versions - from);
    const page = Array.from({ length }, (_, index) => ({
      ...{ key: "k", versionId: idOf(from + index), current: from + index === 0, deleteMarker: false, lastModified: 0 },
    }));
    const last = from + length < versions ? page.at(-1) : undefined;
    return { is: "done", value: { versions: page, next: last && { keyMarker: "k", versionIdMarker: last.versionId } } };
  },
});

/** Of what an audit finds, and of what a backup notes: the one line that both have in common. */
const visit: Visit = async ({ key, versionId = idOf(0) }) => ({
  ...{ key, versionId, outcome: "noncurrentLeft", message: "SSE-S3" },
  entry: marker(key, versionId),
});

/** One process of a run. @param lines after which it is killed */
async function process(lines: number) {
  const tally = new Tally();
  const request = { command: "audit", bucket: "acme-uploads", dryRun: false };
  const run = await openRun({
    ...{ store: runDirectory(directory), request, now: 0, newRun: false },
    replay: (line) => tally.add(line),
  });
  await run.append(processLine);
  tally.add(processLine);
  const append: Journal["append"] = async (line: JournalLine) => {
    if (lines-- === 0) throw new Error("killed");
    await run.append(line);
  };
  const end = sweepUntilSettled({
    ...{ store: bucket, visit, journal: { append }, tally, versions: "all", concurrency: 4, maxSweeps: 1 },
    stop: new AbortController().signal,
  });
  return { run, tally, end: end.finally(() => run.close()) };
}

test.each([0, 1, 2])("of a page whose process was killed behind %i of its parts nothing counts", async (parts) => {
  const killed = await process(parts);
  await expect(killed.end).rejects.toThrow("killed");
  const { run, tally, end } = await process(Number.POSITIVE_INFINITY);
  await end;
  expect(tally.of(1).counts).toEqual({ noncurrentLeft: versions });

  const all = Array.from({ length: versions }, (_, number) => idOf(number));
  const summary = await writeReport(run.place, run.file, () => runDirectory(directory).lines(run.id));
  expect(summary.counts).toEqual({ noncurrentLeft: versions });
  const rows = readFileSync(join(run.place, "report/objects.csv"), "utf8").trimEnd().split("\r\n").slice(1);
  expect(rows.map((row) => row.split(",")[2]).sort()).toEqual(all);

  const entries: (string | undefined)[] = [];
  for await (const some of entriesInOrder(join(run.place, "journal.jsonl"), 1)) {
    entries.push(...some.map(({ versionId }) => versionId));
  }
  expect(entries).toEqual(all);

  const evidence = Evidence.begin(join(directory, "evidence"));
  await evidence.add({ result, configuration: undefined, runDirectory: run.place });
  const found = readFileSync(join(directory, "evidence/acme-uploads/objects.jsonl"), "utf8").trimEnd().split("\n");
  expect(found.flatMap((line): string[] => JSON.parse(line).versionId ?? []).sort()).toEqual(all);
});

const result: BucketResult = {
  ...{
    bucket: "acme-uploads",
    region: "eu-west-1",
    account: null,
    stage: null,
    target: null,
    verdict: "",
    exitCode: 1,
  },
  ...{ objects: null, checks: [], errors: [] },
};
