import { backupBucketName } from "../../fleet/names";
import { counted } from "../../reencrypt/report/words";
import { comment, entryOf, scalar } from "./entry";
import type { DiscoveredAccount, DiscoveredBucket } from "./found";
import { guess, type Pointers, pointersIn } from "./guess";

const head = `# A draft of a fleet, as at-rest discover found it. Every bucket is at stage prepare: nothing happens to it yet.
# What was guessed is said above each bucket. Read it, correct it, take out what shall not be part of this and name it
# in leaveOut, and commit the file. The next at-rest discover shows what has changed since, and leaves this file alone.

# Where Terraform keeps its state. For accounts that matter, a bucket that is locked while a plan or an apply runs:
#   state: { backend: s3, bucket: acme-terraform-state, region: eu-west-1, prefix: at-rest }
state: { backend: local, directory: state }

# What a bucket says unless it says otherwise.
defaults:
  encryption: aws:kms # or AES256 (S3's own keys), or aws:kms:dsse (two layers)
  bucketKey: true
  backup: all

# Buckets that are known and on purpose no part of this:
#   leaveOut: [{ name: acme-terraform-state, reason: Terraform's own state }]

accounts:`;

const indented = (depth: number, lines: readonly string[]): string[] =>
  lines.map((line) => `${" ".repeat(depth)}${line}`);

const ordered = <Item>(items: readonly Item[], by: (item: Item) => string): Item[] =>
  [...items].sort((one, other) => (by(one) < by(other) ? -1 : 1));

/** Backup buckets are our own, made by a stack. */
const withoutBackups = (buckets: readonly DiscoveredBucket[]): DiscoveredBucket[] =>
  buckets.filter(({ name, account, region }) => name !== backupBucketName(account, region));

const slug = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");

/** Names for stacks: what is left of the accounts' own names, with the id where that is nothing or not the only one. */
export function accountNames(accounts: readonly Pick<DiscoveredAccount, "id" | "name">[]): Map<string, string> {
  const slugs = accounts.map(({ name }) => slug(name));
  return new Map(
    accounts.map(({ id }, index) => {
      const own = slugs[index] ?? "";
      const alone = slugs.filter((other) => other === own).length === 1;
      return [id, own === "" ? `account-${id}` : alone ? own : `${own}-${id}`];
    }),
  );
}

interface Drafted {
  readonly lines: readonly string[];
  /** Buckets that stand in the fleet, not in a comment. */
  readonly buckets: number;
}

function regionLines(region: string, buckets: readonly DiscoveredBucket[], pointers: Pointers): Drafted {
  const entries = ordered(buckets, ({ name }) => name).map((bucket) => entryOf(bucket, guess(bucket, pointers)));
  const valid = entries.filter((entry) => entry.valid).length;
  const body = entries.flatMap(({ lines }) => ["", ...indented(4, lines)]).slice(1);
  const whole = [`${scalar(region)}:`, "  buckets:", ...body];
  return { lines: valid > 0 ? whole : whole.map((line) => (line === "" ? "#" : comment(line))), buckets: valid };
}

function accountLines(account: DiscoveredAccount, name: string, pointers: Pointers): Drafted {
  const buckets = withoutBackups(account.buckets);
  const called = account.name === "" ? account.id : `${account.id} (${account.name})`;
  const notes = account.problems.map((problem) => comment(`not read: ${problem}`));
  if (!account.listed) return { lines: [comment(`account ${called} is not in this draft`), ...notes], buckets: 0 };
  const regions = ordered([...new Set(buckets.map(({ region }) => region))], (region) => region).map((region) =>
    regionLines(
      region,
      buckets.filter((bucket) => bucket.region === region),
      pointers,
    ),
  );
  const valid = regions.reduce((sum, region) => sum + region.buckets, 0);
  const lines = regions.flatMap((region) => region.lines);
  const summary = comment(`account ${called}: ${counted(buckets.length, "bucket")}`);
  if (valid === 0) return { lines: [summary, ...notes, ...lines.map(comment)], buckets: 0 };
  const entry = [
    `- name: ${scalar(name)}`,
    `  id: ${JSON.stringify(account.id)}`,
    `  partition: ${account.partition}`,
    "  wave: 0 # waves are rolled out one after the other",
    "  regions:",
    ...indented(4, lines),
  ];
  return { lines: [summary, ...notes, ...entry], buckets: valid };
}

/**
 * A fleet file: accounts by id, regions and buckets by name, so that the order in which they were found does not show.
 *
 * @returns null where no bucket could stand in it: a fleet has at least one
 */
export function draftFleet(accounts: readonly DiscoveredAccount[]): { text: string; buckets: number } | null {
  const sorted = ordered(accounts, ({ id }) => id);
  const names = accountNames(sorted);
  const pointers = pointersIn(sorted.flatMap(({ buckets }) => buckets));
  const drafted = sorted.map((account) => accountLines(account, names.get(account.id) ?? account.id, pointers));
  const buckets = drafted.reduce((sum, account) => sum + account.buckets, 0);
  if (buckets === 0) return null;
  const body = drafted.flatMap(({ lines }) => ["", ...indented(2, lines)]).slice(1);
  return { text: `${[head, ...body].map((line) => line.trimEnd()).join("\n")}\n`, buckets };
}
