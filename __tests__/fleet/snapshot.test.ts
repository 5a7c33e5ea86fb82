import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { loadFleet, loadSnapshots } from "../../src/fleet/load";
import { FleetError } from "../../src/fleet/mistakes";
import { backupBucketName, snapshotPath } from "../../src/fleet/names";
import { type Statement, withoutOwnStatements } from "../../src/fleet/policy";
import { type BucketSnapshot, bucketSnapshot, formatSnapshot } from "../../src/fleet/snapshot";
import { firstVersionOf, snapshotOf } from "../support/snapshots";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "fleet-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

function fleetWith(buckets: string, snapshots: readonly BucketSnapshot[] = []) {
  const file = join(directory, "fleet.yaml");
  writeFileSync(
    file,
    `state: { backend: local, directory: state }
accounts: [{ name: sandbox, id: "111111111111", regions: { eu-west-1: { buckets: ${buckets} }, eu-west-2: { buckets: [{ name: acme-else }] } } }]`,
  );
  for (const snapshot of snapshots) {
    const path = snapshotPath(directory, snapshot.account, snapshot.region, snapshot.bucket);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, formatSnapshot(snapshot));
  }
  return loadFleet(file);
}

function mistakesOf(act: () => unknown): string[] {
  try {
    act();
  } catch (error) {
    if (error instanceof FleetError) return error.mistakes.map((mistake) => mistake.replaceAll(`${directory}/`, ""));
    throw error;
  }
  return [];
}

test("a fleet file that is not there is named", () => {
  expect(mistakesOf(() => loadFleet(join(directory, "none.yaml")))).toEqual([
    expect.stringMatching(/^none\.yaml: is not there\. Draft it with at-rest discover/),
  ]);
});

test("snapshots are found by their bucket", () => {
  const uploads = snapshotOf("acme-uploads", { policy: { Version: "2008-10-17", Id: "old", Statement: [] } });
  const fleet = fleetWith("[{ name: acme-uploads, stage: encrypt }]", [uploads]);
  expect(loadSnapshots(fleet)).toEqual(new Map([["acme-uploads", uploads]]));
});

test("a bucket needs its snapshot from stage encrypt on, unless it is new", () => {
  const fleet = fleetWith(
    "[{ name: acme-a }, { name: acme-b, stage: encrypt }, { name: acme-c, stage: enforce, newBucket: true }, { name: acme-d, stage: released }]",
  );
  expect(mistakesOf(() => loadSnapshots(fleet))).toEqual([
    "fleet.yaml: acme-b: stage encrypt has no snapshot of what is live: run at-rest snapshot --bucket acme-b, and commit the file.",
  ]);
});

test("a snapshot without a bucket in the fleet is refused, since Terraform would destroy what it manages of it", () => {
  const fleet = fleetWith("[{ name: acme-a }]", [snapshotOf("acme-gone")]);
  expect(mistakesOf(() => loadSnapshots(fleet))).toEqual([
    expect.stringMatching(
      /^fleet\.yaml: snapshots\/111111111111\/eu-west-1\/acme-gone\.json has no bucket in the fleet/,
    ),
  ]);
});

test("a snapshot of a bucket that the fleet has elsewhere is refused", () => {
  const fleet = fleetWith("[{ name: acme-a }]", [snapshotOf("acme-a", { region: "eu-west-2" })]);
  expect(mistakesOf(() => loadSnapshots(fleet))).toEqual([
    "fleet.yaml: acme-a: the snapshot is of account 111111111111 in eu-west-2, the fleet has it in 111111111111 in eu-west-1.",
  ]);
});

test("snapshots of accounts and regions that another fleet file has are left alone", () => {
  const fleet = fleetWith("[{ name: acme-a }]", [snapshotOf("acme-b", { account: "999999999999" })]);
  expect(loadSnapshots(fleet)).toEqual(new Map());
});

test("a bucket with Object Lock has to be called object-locked", () => {
  const fleet = fleetWith("[{ name: acme-a }]", [snapshotOf("acme-a", { objectLock: true })]);
  expect(mistakesOf(() => loadSnapshots(fleet))).toEqual([
    "fleet.yaml: acme-a: the snapshot says that Object Lock is on, so its class has to be object-locked, not plain.",
  ]);
});

test("files that are no snapshots, or in the wrong place, are all named", () => {
  const fleet = fleetWith("[{ name: acme-a }, { name: acme-b }]");
  const folder = join(directory, "snapshots", "111111111111", "eu-west-1");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "acme-a.json"), formatSnapshot(snapshotOf("acme-b")));
  writeFileSync(join(folder, "acme-b.json"), "{");
  writeFileSync(join(folder, "acme-c.json"), JSON.stringify({ ...snapshotOf("acme-c"), version: 3 }));
  expect(mistakesOf(() => loadSnapshots(fleet))).toEqual([
    "snapshots/111111111111/eu-west-1/acme-a.json: is in the wrong place: it says that it is of acme-b, 111111111111, eu-west-1.",
    expect.stringMatching(/acme-b\.json: cannot be read: /),
    "snapshots/111111111111/eu-west-1/acme-c.json: version: 3 is none of 1, 2.",
  ]);
});

test("a snapshot of before there were further settings is still read", () => {
  const old = firstVersionOf(snapshotOf("acme-a"));
  const fleet = fleetWith("[{ name: acme-a, stage: encrypt }]", [old]);
  expect(loadSnapshots(fleet)).toEqual(new Map([["acme-a", old]]));
});

/** The same value with the fields of every object the other way round. */
const turned = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(turned);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, inner]) => [name, turned(inner)]),
  );
};

test("settings and tags of any shape are the same text whatever order their fields come in, and read back", () => {
  const field = fc.stringMatching(/^[A-Z][A-Za-z]*$/);
  const { value: inner } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      fc.string(),
      fc.integer(),
      fc.boolean(),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(field, tie("value"), { maxKeys: 3 }),
    ),
  }));
  const setting = fc.dictionary(field, inner);
  const tags = fc.uniqueArray(fc.record({ Key: fc.oneof(fc.string(), fc.constant("__proto__")), Value: fc.string() }), {
    selector: ({ Key }) => Key,
  });
  fc.assert(
    fc.property(setting, tags, (lifecycle, named) => {
      const snapshot = snapshotOf("acme-a", { lifecycle: JSON.parse(JSON.stringify(lifecycle)), tags: named });
      const other = { ...snapshot, lifecycle: turned(snapshot.lifecycle), tags: [...named].reverse() };
      const text = formatSnapshot(bucketSnapshot.parse(other));
      expect(JSON.parse(text).tags).toHaveLength(named.length);
      expect(text).toBe(formatSnapshot(snapshot));
      expect(formatSnapshot(bucketSnapshot.parse(JSON.parse(text)))).toBe(text);
    }),
  );
});

test("a snapshot's text does not depend on the order of its fields, and keeps the order of the policy's", () => {
  const policy = { Statement: [{ Effect: "Allow", Sid: "z", Action: "a" }], Version: "2012-10-17" };
  const snapshot = snapshotOf("acme-a", { policy });
  const reversed = Object.fromEntries(Object.entries(snapshot).reverse());
  expect(formatSnapshot(bucketSnapshot.parse(reversed))).toBe(formatSnapshot(snapshot));
  expect(JSON.stringify(bucketSnapshot.parse(JSON.parse(formatSnapshot(snapshot))).policy)).toBe(
    JSON.stringify(policy),
  );
});

test("a statement of ours is left out of a policy, and nobody else's", () => {
  const foreign: Statement[] = [{ Sid: "AtRestrictedNetwork" }, { Sid: "atRestDeny" }, {}, { Sid: "DenyAtRest" }];
  const own = { Sid: "AtRestDenyInsecureTransport" };
  const policy = { Version: "2012-10-17", Statement: [foreign[0] ?? {}, own, ...foreign.slice(1)] };
  expect(withoutOwnStatements(policy)).toEqual({ Version: "2012-10-17", Statement: foreign });
  expect(withoutOwnStatements({ Statement: own })).toBeNull();
  expect(withoutOwnStatements({ Statement: foreign[0] ?? {} })).toEqual({ Statement: foreign[0] });
});

test("a bucket's backup has a legal name of its own in every account and region", () => {
  const account = fc.stringMatching(/^\d{12}$/);
  const region = fc.constantFrom("eu-west-1", "ap-southeast-1", "us-gov-west-1", "cn-northwest-1");
  fc.assert(
    fc.property(fc.tuple(account, region), fc.tuple(account, region), (one, other) => {
      expect(backupBucketName(...one)).toMatch(/^[a-z0-9-]{3,63}$/);
      expect(backupBucketName(...one) === backupBucketName(...other)).toBe(one.join() === other.join());
    }),
  );
});
