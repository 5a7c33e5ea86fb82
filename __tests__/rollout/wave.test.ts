import { parseFleet } from "../../src/fleet/parse";
import { combinedHash } from "../../src/review/normalise";
import { type ExitCode, newWave, standingOf, type WaveState } from "../../src/rollout/state";
import { summaryOf, tableOf } from "../../src/rollout/summary";
import { matrixOf, mayNotStart, targetsOf, wavesOf } from "../../src/rollout/wave";
import { wavePage } from "../../src/rollout/wave-page";

const fleetAt = (stage: string) =>
  parseFleet(
    `state: { backend: local, directory: state }
accounts:
  - name: one
    id: "111111111111"
    wave: 0
    regions: { eu-west-1: { buckets: [{ name: acme-one, stage: ${stage} }] } }
  - name: two
    id: "222222222222"
    wave: 3
    regions: { eu-west-1: { buckets: [{ name: acme-two, stage: prepare }] } }
`,
    "/fleets/fleet.yaml",
  );
const fleet = fleetAt("prepare");

const [approved, other, nothing] = ["a".repeat(64), "b".repeat(64), combinedHash([])];

const ended = (exitCode: ExitCode | null, of = fleet): WaveState => ({
  ...newWave(0, targetsOf(of, 0), approved, 0),
  ended: exitCode === null ? null : { at: 1, exitCode },
});

test("the first wave may always start, the next one after the one before it has ended with 0 or 3", () => {
  expect(wavesOf(fleet)).toEqual([0, 3]);
  expect(mayNotStart(fleet, 0, undefined)).toBeUndefined();
  expect(mayNotStart(fleet, 3, undefined)).toBe("wave 0 has not been rolled out");
  expect(mayNotStart(fleet, 3, ended(null))).toBe("wave 0 has not ended");
  expect(mayNotStart(fleet, 3, ended(1))).toBe("wave 0 ended with exit code 1");
  for (const code of [0, 3] as const) expect(mayNotStart(fleet, 3, ended(code))).toBeUndefined();
});

test("a wave that ended with other stages than the fleet has now does not count", () => {
  expect(mayNotStart(fleetAt("encrypt"), 3, ended(0))).toBe(
    "the targets of wave 0 have changed in the fleet since it was rolled out",
  );
});

describe("what is known of a wave", () => {
  const having = (of: WaveState, status: "succeeded" | "failed"): WaveState => ({
    ...of,
    targets: of.targets.map((target) => ({ ...target, status })),
  });
  const done = having(ended(0), "succeeded");
  const tolerated = having(ended(3), "failed");
  const stopped: WaveState = { ...tolerated, ...ended(1), stoppedBecause: "an alarm" };
  test.each<[string, WaveState | undefined, readonly string[]]>([
    ["nothing", undefined, ["new", "new", "new", "new"]],
    ["that every target is done", done, ["done", "done", "new", "new"]],
    ["that some failed inside the tolerance", tolerated, ["goes on", "goes on", "goes on", "new"]],
    ["that it was stopped", stopped, ["goes on", "goes on", "goes on", "other"]],
    ["that it has not ended", ended(null), ["goes on", "goes on", "goes on", "other"]],
  ])("%s, decides whether it is done, goes on or begins anew", (_, known, [same, none, changes, stages]) => {
    expect(standingOf(known, targetsOf(fleet, 0), approved)).toBe(same);
    expect(standingOf(known, targetsOf(fleet, 0), nothing)).toBe(none);
    expect(standingOf(known, targetsOf(fleet, 0), other)).toBe(changes);
    expect(standingOf(known, targetsOf(fleetAt("encrypt"), 0), approved)).toBe(stages);
  });
});

test("a matrix names roles only where the fleet does", () => {
  expect(JSON.parse(JSON.stringify(matrixOf(targetsOf(fleet, 3))))).toEqual({
    include: [
      {
        ...{ stack: "two-eu-west-1", account: "222222222222", accountName: "two", region: "eu-west-1", wave: 3 },
        buckets: ["acme-two"],
      },
    ],
  });
});

test("a summary names the step that failed and the most serious exit code, as a table and as a page without a script", () => {
  const state: WaveState = {
    ...ended(1),
    stoppedBecause: "<script>alert(1)</script>",
    targets: [
      {
        ...{ stack: "one-eu-west-1", account: "111111111111", region: "eu-west-1", status: "failed" },
        steps: [
          { index: 0, name: "apply", exitCode: 3, startedAt: 0, endedAt: 2_000 },
          { index: 1, name: "backup", exitCode: 1, startedAt: 9_000, endedAt: 10_000 },
        ],
      },
    ],
  };
  const summary = summaryOf(state);
  expect(summary.targets).toMatchObject([{ lastStep: "backup", exitCode: 1, seconds: 3 }]);
  expect(tableOf(summary)[1]).toMatch(/^one-eu-west-1 +111111111111 +failed +backup +1 +3$/);
  expect(wavePage(summary)).toContain("&lt;script&gt;");
  expect(wavePage(summary)).not.toContain("<script");
});
