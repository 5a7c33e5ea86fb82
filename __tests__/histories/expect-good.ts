import { runHistories } from "../../bench/histories/many";

/** Another one for each run is what `npm run bench -- histories` takes. */
const FIRST_SEED = Number(process.env["HISTORIES_SEED"] ?? 1);
const HALF = 10_000;

/** Twenty thousand histories, in two files so that two processes share them. */
export async function expectGoodHistories(half: 0 | 1): Promise<void> {
  const firstSeed = FIRST_SEED + half * HALF;
  const found = await runHistories(firstSeed, HALF);
  const counts = { ...Object.fromEntries(found.outcomes), unpreventable: found.unpreventable };
  process.stderr.write(`${found.histories} histories from seed ${firstSeed}: ${JSON.stringify(counts)}\n`);

  expect(found.bad.map(({ story }) => story)).toEqual([]);
  expect(found.histories).toBe(HALF);
  // They have to have been about something.
  const seen = new Set([...found.outcomes.keys()].map((outcome) => outcome.split(":")[0]));
  for (const outcome of ["updated", "copied", "copiedInParts", "changedMeanwhile", "gone", "cannot", "alreadyRight"]) {
    expect(seen).toContain(outcome);
  }
  expect(found.unpreventable.Disabled).toBeGreaterThan(0);
}
