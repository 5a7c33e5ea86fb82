import { readFileSync } from "node:fs";
import { join } from "node:path";
import { bucketArn } from "../../../src/fleet/names";
import { statementsOf } from "../../../src/fleet/policy";
import { reencryptionPolicies } from "../../../stacks/policies/reencryption";
import { bucketOf } from "../../support/fleets";

const root = join(__dirname, "../../..");
const page = readFileSync(join(root, "docs/discover.md"), "utf8");

/** The actions that a file names when they are denied. */
const namedIn = (file: string): string[] => [
  ...new Set(readFileSync(join(root, file), "utf8").match(/\b(?:s3|cloudwatch):[A-Z]\w+/g) ?? []),
];
/** The actions of the looks that a file has in common with other commands. */
const sharedBy = (file: string): string[] => {
  const looks = readFileSync(join(root, "src/checks/preflight/look-at-bucket.ts"), "utf8").split("export const ");
  const called = new Set(readFileSync(join(root, file), "utf8").match(/\blookAt\w+(?=\(reader\))/g));
  const found = looks.filter((look) => called.has(/^\w+/.exec(look)?.[0] ?? ""));
  return found.flatMap((look) => look.match(/\bs3:[A-Z]\w+/)?.[0] ?? []);
};
const paragraph = (after: string): string[] =>
  [...(page.slice(page.indexOf(after)).split("\n\n")[1] ?? "").matchAll(/`([^`]+)`/g)].map(([, action = ""]) => action);

const snapshotReads = [
  ...new Set(["snapshot", "snapshot-settings", "bucket-traits"].flatMap((name) => namedIn(`src/checks/${name}.ts`))),
]
  // Of what decides about objects; no snapshot has it.
  .filter((action) => action !== "s3:GetBucketAcl")
  .sort();

test("docs/discover.md names every permission that a snapshot needs, and the stack's role has them", () => {
  expect(paragraph("Snapshot needs these")).toEqual(snapshotReads);
  const { target } = bucketOf("stage: prepare");
  const arn = bucketArn("aws", "acme-uploads");
  const allowed = reencryptionPolicies(target)
    .flatMap(({ document }) => statementsOf(document))
    .filter(({ Resource }) => Array.isArray(Resource) && Resource.includes(arn))
    .flatMap(({ Action }) => Action);
  expect(allowed).toEqual(expect.arrayContaining(snapshotReads));
});

test("docs/discover.md names every permission that a discovery needs", () => {
  const files = ["read-account", "read-bucket"].map((name) => `src/checks/discover/${name}.ts`);
  const reads = files.flatMap((file) => [...namedIn(file), ...sharedBy(file)]);
  expect(paragraph("Discover needs these")).toEqual([...new Set(reads)].sort());
});
