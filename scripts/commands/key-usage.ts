import { type Command, Option } from "commander";
import { gatherKeyUse, type KeyUse } from "../../src/checks/key-usage/gather";
import { type BucketUse, keyVerdict, notSeen } from "../../src/checks/key-usage/verdict";
import { kmsClient } from "../../src/checks/target-key";
import { counted } from "../../src/reencrypt/report/words";
import { openSession } from "./support/connect";
import { bucketsFor, bucketUse, type KeyUsageOptions } from "./support/key-buckets";
import { addRunOptions, addSweepOptions, collect } from "./support/options";
import { type ExitCode, Stop } from "./support/stop";
import { say, stopOnSignals } from "./support/terminal";
import { isKeyArn } from "./support/work";

export function define(command: Command): void {
  command
    .optionsGroup("Which key, and where to look for it:")
    .requiredOption("--key <arn>", "the key, as a full key ARN; its Region is looked at")
    .option("--bucket <name>", "this bucket only; may be repeated (default: every bucket of the account)", collect)
    .option("--fleet <file>", "the fleet's buckets of the account only")
    .option("--role-arn <arn>", "assume this role first")
    .option("--endpoint-url <url>", "S3 at another place than AWS")
    .addOption(
      new Option("--versions <which>", "noncurrent ones are lost with a key as well")
        .choices(["current", "all"])
        .default("all"),
    );
  addRunOptions(
    addSweepOptions(command),
    "Name a directory on a volume that outlives the machine; --bucket and --prefix divide it over machines.",
  )
    .optionsGroup("Output:")
    .option("--log-objects", "name every object in the report")
    .option("--json", "one JSON document a bucket, then one of the key, on standard output")
    .addHelpText(
      "after",
      `
Nothing is written to S3. Each object is looked at; nothing is decrypted.

Examples:
  at-rest key-usage --key arn:aws:kms:eu-west-1:111111111111:key/1b2c...
  at-rest key-usage --key arn:aws:kms:eu-west-1:111111111111:key/1b2c... --bucket acme-uploads --json`,
    )
    .action(async (options: KeyUsageOptions) => {
      process.exitCode = await run(options);
    });
}

async function run(options: KeyUsageOptions): Promise<ExitCode> {
  const { key, roleArn, endpointUrl } = options;
  const region = key.split(":")[3];
  if (!isKeyArn(key) || region === undefined) {
    throw new Stop(
      `--key "${key}" is no full key ARN.`,
      "S3 shows key ARNs only: arn:aws:kms:<region>:<account>:key/<id>, no alias and no bare key id.",
    );
  }
  const { credentials, caller } = await openSession({ region, roleArn });
  const kms = kmsClient({ region, credentials });
  const use = await gatherKeyUse(kms, key);
  kms.destroy();
  const { account } = caller;
  const { names, missing } = await bucketsFor(options, region, account, credentials);
  say(`${key}: ${describeKey(use)}`);
  say(`  looked for in ${counted(names.length, "bucket")} of account ${account} in ${region}`);

  const stop = stopOnSignals(options.stopAfter);
  const found: BucketUse[] = [];
  const target = { algorithm: "aws:kms", keyArn: key, bucketKey: true } as const;
  for (const bucket of names) {
    const { code, ...one } = await bucketUse(
      { bucket, region, endpointUrl, account, roleArn, target },
      options,
      use,
      stop,
    );
    if (code === 130) return 130;
    found.push(one);
  }
  return conclude(options, use, found, missing);
}

function describeKey({ key: { description }, aliases, grants }: KeyUse): string {
  const state =
    description.is === "unseen" ? "its state is not known" : (description.value?.state ?? "there is no such key");
  const names = aliases.is === "seen" && aliases.value.length > 0 ? `, ${aliases.value.join(", ")}` : "";
  const granted = grants.is === "seen" ? `, ${counted(grants.value.length, "grant")}` : "";
  return `${state}${names}${granted}`;
}

function conclude(
  { key, json }: KeyUsageOptions,
  use: KeyUse,
  buckets: readonly BucketUse[],
  missing: readonly string[],
): ExitCode {
  const { exitCode, sentence, unseen } = keyVerdict(use, buckets, missing);
  if (json) {
    const description = use.key.description.is === "seen" ? use.key.description.value : null;
    const grants = use.grants.is === "seen" ? use.grants.value : null;
    const aliases = use.aliases.is === "seen" ? use.aliases.value : null;
    const document = { command: "key-usage", key, description, aliases, grants, buckets, unseen, notSeen };
    process.stdout.write(`${JSON.stringify({ ...document, verdict: sentence, exitCode })}\n`);
    return exitCode;
  }
  say();
  say(`${key}`);
  say(`  ${sentence}`);
  for (const { bucket, underKey, byDefault, prefixes } of buckets) {
    if (underKey === 0 && !byDefault) continue;
    say(`  s3://${bucket}: ${counted(underKey, "object")} under it${byDefault ? ", and its default" : ""}`);
    for (const { prefix, objects } of prefixes)
      say(`    ${prefix === "" ? "(no slash in the key)" : prefix}  ${objects}`);
  }
  if (use.grants.is === "seen") {
    for (const { name, grantee, operations } of use.grants.value) {
      say(`  grant ${name} to ${grantee}: ${operations.join(", ")}`);
    }
  }
  for (const part of unseen) say(`  could not be looked at: ${part}`);
  for (const part of notSeen) say(`  cannot be seen from here: ${part}`);
  return exitCode;
}
