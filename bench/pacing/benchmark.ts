import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { type Limits, pacer } from "../../src/reencrypt/pacing";
import type { Report } from "../report";
import { type Panel, timeChart } from "./chart";
import { type HotPrefixResult, hotPrefix, type SteppingResult, steppingCapacity, underCap } from "./scenarios";
import { simulatedS3, VirtualClock } from "./simulation";
import { runs, wholeRun } from "./whole-run";

const PHASE_SECONDS = 30;
const HOT_SECONDS = 30;

const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;

const steppingRow = (seed: number, burst: number, result: SteppingResult): Report["rows"][number] => ({
  seed,
  "burst s": burst,
  "used of what is left": percent(result.used),
  "from 10 s after a step": percent(result.usedOnceSettled),
  "settled after s": result.settledAfter,
  "ours throttled": percent(result.throttled),
  "application's throttled": percent(result.applicationThrottled),
});

const steppingPanel = (seconds: SteppingResult["seconds"], left: SteppingResult["left"]): Panel => ({
  title: "Capacity 3,500 -> 1,000 -> 3,500 writes/s, of which an application takes 500 (simulated)",
  lines: [
    { name: "left by the application", colour: "#57606a", dashed: true, values: left },
    { name: "limit", colour: "#bf8700", values: seconds.map(({ limits }) => limits[0]?.rate ?? 0) },
    { name: "done", colour: "#0b6e4f", values: seconds.map(({ done }) => done) },
    { name: "throttled", colour: "#cf222e", values: seconds.map(({ throttled }) => throttled) },
  ],
});

const othersIn = (seconds: HotPrefixResult["seconds"]) =>
  seconds.map(({ done, byPrefix }) => done - (byPrefix.get("d") ?? 0));

const hotPanel = (control: HotPrefixResult, hot: HotPrefixResult): Panel => ({
  title: "One of eight prefixes takes 50 writes/s from second 10 on (simulated)",
  lines: [
    { name: "others, none is hot", colour: "#57606a", dashed: true, values: othersIn(control.seconds) },
    { name: "others", colour: "#0b6e4f", values: othersIn(hot.seconds) },
    { name: "hot prefix", colour: "#cf222e", values: hot.seconds.map(({ byPrefix }) => byPrefix.get("d") ?? 0) },
  ],
});

/** The most requests in any second. */
function most(sent: readonly number[]): number {
  let begin = 0;
  let found = 0;
  for (const [index, at] of sent.entries()) {
    while (at - (sent[begin] ?? at) >= 1000) begin++;
    found = Math.max(found, index - begin + 1);
  }
  return found;
}

/** CPU in microseconds of a request that has to wait for nothing, with and without pacing. */
async function costOf(limits: Limits): Promise<{ readonly bare: number; readonly paced: number }> {
  const requests = 300_000;
  let now = 0;
  const clock = { now: () => now++, sleep: async () => {}, random: () => 0 };
  const store = { ...simulatedS3({ clock: new VirtualClock(1) }), updateEncryption: async () => done };
  const patient = pacer(limits, clock, { requests: 0, throttled: 0 })(store);
  const update = { key: "data/1000000", encryption: { algorithm: "aws:kms", keyArn: "key", bucketKey: true } } as const;
  const time = async (send: () => Promise<unknown>) => {
    const before = process.cpuUsage();
    for (let sent = 0; sent < requests; sent++) await send();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / requests;
  };
  const rounds: { bare: number; paced: number }[] = [];
  for (let round = 0; round < 4; round++) {
    rounds.push({
      bare: await time(store.updateEncryption),
      paced: await time(() => patient.updateEncryption(update)),
    });
  }
  const best = (one: "bare" | "paced") => Math.min(...rounds.map((round) => round[one]));
  return { bare: best("bare"), paced: best("paced") };
}

const done = { is: "done", value: undefined } as const;

/** How pacing does against simulated capacities, on a virtual clock: the same seed gives the same figures anywhere. */
export async function pacingBenchmark(words: readonly string[]): Promise<readonly Report[]> {
  const { values } = parseArgs({ args: [...words], options: { svg: { type: "string" } } });

  const stepping: Report["rows"][number][] = [];
  const panels: Panel[] = [];
  for (const [seed, burst] of [
    [1, 0.05],
    [1, 0.1],
    [2, 0.1],
    [3, 0.1],
    [1, 1],
  ] as const) {
    const result = await steppingCapacity(seed, burst, PHASE_SECONDS);
    stepping.push(steppingRow(seed, burst, result));
    if (panels.length === 0 && burst === 0.1) panels.push(steppingPanel(result.seconds, result.left));
  }

  const isolation: Report["rows"][number][] = [];
  for (const [seed, hot, from, kms] of [
    [1, 20, 0, undefined],
    [2, 50, 0, undefined],
    [1, 50, 10, undefined],
    [3, 150, 0, undefined],
    [1, 50, 0, 800],
  ] as const) {
    const control = await hotPrefix({ seed, from, kms, seconds: HOT_SECONDS });
    const result = await hotPrefix({ seed, from, kms, hot, seconds: HOT_SECONDS });
    // Where KMS limits all of them, what the hot one cannot use is for the others.
    const expected = kms === undefined ? control.others : kms - result.hot;
    isolation.push({
      seed,
      "hot takes/s": hot,
      "hot from s": from,
      "KMS takes/s": kms ?? "all",
      "others/s": Math.round(result.others),
      "others slower by": percent(1 - result.others / expected),
      "hot/s": Math.round(result.hot),
      throttled: percent(result.throttled),
      ranges: result.limits.writes.map(({ from: key }) => key ?? "").join(" | "),
    });
    if (from === 10) panels.push(hotPanel(control, result));
  }

  const caps: Report["rows"][number][] = [];
  for (const cap of [50, 1000, 2500]) {
    const sent = await underCap(1, cap, 10);
    caps.push({ "--max-requests-per-second": cap, "most in any second": most(sent), "a second": sent.length / 10 });
  }

  const whole: Report["rows"][number][] = [];
  for (const run of runs) {
    const { seconds, predicted, limitedBy, throttled } = await wholeRun(run, 1);
    whole.push({
      ...{ run: run.name, objects: run.objects, "limited by": limitedBy, seconds, model: Number(predicted.toFixed(1)) },
      ...{ "longer by": percent(seconds / predicted - 1), throttled },
    });
  }

  const { bare, paced } = await costOf({ maxRequestsPerSecond: 1_000_000, concurrency: 64 });
  if (values.svg !== undefined) writeFileSync(values.svg, timeChart(panels));
  return [
    {
      title: "Capacity 3,500 -> 1,000 -> 3,500 writes/s, shared with an application that writes 500/s",
      rows: stepping,
    },
    { title: "Eight prefixes, of which one is hot", rows: isolation },
    { title: "The hard cap", rows: caps },
    { title: "Whole runs by the simulated clock, beside the model of long runs", rows: whole },
    {
      title: "CPU of a write that has to wait for nothing, in microseconds",
      rows: [{ bare: bare.toFixed(2), paced: paced.toFixed(2), "pacing costs": (paced - bare).toFixed(2) }],
    },
  ];
}
