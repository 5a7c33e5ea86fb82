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
