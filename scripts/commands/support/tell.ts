import { exceptionCount } from "../../../src/reencrypt/outcome";
import { countLines, exceptionLine, grouped } from "../../../src/reencrypt/report";
import type { RunEnd } from "../../../src/reencrypt/run";
import type { OpenRun } from "../../../src/reencrypt/run-directory";
import type { SweepTally } from "../../../src/reencrypt/tally";
import type { Connection } from "./connect";
import { perSecond, throttledShare } from "./progress";
import type { ExitCode } from "./stop";
import { say } from "./terminal";

/** How one bucket ended. */
export interface Ended {
  readonly command: "reencrypt" | "backup" | "audit";
  readonly connection: Connection;
  /** Nothing for a dry run. */
  readonly run: OpenRun | undefined;
  readonly end: RunEnd;
  readonly found: SweepTally;
  readonly exitCode: ExitCode;
  readonly dryRun: boolean;
  /** Objects that this process has been through, in all sweeps. */
  readonly objects: number;
  readonly seconds: number;
  readonly json: boolean;
  /** More of the JSON document. */
  readonly also: Readonly<Record<string, unknown>>;
}

const verdicts = {
  reencrypt: {
    0: "is done: every object is encrypted as asked.",
    1: "is not finished: some objects could not be brought to the target.",
    3: "is done, but some objects cannot be converted.",
  },
  backup: { 0: "is backed up.", 1: "is not backed up: some objects failed.", 3: "is backed up, but for some objects." },
  audit: {
    0: "is compliant: every object is encrypted as asked.",
    1: "is not compliant.",
    3: "is compliant, but for objects that cannot be converted.",
  },
} as const;

function verdict({ command, dryRun, end, exitCode, objects }: Ended): string {
  if (end.is === "stopped") {
    return `was interrupted: ${grouped(objects)} objects are finished. The same command goes on from here.`;
  }
  if (dryRun) return "would end up like this; nothing was changed.";
  if (end.is === "unsettled") {
    return `is not finished: after ${end.sweeps} sweeps something still writes with another encryption.`;
  }
  return exitCode === 0 || exitCode === 1 || exitCode === 3 ? verdicts[command][exitCode] : "";
}

/** Says on stderr what came of a bucket, or prints one JSON document on stdout and nothing else. */
export function tell(ended: Ended): void {
  if (ended.json) process.stdout.write(`${JSON.stringify(documentOf(ended))}\n`);
  else for (const line of linesOf(ended)) say(line);
}

const documentOf = ({ command, connection, run, end, found, exitCode, dryRun, seconds, also }: Ended) => ({
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
  exceptions: found.exceptions,
  requests: connection.traffic.requests,
  throttled: connection.traffic.throttled,
  seconds: Number(seconds.toFixed(3)),
  run: run?.directory ?? null,
  ...also,
  exitCode,
});

function linesOf(ended: Ended): string[] {
  const { command, connection, run, end, found, dryRun, objects, seconds } = ended;
  const { work, traffic } = connection;
  const more = exceptionCount(found.counts) - found.exceptions.length;
  const time =
    seconds < 60 ? `${seconds.toFixed(1)} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
  const facts = [
    time,
    end.sweeps === 1 ? "1 sweep" : `${end.sweeps} sweeps`,
    perSecond(objects, seconds),
    `${grouped(traffic.requests)} requests`,
    throttledShare(traffic),
  ];
  if (command === "reencrypt" && !dryRun) facts.push("every change read back");
  return [
    `s3://${work.bucket} ${verdict(ended)}`,
    "",
    ...countLines(found, dryRun),
    ...(found.exceptions.length > 0 ? ["", ...found.exceptions.map((one) => `  ${exceptionLine(one)}`)] : []),
    ...(more > 0 ? [`  and ${grouped(more)} more, all in the journal`] : []),
    "",
    `  ${facts.join(", ")}`,
    ...(run ? [`  journal  ${run.directory}/journal.jsonl`] : []),
  ];
}
