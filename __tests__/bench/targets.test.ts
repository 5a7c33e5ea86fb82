import type { Result } from "../../bench/clients/run";
import { targetsOf } from "../../bench/clients/targets";

const objects = 1_001;

/** So many objects a second and so much CPU an object, by a process that takes no time to start. */
const result = (client: string, perSecond: number, cpuMicroseconds: number, change: Partial<Result> = {}): Result => {
  const measured = { exitCode: 0, seconds: 0, cpuSeconds: 0, peakBytes: 0, stdout: "", stderr: "" };
  return {
    server: "null",
    tls: false,
    objects,
    client,
    does: client,
    verifies: true,
    start: measured,
    whole: { ...measured, seconds: objects / perSecond, cpuSeconds: ((objects - 1) * cpuMicroseconds) / 1e6 },
    found: { tell: "found", requests: {}, cpuMicroseconds: 0, converted: objects, readBack: objects },
    ...change,
  };
};
const reached = (results: readonly Result[]) =>
  targetsOf(results)?.rows.map((row) => [row["measured"], row["reached"]]);

test("what is measured is held against the goals", () => {
  const others = [result("aws-cli", 100, 1), result("sdk-pool", 1_000, 1), result("s5cmd", 2_000, 1)];
  expect(reached([result("at-rest-lean", 1_400, 150), ...others])).toEqual([
    [150, "yes"],
    [14, "yes"],
    [1.4, "no"],
    [0.7, "no"],
  ]);
  expect(reached([result("at-rest-lean", 9_000, 161)])).toEqual([[161, "no"]]);
  const tls = { tls: true };
  expect(reached([result("at-rest-lean", 9_000, 161, tls), result("s5cmd", 2_000, 1, tls)])).toEqual([[161, "yes"]]);
});

test("there are no goals for the local AWS, nor without a run of ours", () => {
  expect(targetsOf([result("at-rest-lean", 1, 1, { server: "local" })])).toBeUndefined();
  expect(targetsOf([result("s5cmd", 1, 1)])).toBeUndefined();
});
