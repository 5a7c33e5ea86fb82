import type { Report } from "../report";
import { figuresOf } from "./figures";
import type { Result } from "./run";

const ours = "at-rest-lean";
/** User and system, of look, change, look again, as the process goes on. */
const cpuTarget = { plain: 160, tls: 200 };
/** How many times as many objects a second as others, none of which looks again, over plain HTTP. */
const ratioTargets: readonly (readonly [string, number])[] = [
  ["aws-cli", 14],
  ["sdk-pool", 6],
  ["s5cmd", 1.2],
];

/** What was set as a goal on the null server, and whether this run has reached it. Nothing without a run of ours. */
export function targetsOf(results: readonly Result[]): Report | undefined {
  const own = results.find(({ client }) => client === ours);
  if (own?.server !== "null" || own.whole.exitCode !== 0) return undefined;
  const cpu = own.tls ? cpuTarget.tls : cpuTarget.plain;
  const { cpuMicrosecondsRunning, objectsPerSecond } = figuresOf(own);
  const first = {
    what: `${ours}: us CPU an object, running`,
    measured: Math.round(cpuMicrosecondsRunning),
    target: `at most ${cpu}`,
    reached: cpuMicrosecondsRunning <= cpu ? "yes" : "no",
  };
  const ratios = (own.tls ? [] : ratioTargets).flatMap(([name, target]) => {
    const other = results.find(({ client, whole }) => client === name && whole.exitCode === 0);
    if (!other) return [];
    const ratio = objectsPerSecond / figuresOf(other).objectsPerSecond;
    const measured = Number(ratio.toFixed(1));
    const reached = ratio >= target ? "yes" : "no";
    return [
      { what: `${ours} : ${name}, objects/s of whole processes`, measured, target: `at least ${target}`, reached },
    ];
  });
  return { title: "Targets", rows: [first, ...ratios] };
}
