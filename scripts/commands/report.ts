import { join } from "node:path";
import type { Command } from "commander";
import { newestRun, type RunFile } from "../../src/reencrypt/open-run";
import { countLines } from "../../src/reencrypt/report";
import type { Summary } from "../../src/reencrypt/report/summary";
import { costLine } from "../../src/reencrypt/report/words";
import { type Division, nameOf, newestDivision } from "../../src/reencrypt/s3-runs/division";
import type { LeaseProps } from "../../src/reencrypt/s3-runs/lease";
import { type Connection, connect } from "./support/connect";
import { orStopOfRuns } from "./support/open-here";
import { addRunPlaceOption, addWhereOptions, type WhereOptions } from "./support/options";
import { type ReportPart, reportPage, writeMergedReport, writeReport } from "./support/report-files";
import { directoryOf, kindOf } from "./support/run-scope";
import { leaseProps, storeAt } from "./support/runs-at";
import { shardStore, statesOf, unfinishedLines } from "./support/shard-runs";
import { type ExitCode, Stop, worst } from "./support/stop";
import { say } from "./support/terminal";
import { findWork } from "./support/work";

interface Options extends WhereOptions {
  readonly runDirectory: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** A report, and what is left to do where it is not complete. */
interface Written {
  readonly summary: Summary;
  /** Of this machine. */
  readonly directory: string;
  readonly left: readonly string[];
}

export function define(command: Command): void {
  addRunPlaceOption(addWhereOptions(command).optionsGroup("Which run of reencrypt:"))
    .option("--dry-run", "the newest dry run, not the newest run")
    .optionsGroup("Output:")
    .option("--json", "one JSON document a bucket on standard output")
    .addHelpText(
      "after",
      `
Examples:
  at-rest report --bucket acme-uploads
  at-rest report --bucket acme-uploads --run-directory s3://acme-runs/conversions`,
    )
    .action(async (options: Options) => {
      process.exitCode = await report(options);
    });
}

async function report(options: Options): Promise<ExitCode> {
  const codes: ExitCode[] = [];
  for (const work of findWork(options, ["encrypt", "enforce"])) {
    const connection = await connect(work, { concurrency: 1, transport: "lean" });
    const written = await orStopOfRuns(false, () => write(connection, options));
    tell(written, options);
    codes.push(([0, 1, 3, 130] as const).find((code) => code === written.summary.exitCode) ?? 1);
  }
  return worst(codes);
}

/** The newest run of the bucket, whether it is one or many. @throws Stop */
async function write(connection: Connection, options: Options): Promise<Written> {
  const scope = { connection, command: "reencrypt", dryRun: options.dryRun === true, ...options } as const;
  const kind = kindOf(scope);
  const directory = directoryOf(scope);
  const props = await leaseProps(connection, options.runDirectory, kind);
  const division = props && (await newestDivision(props.objects));
  const store = storeAt(options.runDirectory, kind, props);
  const run = await newestRun(store);
  if (props && division && (!run || run.startedAt < division.dividedAt)) return writeShards(props, division, directory);
  if (!run) {
    throw new Stop(
      `${store.place} has no run of s3://${connection.work.bucket}.`,
      "Check --run-directory: it is that of the reencrypt command.",
    );
  }
  const own = join(directory, run.id);
  return { summary: await writeReport(own, run, () => store.lines(run.id)), directory: own, left: [] };
}

async function writeShards(props: LeaseProps, division: Division, below: string): Promise<Written> {
  const states = await statesOf(props, division);
  const left = await unfinishedLines(props, division, states);
  const partOf = (run: RunFile, number: number): ReportPart => ({
    facts: run,
    journal: () => shardStore(props, division, number).lines(run.id),
  });
  const [first, ...others] = states.flatMap(({ run, number }) => (run ? [partOf(run, number)] : []));
  const id = nameOf(division);
  if (!first) throw new Stop([`${props.objects.placeOf("")} has ${id}, of which none was begun.`, ...left]);
  const directory = join(below, id);
  const facts = { id, request: division.request, startedAt: division.dividedAt };
  return { summary: await writeMergedReport(directory, facts, [first, ...others], division.shards), directory, left };
}

function tell({ summary, directory, left }: Written, { json }: Options): void {
  const page = reportPage(directory);
  if (json) {
    process.stdout.write(`${JSON.stringify({ ...summary, report: page, left })}\n`);
    return;
  }
  say(`s3://${summary.bucket} ${summary.verdict}`);
  say();
  for (const line of countLines({ ...summary, exceptions: [] }, summary.dryRun)) say(line);
  say();
  for (const line of left) say(`  ${line}`);
  say(`  cost     ${costLine(summary.estimate ?? summary.cost)}`);
  say(`  report   ${page}`);
}
