import { runs, tolerated, wholeRun } from "../../bench/pacing/whole-run";

// Simulated time costs processor time, of which other tests may want theirs.
jest.setTimeout(240_000);

test.each(runs)("the model's duration is that of a simulated run: $name", async (run) => {
  const { seconds, predicted, limitedBy, counts } = await wholeRun(run, 1);
  expect(counts).toEqual({ [run.by === "update" ? "updated" : "copied"]: run.objects });
  expect(limitedBy).toBe(run.limitedBy);
  // It is a best case.
  expect(seconds).toBeGreaterThan(0.99 * predicted);
  expect(seconds).toBeLessThan(tolerated(run, predicted));
});

test.each([2, 3, 4])(
  "what a single partition throttles now and then is not taken for a hot prefix: seed %d",
  async (seed) => {
    const run = runs.find(({ name }) => name === "one partition, by update");
    if (!run) throw new Error("there is such a run");
    const { seconds, predicted } = await wholeRun(run, seed);
    expect(seconds).toBeLessThan(1.1 * predicted);
  },
);
