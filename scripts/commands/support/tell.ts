import { exceptionCount } from "../../../src/reencrypt/outcome";
import { countLines, exceptionLine, grouped } from "../../../src/reencrypt/report";
import type { Summary } from "../../../src/reencrypt/report/summary";
import { type Command, verdict } from "../../../src/reencrypt/report/verdict";
import { costLine, duration, shardInWords } from "../../../src/reencrypt/report/words";
import type { RunEnd } from "../../../src/reencrypt/run";
import type { SweepTally } from "../../../src/reencrypt/tally";
import type { Connection } from "./connect";
import type { RunHere } from "./open-here";
import { perSecond, throttledShare } from "./progress";
import { reportPage } from "./report-files";
import type { ExitCode } from "./stop";
import { say } from "./terminal";

/** How one bucket ended. */
export interface Ended {
  readonly command: Command;
  readonly connection: Connection;
  readonly run: RunHere;
  readonly end: RunEnd;
  readonly found: SweepTally;
  readonly exitCode: ExitCode;
  readonly dryRun: boolean;
  /** Objects that this process has been through, in all sweeps. */
  readonly objects: number;
  readonly seconds: number;
  /** Nothing if the report could not be written. */
  readonly summary: Summary | undefined;
  /** Only some of the objects were looked at. */
  readonly sampled: boolean;
  /** Only those that an inventory names were looked at. */
  readonly named: boolean;
  readonly json: boolean;
  /** More of the JSON document. */
  readonly also: Readonly<Record<string, unknown>>;
}

function sentence({ command, dryRun, end, exitCode, objects, sampled, named, found }: Ended): string {
  if (end.is === "stopped") {
    return `was interrupted: ${grouped(objects)} objects are finished. The same command goes on from here.`;
  }
  const standing = { command, dryRun, ended: end.is, exitCode, sweeps: end.sweeps, sampled, named };
  return verdict(standing, found.counts);
}

/** What would bring it further. Nothing where the first sentence has said it, or nothing is left to do. */
function nextStep({ command, run, dryRun, end, found, exitCode }: Ended): string | undefined {
  if (command !== "reencrypt" || dryRun || end.is === "stopped") return undefined;
  if (shardInWords(run.file.request) !== "") return "at-rest report, which says how all shards stand";
  const { because, counts } = found;
  if (counts.notAsReported) return "the same command with --new-run, without --sample: it looks at every object";
  if (counts.reported && exitCode === 3) return "at-rest audit, which looks at every object";
  if (because.customerKey) return "the same command with --customer-key-file <file>";
  if (because.updateNotAvailable || because.updateWithoutEffect) return "the same command with --allow-copy";
  if (because.needsCopy) return "the same command with --engine auto";
  return exitCode === 0 ? "at-rest audit, for the same bucket" : undefined;
}

/** Says on stderr what came of a bucket, or prints one JSON document on stdout and nothing else. */
export function tell(ended: Ended): void {
  if (ended.json) process.stdout.write(`${JSON.stringify(documentOf(ended))}\n`);
  else for (const line of linesOf(ended)) say(line);
}

const documentOf = ({ command, connection, run, end, found, exitCode, dryRun, seconds, also, summary }: Ended) => ({
  command,
  bucket: connection.work.bucket,
  region: connection.work.region,
  account: connection.account,
  target: connection.work.target,
  dryRun,
  ended: end.is,
  sweeps: end.sweeps,
  counts: found.counts,
  because: found.because,
  exceptions: found.exceptions.map(({ seen, entry, ...exception }) => exception),
  requests: connection.traffic.requests,
  throttled: connection.traffic.throttled,
  seconds: Number(seconds.toFixed(3)),
  run: run.place,
  report: summary ? reportPage(run.directory) : null,
  cost: summary?.cost ?? null,
  estimate: summary?.estimate ?? null,
  ...also,
  exitCode,
});

function linesOf(ended: Ended): string[] {
  const { command, connection, run, end, found, dryRun, objects, seconds, summary, sampled } = ended;
  const { work, traffic } = connection;
  const more = exceptionCount(found.counts) - found.exceptions.length;
  const facts = [
    duration(seconds),
    end.sweeps === 1 ? "1 sweep" : `${end.sweeps} sweeps`,
    perSecond(objects, seconds),
    `${grouped(traffic.requests)} requests`,
    throttledShare(traffic),
  ];
  if ((command === "reencrypt" || command === "restore") && !dryRun) {
    facts.push(sampled ? "every change of this process read back" : "every change read back");
  }
  const next = nextStep(ended);
  return [
    `s3://${work.bucket} ${shardInWords(run.file.request)}${sentence(ended)}`,
    "",
    ...countLines(found, dryRun, command === "key-usage" ? new Set(["underKey", "failed"]) : undefined),
    ...(summary?.sample ? ["", `  ${summary.sample.inWords}`] : []),
    ...(found.exceptions.length > 0 ? ["", ...found.exceptions.map((one) => `  ${exceptionLine(one)}`)] : []),
    ...(more > 0 ? [`  and ${grouped(more)} more, all in ${summary ? "report/objects.csv" : "the journal"}`] : []),
    "",
    `  ${facts.join(", ")}`,
    ...(summary ? [`  cost     ${costLine(summary.estimate ?? summary.cost)}`] : []),
    ...(summary ? [`  report   ${reportPage(run.directory)}`] : [`  journal  ${run.place}`]),
    ...(next === undefined ? [] : [`  next     ${next}`]),
  ];
}
