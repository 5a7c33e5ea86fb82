import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { compareFleet } from "../../src/checks/discover/compare";
import { documentOf } from "../../src/checks/discover/document";
import { draftFleet } from "../../src/checks/discover/draft";
import { type DiscoveredAccount, problemsOf } from "../../src/checks/discover/found";
import type { NamedAccount } from "../../src/checks/discover/organization";
import { resourceControlPolicy, resourceControlPolicySources } from "../../src/checks/discover/resource-control-policy";
import { differenceLines } from "../../src/checks/discover/words";
import { accepts, type Fleet } from "../../src/fleet/fleet";
import { fleetFile } from "../../src/fleet/load";
import { bucketsOutside } from "../../src/fleet/outside";
import { counted } from "../../src/reencrypt/report/words";
import { type DiscoverWhere, discoverAccounts } from "./support/discover-accounts";
import { type ExitCode, Stop } from "./support/stop";
import { say } from "./support/terminal";
import { readFleet } from "./support/work-of-fleet";

interface Options extends DiscoverWhere {
  readonly fleet: string;
  readonly check?: boolean;
  readonly rcp?: boolean;
  readonly json?: boolean;
}

function namedAccount(value: string, before: readonly NamedAccount[] = []): NamedAccount[] {
  const [, id = "", name = ""] = /^(\d{12})(?:=(.+))?$/.exec(value) ?? [];
  if (id === "") throw new InvalidArgumentError("It must be 12 digits, or 12 digits=name.");
  if (before.some((other) => other.id === id)) throw new InvalidArgumentError(`${id} is named twice.`);
  return [...before, { id, name }];
}

export function define(command: Command): void {
  command
    .optionsGroup("Which accounts (default: the fleet's, if there is one, else the caller's own):")
    .option("--organization", "every active account of the caller's AWS organisation")
    .option("--account <id=name>", "this account; may be repeated", namedAccount)
    .option("--role-name <name>", "assume it in each account but the caller's (default: the fleet's planRole)")
    .option("--region <region>", "asked first (default: AWS_REGION); buckets are found in every region")
    .option("--endpoint-url <url>", "S3 at another place than AWS")
    .optionsGroup("What to do:")
    .option("--fleet <file>", "drafted if it is not there, else compared", fleetFile())
    .option("--check", "write nothing; exit code 1 if a bucket is outside the fleet")
    .option("--no-sizes", "do not ask CloudWatch how much is in the buckets")
    .option("--rcp", "print a resource control policy for the organisation, and do nothing else")
    .optionsGroup("Output:")
    .option("--json", "one JSON document on standard output")
    .addHelpText(
      "after",
      `
A fleet that is there is never written to. What cannot be read hides nothing else.

Examples:
  at-rest discover --organization --role-name OrganizationAccountAccessRole --fleet production.yaml
  at-rest discover --account 111111111111=sandbox
  at-rest discover --check --fleet production.yaml`,
    )
    .action(async (options: Options) => {
      process.exitCode = options.rcp ? printPolicy(options) : await discover(options);
    });
}

async function discover(options: Options): Promise<ExitCode> {
  if (options.organization && options.account) throw new Stop("--organization and --account exclude each other.");
  const fleet = existsSync(options.fleet) ? readFleet(options.fleet) : undefined;
  if (options.check && !fleet) {
    throw new Stop(
      `${options.fleet} is not there, so nothing can be held against it.`,
      "Leave --check out to draft it.",
    );
  }
  const accounts = await discoverAccounts(options, fleet);
  const done = !fleet
    ? draft(options.fleet, accounts)
    : options.check
      ? check(fleet, accounts)
      : compare(fleet, accounts);
  const exitCode = accounts.some((account) => problemsOf(account).length > 0) ? 2 : done.exitCode;
  const { document } = done;
  if (options.json)
    process.stdout.write(`${JSON.stringify({ ...document, accounts: documentOf(accounts), exitCode })}\n`);
  return exitCode;
}

interface Done {
  readonly exitCode: ExitCode;
  readonly document: object;
}

function draft(file: string, accounts: readonly DiscoveredAccount[]): Done {
  const drafted = draftFleet(accounts);
  if (drafted === null) {
    say(`No bucket was found that a fleet could have, so ${file} was not written.`);
    return { exitCode: 0, document: { fleet: file, is: "not drafted" } };
  }
  write(file, drafted.text);
  say(`${file}: drafted, with ${counted(drafted.buckets, "bucket")} at stage prepare`);
  return { exitCode: 0, document: { fleet: file, is: "drafted", buckets: drafted.buckets } };
}

function write(file: string, text: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    // Whoever made the file meanwhile keeps it.
    writeFileSync(file, text, { flag: "wx" });
  } catch (error) {
    throw new Stop(`${file} could not be written: ${error instanceof Error ? error.message : error}`);
  }
}

function compare(fleet: Fleet, accounts: readonly DiscoveredAccount[]): Done {
  const differences = compareFleet(fleet, accounts);
  for (const line of differences.flatMap(differenceLines)) say(line);
  const looked = new Set(accounts.filter(({ listed }) => listed).map(({ id }) => id));
  const others = [...new Set(fleet.targets.map(({ account }) => account.id))].filter((id) => !looked.has(id));
  if (others.length > 0) say(`Not looked at, though the fleet has them: ${others.join(", ")}.`);
  say(
    differences.length === 0
      ? `${fleet.file} says what is there. It was left as it is.`
      : `${fleet.file} was left as it is: ${counted(differences.length, "difference")}.`,
  );
  return {
    exitCode: differences.length === 0 ? 0 : 1,
    document: { fleet: fleet.file, is: "compared", differences, notLookedAt: others },
  };
}

function check(fleet: Fleet, accounts: readonly DiscoveredAccount[]): Done {
  const found = accounts.flatMap(({ buckets }) =>
    buckets.map(({ account, region, name }) => ({ account, region, name })),
  );
  const outside = bucketsOutside(fleet, found);
  for (const { name, account, region } of outside) say(`outside: s3://${name} in account ${account}, ${region}`);
  say(
    outside.length === 0
      ? `Every bucket that was found is in ${fleet.file}, or left out there by name.`
      : `${counted(outside.length, "bucket is", "buckets are")} outside ${fleet.file}: take them in, or name them in leaveOut.`,
  );
  return { exitCode: outside.length === 0 ? 0 : 1, document: { fleet: fleet.file, is: "checked", outside } };
}

/** The policy alone on stdout, so that it can go into a file; what to know of it on stderr. */
function printPolicy({ fleet: file }: Options): ExitCode {
  process.stdout.write(`${JSON.stringify(resourceControlPolicy, null, 2)}\n`);
  say(
    "In place of the rows plain-http and sse-c of the bucket policies, for every bucket of the accounts it is attached to,",
  );
  say(
    "whether in the fleet or not. The management account's resources are out of its reach. Try it on one account first.",
  );
  const fleet = existsSync(file) ? readFleet(file) : undefined;
  for (const bucket of fleet?.targets.flatMap(({ buckets }) => buckets) ?? []) {
    for (const row of (["plain-http", "sse-c"] as const).filter((one) => accepts(bucket, one))) {
      say(`  s3://${bucket.name}: ${file} waives ${row} for it; the policy would not.`);
    }
  }
  for (const source of resourceControlPolicySources) say(`  ${source}`);
  return 0;
}
