import type { Counts } from "../../src/reencrypt/outcome";
import { type Standing, verdict } from "../../src/reencrypt/report/verdict";

type Case = readonly [standing: Partial<Standing>, counts: Counts, sentence: string];

const cases: readonly Case[] = [
  [{ exitCode: 3 }, { updated: 7, cannot: 41 }, "is done, but 41 objects cannot be converted."],
  [{ exitCode: 1 }, { failed: 1, cannot: 1204 }, "is not finished: 1 object failed, 1,204 cannot be converted."],
  [{ exitCode: 1 }, { notAsBefore: 1 }, "is not finished: 1 object is not as before."],
  [
    { exitCode: 1, sampled: true },
    { notAsReported: 2, notAsBefore: 3 },
    "is not finished: 2 objects are not as their job's report says, 3 are not as before.",
  ],
  [
    { exitCode: 3, sampled: true },
    { reported: 1000, cannot: 2 },
    "is done as far as its jobs' reports can be relied on: not every object was read back, and 2 objects cannot be converted.",
  ],
  [
    { exitCode: 3, sampled: true },
    { reported: 1000 },
    "is done as far as its jobs' reports can be relied on: not every object was read back.",
  ],
  [{ command: "backup", exitCode: 1 }, { failed: 2, cannot: 1 }, "is not backed up: 2 objects failed."],
  [{ command: "backup", exitCode: 3 }, { cannot: 1 }, "is backed up, but for 1 object."],
  [
    { command: "restore", exitCode: 1 },
    { failed: 1, notAsBefore: 2, cannot: 3 },
    "is not restored: 1 object failed, 2 are not as before.",
  ],
  [{ command: "restore", exitCode: 3 }, { cannot: 3 }, "is restored, but for 3 objects."],
];

test.each(cases)("the first sentence says how many objects were left: %j %j", (standing, counts, sentence) => {
  const asked = { command: "reencrypt", dryRun: false, ended: "settled", exitCode: 0, sweeps: 2 } as const;
  expect(verdict({ ...asked, ...standing }, counts)).toBe(sentence);
});
