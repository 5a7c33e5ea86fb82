import fc from "fast-check";
import type { Fleet } from "../../src/fleet/fleet";
import { parseFleet } from "../../src/fleet/parse";
import { combinedHash } from "../../src/review/normalise";
import { defaultPreferences } from "../../src/rollout/preferences";
import { type Alarm, type RolloutContext, rollOut } from "../../src/rollout/rollout";
import {
  type ExitCode,
  formatWaveState,
  newWave,
  parseWaveState,
  resumed,
  type WaveState,
} from "../../src/rollout/state";
import { stepsOf } from "../../src/rollout/steps";

const fleet = (stage = "prepare"): Fleet =>
  parseFleet(
    `state: { backend: local, directory: state }
accounts:${["one", "two", "three"]
      .map(
        (name, index) => `
  - name: ${name}
    id: "${String(index + 1).repeat(12)}"
    wave: 0
    regions: { eu-west-1: { buckets: [{ name: acme-${name}, stage: ${stage} }] } }`,
      )
      .join("")}
`,
    "/fleets/fleet.yaml",
  );

const { targets } = fleet();

/** A rollout whose steps end as they are told, `<stack> <step>`, and otherwise with 0; what ran is in `ran`. */
function world(ends: Readonly<Record<string, ExitCode>> = {}, more: Partial<RolloutContext> = {}) {
  const ran: string[] = [];
  const saved: WaveState[] = [];
  let time = 0;
  const stop = new AbortController();
  const context: RolloutContext = {
    targets,
    preferences: defaultPreferences,
    soak: 0,
    alarmInterval: 60_000,
    runStep: async (target, step, signal) => {
      await Promise.resolve();
      if (signal.aborted) return 130;
      const name = `${target.stackName} ${step.name}`;
      ran.push(name);
      return ends[name] ?? 0;
    },
    alarm: async () => ({ is: "quiet" }),
    save: (state) => saved.push(state),
    stop: stop.signal,
    now: () => ++time,
    // What waits for an alarm waits until the wave is over.
    sleep: (milliseconds, signal) =>
      milliseconds === 60_000
        ? new Promise((done) => signal.addEventListener("abort", () => done()))
        : Promise.resolve(),
    ...more,
  };
  return { ran, saved, stop, context, begin: newWave(0, targets, "", 0) };
}

const statuses = (state: WaveState): string[] => state.targets.map(({ status }) => status);

test("a wave runs the steps of each target in their order, one target after the other", async () => {
  const { ran, context, begin } = world();
  const end = await rollOut(begin, context);
  expect(end.ended).toMatchObject({ exitCode: 0 });
  expect(ran).toEqual(
    ["one", "two", "three"].flatMap((name) =>
      ["apply", "preflight", "backup"].map((step) => `${name}-eu-west-1 ${step}`),
    ),
  );
});

test("objects that cannot be converted do not stop a wave, and its exit code tells", async () => {
  const { context, begin } = world({ "two-eu-west-1 backup": 3 });
  expect((await rollOut(begin, context)).ended).toMatchObject({ exitCode: 3 });
});

test("a failure beyond the tolerance stops the wave, says where, and leaves the rest untouched", async () => {
  const { ran, context, begin } = world({ "one-eu-west-1 apply": 1 });
  const end = await rollOut(begin, context);
  expect(statuses(end)).toEqual(["failed", "waiting", "waiting"]);
  expect(end.stoppedBecause).toBe("1 target of eu-west-1 failed, and 0 may");
  expect(end.ended).toMatchObject({ exitCode: 1 });
  expect(ran).toEqual(["one-eu-west-1 apply"]);
});

test("what cannot look right after the apply is tried again, since IAM does not know the new role everywhere yet", async () => {
  let refusals = 3;
  const { ran, context, begin } = world();
  const runStep: RolloutContext["runStep"] = async (target, step, signal) => {
    const code = await context.runStep(target, step, signal);
    return target.stackName === "one-eu-west-1" && step.name === "preflight" && refusals-- > 0 ? 2 : code;
  };
  const end = await rollOut(begin, { ...context, runStep });
  expect(end.ended).toMatchObject({ exitCode: 0 });
  expect(ran.filter((name) => name === "one-eu-west-1 preflight")).toHaveLength(4);
  expect(end.targets[0]?.steps.map(({ name, exitCode }) => `${name} ${exitCode}`)).toEqual([
    "apply 0",
    "preflight 0",
    "backup 0",
  ]);
});

test("what can look at nothing later on, or after a minute, has failed", async () => {
  const late = world({ "one-eu-west-1 backup": 2 });
  expect(statuses(await rollOut(late.begin, late.context))[0]).toBe("failed");
  expect(late.ran.filter((name) => name.endsWith("backup"))).toHaveLength(1);
  const never = world({ "one-eu-west-1 preflight": 2 });
  expect(statuses(await rollOut(never.begin, never.context))[0]).toBe("failed");
  expect(never.ran.filter((name) => name.endsWith("preflight"))).toHaveLength(6);
});

test("a failure inside the tolerance is named, and the wave ends with 3", async () => {
  const preferences = { ...defaultPreferences, failureTolerance: { count: 1 } };
  const { context, begin } = world({ "two-eu-west-1 preflight": 2 }, { preferences });
  const end = await rollOut(begin, context);
  expect(statuses(end)).toEqual(["succeeded", "failed", "succeeded"]);
  expect(end.ended).toMatchObject({ exitCode: 3 });
});

test("an alarm that rings before the wave lets nothing start", async () => {
  const alarm = async (): Promise<Alarm> => ({ is: "ringing", what: "the probe answered 1" });
  const { ran, context, begin } = world({}, { alarm });
  const end = await rollOut(begin, context);
  expect(ran).toEqual([]);
  expect(end).toMatchObject({ stoppedBecause: "the probe answered 1", ended: { exitCode: 1 } });
});

test("an alarm that rings on the way stops the step at work as Ctrl-C does, and the next run goes on from there", async () => {
  let rings = false;
  let wake = () => undefined as unknown;
  const { ran, context, begin } = world(
    {},
    {
      alarm: async () => (rings ? { is: "ringing", what: "errors of the application" } : { is: "quiet" }),
      sleep: (_, signal) =>
        new Promise((done) => {
          wake = () => done();
          signal.addEventListener("abort", () => done());
        }),
    },
  );
  const runStep: RolloutContext["runStep"] = async (target, step, signal) => {
    if (step.name !== "preflight") return context.runStep(target, step, signal);
    rings = true;
    wake();
    await new Promise((done) => signal.addEventListener("abort", done));
    return 130;
  };
  const end = await rollOut(begin, { ...context, runStep });
  expect(end).toMatchObject({ stoppedBecause: "errors of the application", ended: { exitCode: 1 } });
  expect(statuses(end)).toEqual(["waiting", "waiting", "waiting"]);

  rings = false;
  const { soak } = context;
  const again = await rollOut(resumed(end, ""), { ...context, soak, sleep: world().context.sleep });
  expect(again.ended).toMatchObject({ exitCode: 0 });
  expect(ran.filter((name) => name === "one-eu-west-1 apply")).toHaveLength(1);
});

test("an alarm that rings during the soak takes the wave's success away", async () => {
  let looks = 0;
  const { context } = world(
    {},
    {
      targets: [],
      soak: 1_000,
      alarm: async () => (++looks > 1 ? { is: "ringing", what: "late errors" } : { is: "quiet" }),
      // The soak lasts until something ends it, and the next look at the alarm comes at once.
      sleep: (milliseconds, signal) =>
        milliseconds === 60_000
          ? Promise.resolve()
          : new Promise((done) => signal.addEventListener("abort", () => done())),
    },
  );
  const end = await rollOut(newWave(0, [], "", 0), context);
  expect(end).toMatchObject({ stoppedBecause: "late errors", ended: { exitCode: 1 } });
});

test("a wave soaks for as long as it was told, and a soak that was begun is not begun anew", async () => {
  const slept: number[] = [];
  const sleep: RolloutContext["sleep"] = (milliseconds, signal) => {
    if (milliseconds !== 60_000) slept.push(milliseconds);
    return world().context.sleep?.(milliseconds, signal) ?? Promise.resolve();
  };
  const { context } = world({}, { targets: [], soak: 1_000, now: () => 500, sleep });
  const end = await rollOut(newWave(0, [], "", 0), context);
  expect(end).toMatchObject({ soakUntil: 1_500, ended: { exitCode: 0 } });
  await rollOut(resumed({ ...end, ended: null }, ""), { ...context, now: () => 1_400 });
  expect(slept).toEqual([1_000, 100]);
});

test("Ctrl-C leaves the wave unfinished, so that the same command goes on", async () => {
  const { context, begin, stop } = world();
  const runStep: RolloutContext["runStep"] = async (target, step, signal) => {
    if (target.stackName.startsWith("two")) stop.abort();
    return context.runStep(target, step, signal);
  };
  const end = await rollOut(begin, { ...context, runStep });
  expect(end.ended).toBeNull();
  expect(statuses(end)).toEqual(["succeeded", "waiting", "waiting"]);
});

test("a wave that goes on with other changes applies them everywhere, and repeats no other step that was done", async () => {
  const first = world({ "two-eu-west-1 backup": 1 });
  const stopped = await rollOut(first.begin, first.context);
  expect(statuses(stopped)).toEqual(["succeeded", "failed", "waiting"]);
  const next = world();
  const end = await rollOut(resumed(stopped, "other"), next.context);
  expect(end).toMatchObject({ approved: "other", ended: { exitCode: 0 } });
  const whole = ["apply", "preflight", "backup"].map((step) => `three-eu-west-1 ${step}`);
  expect(next.ran).toEqual(["one-eu-west-1 apply", "two-eu-west-1 apply", "two-eu-west-1 backup", ...whole]);

  const none = world();
  const unchanged = await rollOut(resumed(stopped, combinedHash([])), none.context);
  expect(unchanged.approved).toBe(stopped.approved);
  expect(none.ran).toEqual(["two-eu-west-1 backup", ...whole]);
});

test("a wave that is killed anywhere ends as one left in peace, and repeats no step that was done", async () => {
  const { saved, context, begin, ran: inPeace } = world();
  const whole = await rollOut(begin, context);
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: saved.length - 1 }), async (killedAt) => {
      const found = parseWaveState(formatWaveState(saved[killedAt] ?? begin));
      const next = world();
      const end = await rollOut(resumed(found, ""), next.context);
      expect(statuses(end)).toEqual(statuses(whole));
      expect(end.ended).toMatchObject({ exitCode: 0 });
      const durable = found.targets.flatMap(({ stack, steps }) => steps.map(({ name }) => `${stack} ${name}`));
      expect([...durable, ...next.ran].sort()).toEqual([...inPeace].sort());
    }),
  );
});

test.each([
  ["prepare", ["apply", "preflight", "backup"]],
  ["encrypt", ["apply", "canaries", "backup", "reencrypt", "audit"]],
  ["enforce", ["apply", "audit"]],
  ["released", ["apply"]],
])("stage %s needs %j", (stage, names) => {
  expect(fleet(stage).targets.map((target) => stepsOf(target).map(({ name }) => name))).toEqual([names, names, names]);
});
