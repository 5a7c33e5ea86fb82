import { runHistories } from "../../bench/histories/many";

/** Another one for each run is what `npm run bench -- histories` takes. */
const FIRST_SEED = Number(process.env["HISTORIES_SEED"] ?? 1);
const HISTORIES = 20_000;

test("no history of a conversion and an application ends with anything lost, undone or wrongly claimed", async () => {
  const found = await runHistories(FIRST_SEED, HISTORIES);
  const counts = Object.fromEntries([...found.outcomes, ...found.unpreventable]);
  process.stderr.write(`histories: ${found.histories} from seed ${FIRST_SEED}; ${JSON.stringify(counts)}\n`);

  expect(found.bad.map(({ story }) => story())).toEqual([]);
  expect(found.histories).toBe(HISTORIES);
  // They have to have been about something.
  const seen = new Set([...found.outcomes.keys()].map((outcome) => outcome.split(":")[0]));
  for (const outcome of ["updated", "copied", "copiedInParts", "changedMeanwhile", "gone", "cannot", "alreadyRight"]) {
    expect(seen).toContain(outcome);
  }
  expect(found.unpreventable.get("Disabled")).toBeGreaterThan(0);
}, 600_000);
