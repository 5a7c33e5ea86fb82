import fc from "fast-check";
import { parseDocument } from "yaml";
import { accountNames, draftFleet } from "../../../src/checks/discover/draft";
import type { DiscoveredAccount, DiscoveredBucket } from "../../../src/checks/discover/found";
import { seen } from "../../../src/checks/preflight/looked";
import { parseFleet } from "../../../src/fleet/parse";
import { account, denied, foundAccount, foundBucket, keyed } from "./arrange";

const draftOf = (accounts: readonly DiscoveredAccount[]): string => {
  const drafted = draftFleet(accounts);
  if (!drafted) throw new Error("nothing was drafted");
  return drafted.text;
};
const key = "arn:aws:kms:eu-west-1:111111111111:key/1b2c";

test("a draft is a fleet: every bucket at stage prepare, with what was guessed, and why", () => {
  const size = { bytes: 4_288_000_000_000, objects: 1_204_311, day: "2026-11-26" };
  const text = draftOf([
    foundAccount([
      foundBucket("acme-uploads", { size, logsTo: seen("acme-logs"), encryption: keyed(key) }),
      foundBucket("acme-logs", { region: "eu-central-1" }),
      foundBucket("acme-site", { website: seen(true), tags: seen([{ Key: "ManagedBy", Value: "terraform" }]) }),
      foundBucket("at-rest-backup-111111111111-eu-west-1"),
    ]),
    foundAccount([], { id: "222222222222", name: "Dark", listed: false, problems: ["s3:ListAllMyBuckets: denied"] }),
  ]);
  const { targets } = parseFleet(text, "fleet.yaml");
  expect(targets.map(({ stackName }) => stackName)).toEqual(["sandbox-eu-central-1", "sandbox-eu-west-1"]);
  const buckets = targets.flatMap((target) => target.buckets);
  expect(buckets).toMatchObject([
    { name: "acme-logs", class: "log-target", encryption: "AES256", policy: "own" },
    { name: "acme-site", class: "plain", encryption: "AES256", policy: "external", defaultEncryption: "external" },
    { name: "acme-uploads", class: "plain", encryption: "aws:kms", sourceKeys: [key] },
  ]);
  expect(new Set(buckets.map(({ stage }) => stage))).toEqual(new Set(["prepare"]));
  for (const line of [
    "# 1,204,311 objects, 3.9 TB (2026-11-26); default encryption aws:kms, SSE-C blocked",
    "# log-target: access logs of acme-uploads go here",
    "# external: tag ManagedBy=terraform says that another stack owns it",
    "# account 222222222222 (Dark) is not in this draft",
    "# not read: s3:ListAllMyBuckets: denied",
  ]) {
    expect(text).toContain(`${line}\n`);
  }
  expect(text).not.toContain("at-rest-backup-");
});

test("what no fleet could have stands in it as a comment, with the reason", () => {
  const text = draftOf([
    foundAccount([foundBucket("Old_Bucket"), foundBucket("acme-a", { tags: denied("s3:GetBucketTagging") })]),
  ]);
  expect(parseFleet(text, "f").targets.flatMap(({ buckets }) => buckets.map(({ name }) => name))).toEqual(["acme-a"]);
  expect(text).toContain("# - name: Old_Bucket");
  expect(text).toMatch(/# not in the draft: .*"Old_Bucket" is no bucket name/);
  expect(text).toContain("# not read, so nothing was guessed from it: s3:GetBucketTagging: denied to this caller");
  expect(draftFleet([foundAccount([foundBucket("Old_Bucket")]), foundAccount([])])).toBeNull();
});

test("accounts are called after what is left of their names, and by their id where that is nothing or twice there", () => {
  const named = (id: string, name: string) => ({ id, name });
  expect([
    ...accountNames([
      named("1", "Prod (EU) – Shop"),
      named("2", "data"),
      named("3", "Data!"),
      named("4", "データ"),
      named("5", ""),
    ]).values(),
  ]).toEqual(["prod-eu-shop", "data-2", "data-3", "account-4", "account-5"]);
});

const validName = fc.stringMatching(/^[a-z0-9][a-z0-9-]{1,20}[a-z0-9]$/);
const anyName = fc.oneof(
  validName,
  validName,
  fc.string({ minLength: 1 }),
  fc.constantFrom("123", "null", "1e3", "yes"),
);
const anyText = fc.oneof(fc.string(), fc.constantFrom("a\nb: c", "\u001b[2J", "# x", "\u2028- name: x", "\r- name: y"));
const anyBucket: fc.Arbitrary<DiscoveredBucket> = fc
  .record({
    name: anyName,
    region: fc.constantFrom("eu-west-1", "us-east-1", "us-gov-west-1", "eu west 1"),
    tag: fc.record({ Key: fc.constantFrom("aws:cloudformation:stack-name", "ManagedBy", "x"), Value: anyText }),
    logsTo: anyName,
    keyArn: fc.oneof(anyText, fc.constant(key), fc.constant(null)),
    lock: fc.boolean(),
    website: fc.boolean(),
    dark: fc.boolean(),
  })
  .map(({ name, region, tag, logsTo, keyArn, lock, website, dark }) =>
    foundBucket(name, {
      region,
      tags: seen([tag]),
      logsTo: seen(logsTo),
      encryption: keyed(keyArn),
      objectLock: seen(lock),
      website: seen(website),
      ...(dark ? { policy: denied("s3:GetBucketPolicy") } : {}),
    }),
  );
const anyAccounts = fc
  .uniqueArray(anyBucket, { selector: ({ name }) => name, maxLength: 8 })
  .chain((buckets) => fc.tuple(fc.constant(buckets), fc.integer({ min: 0, max: buckets.length }), anyText, anyText))
  .map(([buckets, cut, one, other]) =>
    [
      { id: account, name: one, buckets: buckets.slice(0, cut) },
      { id: "222222222222", name: other, buckets: buckets.slice(cut) },
    ].map(({ id, ...rest }) =>
      foundAccount(
        rest.buckets.map((bucket) => ({ ...bucket, account: id })),
        { id, name: rest.name, problems: [`not ${rest.name}`] },
      ),
    ),
  );

test("whatever the buckets, tags and accounts are called, a draft is a fleet of the buckets that it says it has", () => {
  fc.assert(
    fc.property(anyAccounts, (accounts) => {
      const drafted = draftFleet(accounts);
      if (!drafted) return;
      const { targets } = parseFleet(drafted.text, "fleet.yaml");
      const names = targets.flatMap(({ buckets }) => buckets.map(({ name }) => name));
      expect(names).toHaveLength(drafted.buckets);
      const there = new Set(accounts.flatMap(({ buckets }) => buckets.map(({ name }) => name)));
      expect(names.filter((name) => !there.has(name))).toEqual([]);
      expect(parseDocument(drafted.text).errors).toEqual([]);
      // Nothing that a terminal or an editor would take for a command or a line of its own.
      expect(drafted.text).not.toMatch(/[^\P{Cc}\n]|[\u2028\u2029]/u);
    }),
    { numRuns: 60 },
  );
});

test("a draft does not show in which order things were found", () => {
  fc.assert(
    fc.property(anyAccounts, (accounts) => {
      const turned = [...accounts].reverse().map((found) => ({ ...found, buckets: [...found.buckets].reverse() }));
      expect(draftFleet(turned)?.text).toBe(draftFleet(accounts)?.text);
    }),
    { numRuns: 40 },
  );
});
