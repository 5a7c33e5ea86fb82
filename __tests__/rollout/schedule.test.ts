import fc from "fast-check";
import { countOf, defaultPreferences, type OperationPreferences } from "../../src/rollout/preferences";
import { type Scheduled, schedule, type TargetStatus } from "../../src/rollout/schedule";

const regions = ["eu-west-1", "us-east-1", "ap-south-1"];

const waveOf = (statuses: readonly TargetStatus[], region = "eu-west-1"): Scheduled[] =>
  statuses.map((status, index) => ({ stack: `${region}-${index}`, region, status }));

const preferences = (of: Partial<OperationPreferences>): OperationPreferences => ({ ...defaultPreferences, ...of });

test("without preferences one target starts after the other, and the first failure stops the rest", () => {
  expect(schedule(waveOf(["waiting", "waiting"]), defaultPreferences).start).toEqual(["eu-west-1-0"]);
  expect(schedule(waveOf(["running", "waiting"]), defaultPreferences).start).toEqual([]);
  expect(schedule(waveOf(["failed", "waiting"]), defaultPreferences)).toEqual({
    start: [],
    beyondTolerance: { region: "eu-west-1", failed: 1, tolerance: 0 },
  });
});

test("a failure inside the tolerance lets the others go on", () => {
  const tolerant = preferences({ failureTolerance: { count: 1 } });
  expect(schedule(waveOf(["failed", "waiting"]), tolerant)).toEqual({ start: ["eu-west-1-1"] });
});

test("percentages are rounded down, but one target may always be at work", () => {
  const tenPercent = preferences({
    maxConcurrent: { percentage: 10 },
    failureTolerance: { percentage: 25 },
    concurrencyMode: "SOFT_FAILURE_TOLERANCE",
  });
  expect(schedule(waveOf(Array<TargetStatus>(5).fill("waiting")), tenPercent).start).toHaveLength(1);
  expect(schedule(waveOf(Array<TargetStatus>(29).fill("waiting")), tenPercent).start).toHaveLength(2);
  expect(countOf({ percentage: 25 }, 7)).toBe(1);
});

test("with SEQUENTIAL a Region begins when the one before it is done, in the order that was asked for", () => {
  const targets = [...waveOf(["waiting"], "eu-west-1"), ...waveOf(["waiting"], "us-east-1")];
  const usFirst = preferences({ regionOrder: ["us-east-1"], maxConcurrent: { count: 5 } });
  expect(schedule(targets, usFirst).start).toEqual(["us-east-1-0"]);
  expect(schedule(targets, { ...usFirst, regionConcurrencyType: "PARALLEL" }).start).toEqual([
    "us-east-1-0",
    "eu-west-1-0",
  ]);
});

const anyCount = fc.oneof(
  fc.integer({ min: 0, max: 6 }).map((count) => ({ count })),
  fc.integer({ min: 0, max: 100 }).map((percentage) => ({ percentage })),
);
const anyPreferences: fc.Arbitrary<OperationPreferences> = fc.record({
  failureTolerance: anyCount,
  maxConcurrent: anyCount,
  concurrencyMode: fc.constantFrom("STRICT_FAILURE_TOLERANCE", "SOFT_FAILURE_TOLERANCE"),
  regionConcurrencyType: fc.constantFrom("SEQUENTIAL", "PARALLEL"),
  regionOrder: fc.subarray(regions),
});
const anyWave = fc
  .array(fc.constantFrom(...regions), { minLength: 1, maxLength: 20 })
  .map((names) => names.map((region, index): Scheduled => ({ stack: `${index}`, region, status: "waiting" })));

/** Plays a wave to its end: which one of those at work ends next, and how, is taken from the two lists. */
function play(
  wave: readonly Scheduled[],
  of: OperationPreferences,
  picks: readonly number[],
  fails: readonly boolean[],
) {
  let targets = [...wave];
  const seen: Scheduled[][] = [];
  const set = (stack: string, status: TargetStatus) => {
    targets = targets.map((target) => (target.stack === stack ? { ...target, status } : target));
  };
  for (let turn = 0; ; turn++) {
    for (const stack of schedule(targets, of).start) set(stack, "running");
    seen.push(targets);
    const running = targets.filter(({ status }) => status === "running");
    const ends = running[(picks[turn % picks.length] ?? 0) % Math.max(1, running.length)];
    if (!ends) return { targets, seen };
    set(ends.stack, fails[turn % fails.length] ? "failed" : "succeeded");
  }
}

const countIn = (targets: readonly Scheduled[], region: string, status: TargetStatus): number =>
  targets.filter((target) => target.region === region && target.status === status).length;

test("tolerance, concurrency and the order of Regions hold at every moment of any wave", () => {
  fc.assert(
    fc.property(
      anyWave,
      anyPreferences,
      fc.array(fc.nat(20), { minLength: 1 }),
      fc.array(fc.boolean(), { minLength: 1 }),
      (wave, of, picks, fails) => {
        const { targets, seen } = play(wave, of, picks, fails);
        for (const moment of seen) {
          const atWork = new Set(moment.filter(({ status }) => status === "running").map(({ region }) => region));
          if (of.regionConcurrencyType === "SEQUENTIAL") expect(atWork.size).toBeLessThanOrEqual(1);
          for (const region of regions) {
            const total = moment.filter((target) => target.region === region).length;
            const tolerance = countOf(of.failureTolerance, total);
            const most = Math.max(1, countOf(of.maxConcurrent, total));
            expect(countIn(moment, region, "running")).toBeLessThanOrEqual(most);
            if (of.concurrencyMode === "STRICT_FAILURE_TOLERANCE") {
              expect(countIn(moment, region, "failed")).toBeLessThanOrEqual(tolerance + 1);
            }
          }
        }
        const stopped = schedule(targets, of).beyondTolerance !== undefined;
        const left = targets.some(({ status }) => status === "waiting");
        expect(left && !stopped).toBe(false); // whatever is not done was stopped by failures
      },
    ),
  );
});
