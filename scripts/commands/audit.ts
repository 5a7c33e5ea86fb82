import { join } from "node:path";
import type { Command } from "commander";
import { auditBucket, recordAudit, unreadyBucket } from "./support/audit-bucket";
import type { AuditOptions } from "./support/audit-options";
import { realClock } from "./support/clock";
import { Evidence, verify } from "./support/evidence";
import { addSweepOptions, addWhereOptions, versionsOption, wholeNumber } from "./support/options";
import { lookOutside } from "./support/outside";
import { localDirectory, OWN_DIRECTORY } from "./support/run-place";
import { type ExitCode, Stop, worst } from "./support/stop";
import { say, stopOnSignals } from "./support/terminal";
import { findWork, type Unready } from "./support/work";
import { readFleet } from "./support/work-of-fleet";

interface Options extends AuditOptions {
  readonly evidence?: string;
  readonly verify?: string;
  readonly manifestSha256?: string;
}

export function define(command: Command): void {
  addWhereOptions(command)
    .optionsGroup("What:")
    .addOption(versionsOption("all: noncurrent ones too, reported apart (default: the fleet's, else current)"))
    .option("--sample <n>", "look at n objects, chosen at random, and say how sure that makes", wholeNumber);
  addSweepOptions(command, "begins anew")
    .optionsGroup("Output:")
    .option(
      "--run-directory <directory>",
      "where the findings are written",
      localDirectory("Name a directory: an audit always begins anew; --bucket and --prefix divide it over machines."),
      OWN_DIRECTORY,
    )
    .option("--evidence <directory>", "where the proof is written (default: within the run directory)")
    .option("--log-objects", "name every object in report and proof, not only the exceptions")
    .option("--json", "one JSON document a bucket on standard output")
    .optionsGroup("An earlier proof, offline:")
    .option("--verify <directory>", "whether a file of it was edited, taken away or added")
    .option("--manifest-sha256 <sum>", "what the audit printed of its manifest")
    .addHelpText(
      "after",
      `
Nothing is written to S3. With a fleet the outcome is also recorded in audits/, for git.

Examples:
  at-rest audit --versions all --evidence proof-2026-11-27
  at-rest audit --bucket acme-uploads --sample 3000 --json
  at-rest audit --verify proof-2026-11-27`,
    )
    .action(async (options: Options) => {
      process.exitCode = options.verify === undefined ? await audit(options) : await check(options.verify, options);
    });
}

async function audit(options: Options): Promise<ExitCode> {
  if (options.sample !== undefined && options.versions === "all") {
    throw new Stop("--sample is of current objects only.", "Leave out --versions all.");
  }
  if (options.manifestSha256 !== undefined) {
    throw new Stop("--manifest-sha256 is of an earlier proof, and none is named.", "Add --verify <directory>.");
  }
  const unready: Unready[] = [];
  const found = findWork(options, ["encrypt", "enforce"], (one) => unready.push(one));
  const startedAt = new Date(realClock.now()).toISOString();
  const own = join(options.runDirectory, "_evidence", startedAt.replace(/[-:]/g, ""));
  const evidence = Evidence.begin(options.evidence ?? own);

  const stop = stopOnSignals(options.stopAfter);
  const codes: ExitCode[] = [];
  for (const one of unready) {
    const nothing = unreadyBucket(one, options);
    await evidence.add(nothing);
    codes.push(nothing.code);
  }
  for (const work of found) {
    const looked = await auditBucket(work, options, stop);
    codes.push(looked.code);
    if (looked.code === 130) return 130;
    await evidence.add(looked);
    if (work.fleet) recordAudit(looked.result, options);
  }
  const exitCode = worst(codes);
  const ofFleet = found.some(({ fleet }) => fleet) && options.bucket === undefined;
  const outside = ofFleet ? await lookOutside(readFleet(options.fleet), found) : null;
  for (const { name, account, region } of outside?.buckets ?? []) {
    say(`Outside the fleet: s3://${name} in account ${account}, ${region} (beside the verdict)`);
  }
  for (const why of outside?.notLooked ?? []) say(`Buckets outside the fleet were not looked for: ${why}`);
  const finishedAt = new Date(realClock.now()).toISOString();
  const sha256 = await evidence.finish({ startedAt, finishedAt, exitCode, outside });
  say(`Evidence ${join(evidence.directory, "index.html")}`);
  say(`  SHA-256 of its manifest ${sha256}: keep it elsewhere, --verify compares it`);
  return exitCode;
}

/** 0 as it was written; 1 something was edited, taken away or added; 2 no proof at all. */
async function check(directory: string, { manifestSha256, json }: Options): Promise<ExitCode> {
  const { files, sha256, differences } = await verify(directory);
  const other = manifestSha256 !== undefined && manifestSha256.toLowerCase() !== sha256;
  const found = [...differences, ...(other ? [`manifest.json: was edited: its SHA-256 is ${sha256}`] : [])];
  const exitCode = found.length > 0 ? 1 : 0;
  if (json) {
    process.stdout.write(
      `${JSON.stringify({ command: "audit", verified: directory, sha256, differences: found, exitCode })}\n`,
    );
    return exitCode;
  }
  for (const difference of found) say(`  ${difference}`);
  say(
    found.length > 0
      ? `${directory} is not what was written.`
      : `${directory} is as it was written: ${files} files. SHA-256 of its manifest ${sha256}${manifestSha256 === undefined ? ", which nothing was compared with" : ""}.`,
  );
  return exitCode;
}
