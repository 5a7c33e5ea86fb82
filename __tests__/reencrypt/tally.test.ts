import type { JournalLine } from "../../src/reencrypt/journal";
import { exitCodeOf, Tally } from "../../src/reencrypt/tally";
import { processLine } from "../support/next-process";

const LANES = 16;
const PAGES = 2_000;

const keyOf = (lane: number, page: number): string =>
  `${String.fromCharCode(97 + lane)}/${String(page).padStart(5, "0")}`;

/** The pages of a run over ranges that are listed at the same time, none of which touches another before its end. */
function* pages(): Generator<JournalLine> {
  for (let page = 0; page < PAGES; page++) {
    for (let lane = 0; lane < LANES; lane++) {
      const after = page === 0 ? (lane === 0 ? null : keyOf(lane - 1, PAGES - 1)) : keyOf(lane, page - 1);
      const key = keyOf(lane, page);
      yield { t: "intent", key, etag: '"1"', uploadId: `upload-${key}` };
      const exceptions = [{ key, outcome: "failed", message: "AccessDenied" }] as const;
      yield { t: "page", sweep: 1, after, through: key, counts: { updated: 999, failed: 1 }, exceptions };
    }
  }
}

test("what a tally keeps of a run does not grow with its pages", () => {
  const tally = new Tally();
  let most = 0;
  for (const line of pages()) {
    tally.add(line);
    most = Math.max(most, tally.covered.length);
  }
  expect(most).toBeLessThan(1_100);
  expect(tally.of().counts).toEqual({ updated: LANES * PAGES * 999, failed: LANES * PAGES });
  expect(tally.of().exceptions).toHaveLength(20);
  expect(tally.openUploads).toEqual([]);
});

test("an upload whose key was not finished stays, however many pages come after it", () => {
  const tally = new Tally();
  tally.add({ t: "intent", key: "z", etag: '"1"', uploadId: "open" });
  for (const line of pages()) tally.add(line);
  expect(tally.openUploads).toMatchObject([{ key: "z", uploadId: "open" }]);
});

test("a backup's upload is in the way of the key that is visited, and is aborted where it is written", () => {
  const tally = new Tally();
  const intent = (visited: string) =>
    ({ t: "intent", key: `acme/run/${visited}`, visited, etag: '"1"', uploadId: visited }) as const;
  for (const key of ["a", "z"]) tally.add(intent(key));
  tally.add({ t: "page", sweep: 1, after: null, through: "m", counts: {}, exceptions: [] });
  expect(tally.openUploads).toEqual([{ key: "acme/run/z", uploadId: "z" }]);
});

test("copies of processes that are gone are awaited whatever later processes have finished, and their uploads are aborted", () => {
  const tally = new Tally();
  const page = { t: "page", sweep: 1, counts: {}, exceptions: [] } as const;
  const intent = (key: string) => ({ t: "intent", key, etag: '"1"', uploadId: `upload-${key}` }) as const;
  for (const key of ["a", "m", "z"]) tally.add(intent(key));
  tally.add({ ...page, after: null, through: "a" });
  expect(tally.awaited("m")).toBeUndefined(); // its process is at work, and sees what comes of it
  tally.add(processLine);
  tally.add({
    ...page,
    after: "a",
    through: null,
    awaited: [{ key: "m", answered: ["version-2"], known: "version-3" }],
  });
  expect(tally.openUploads).toEqual([]); // they were aborted when that process began
  tally.add({ t: "sweep", sweep: 1, converted: 1 });
  tally.add(processLine);
  expect(tally.awaited("a")).toBeUndefined();
  expect(tally.awaited("m")).toEqual({
    intents: [intent("m")],
    answered: ["version-2"],
    known: ["version-3"],
  });
  expect(tally.openUploads.map(({ uploadId }) => uploadId)).toEqual(["upload-m", "upload-z"]);
  tally.add({ ...page, sweep: 2, after: null, through: null, awaited: [{ key: "m", found: true }] });
  expect(tally.awaited("m")).toBeUndefined();
  expect(tally.awaited("z")).toBeDefined();
});

test.each([
  [0, { alreadyRight: 3, updated: 1, copied: 1, changedMeanwhile: 1, gone: 1, readBack: 1, kept: 1 }],
  [3, { updated: 1, cannot: 1 }],
  [3, { updated: 1, reported: 1 }],
  [1, { cannot: 1, failed: 1 }],
  [1, { reported: 1, notAsReported: 1 }],
  [1, { copied: 1, notAsBefore: 1 }],
  [1, { notCompliant: 1 }],
])("the exit code is %i for %j", (expected, counts) => {
  expect(exitCodeOf({ counts, because: {}, exceptions: [] })).toBe(expected);
});
