import type { Command } from "commander";
import { auditor } from "../../src/reencrypt/audit";
import { realClock } from "./support/clock";
import { connect } from "./support/connect";
import {
  addSweepOptions,
  addWhereOptions,
  type OutputOptions,
  type SweepOptions,
  versionsOption,
  type WhereOptions,
} from "./support/options";
import { runOnBucket } from "./support/run-on-bucket";
import { type ExitCode, worst } from "./support/stop";
import { stopOnSignals } from "./support/terminal";
import { findWork } from "./support/work";

interface Options extends WhereOptions, SweepOptions, OutputOptions {
  readonly versions?: "current" | "all";
  readonly runDirectory: string;
}

export function define(command: Command): void {
  addSweepOptions(addWhereOptions(command))
    .addOption(versionsOption())
    .option("--run-directory <directory>", "where the findings are written", ".at-rest")
    .optionsGroup("Output:")
    .option("--log-objects", "name every object in the report, not only the exceptions")
    .option("--json", "one JSON document a bucket on standard output")
    .addHelpText(
      "after",
      `
Examples:
  at-rest audit
  at-rest audit --bucket acme-uploads --json
  at-rest audit --bucket acme-uploads --region eu-west-1 --sse AES256`,
    )
    .action(async (options: Options) => {
      process.exitCode = await audit(options);
    });
}

async function audit(options: Options): Promise<ExitCode> {
  const stop = stopOnSignals(options.stopAfter);
  const codes: ExitCode[] = [];
  for (const work of findWork(options, ["encrypt", "enforce"])) {
    const connection = await connect(work, options);
    const { store, traits } = connection;
    const code = await runOnBucket({
      connection,
      command: "audit",
      versions: options.versions ?? work.fleet?.bucket.versions ?? "current",
      request: {},
      dryRun: false,
      maxSweeps: 1,
      options,
      runDirectory: options.runDirectory,
      newRun: true,
      stop,
      visitor: () => auditor({ store, target: work.target, bucket: traits, clock: realClock }),
    });
    codes.push(code);
    if (code === 130) break;
  }
  return worst(codes);
}
