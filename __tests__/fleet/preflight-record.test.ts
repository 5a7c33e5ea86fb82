import type { FleetBucket, Waiver } from "../../src/fleet/fleet";
import {
  type PreflightRecord,
  parsePreflightRecord,
  type StageChange,
  settingsDigest,
  uncovered,
} from "../../src/fleet/preflight-record";
import { bucketOf } from "../support/fleets";

const { bucket } = bucketOf("stage: encrypt");
const warning = { id: "lifecycle", level: "warning", evidence: "old", fix: "Accept lifecycle." } as const;

const recorded = (more: Partial<PreflightRecord> = {}): PreflightRecord => ({
  version: 2,
  account: "111111111111",
  region: "eu-west-1",
  bucket: "acme-uploads",
  stage: "prepare",
  judgedFor: "encrypt",
  settings: settingsDigest(bucket),
  target: { algorithm: "aws:kms", keyArn: "arn:aws:kms:eu-west-1:111111111111:key/1", bucketKey: true },
  roleArn: "arn:aws:iam::111111111111:role/at-rest-reencrypt-eu-west-1",
  canaries: false,
  findings: [warning],
  ...more,
});

const change = (more: Partial<StageChange> = {}, settings: Partial<FleetBucket> = {}): StageChange => ({
  account: "111111111111",
  region: "eu-west-1",
  from: "prepare",
  bucket: { ...bucket, ...settings },
  today: "2026-11-22",
  ...more,
});

test("a preflight without errors, for that stage and those settings, covers the change", () => {
  expect(uncovered(recorded(), change())).toEqual([]);
  const enforce = recorded({ stage: "encrypt", judgedFor: "enforce" });
  expect(uncovered(enforce, change({ from: "encrypt" }, { stage: "enforce" }))).toEqual([]);
});

test.each<[string, Partial<StageChange>, Partial<FleetBucket>]>([
  ["stays", { from: "encrypt" }, {}],
  ["goes back", { from: "enforce" }, {}],
  ["is new in the fleet, at prepare", { from: null }, { stage: "prepare" }],
  ["is released", { from: "enforce" }, { stage: "released" }],
  ["is created after the fleet knew it", { from: null }, { newBucket: true }],
])("a bucket that %s needs none", (_, more, settings) => {
  expect(uncovered(null, change(more, settings))).toEqual([]);
});

const expired: Waiver = { what: "sse-c", reason: "agreed", until: "2026-11-21" };

test.each<[string, PreflightRecord | null, StageChange, string[]]>([
  ["nothing", null, change(), ["no preflight of acme-uploads is recorded"]],
  [
    "nothing, of a bucket that comes into the fleet",
    null,
    change({ from: null }),
    ["no preflight of acme-uploads is recorded"],
  ],
  [
    "one for the stage before",
    recorded(),
    change({ from: "encrypt" }, { stage: "enforce" }),
    ["the preflight was judged for stage encrypt, not enforce"],
  ],
  [
    "one for a later stage, where this stage's refusals are warnings",
    recorded({ judgedFor: "enforce" }),
    change(),
    ["the preflight was judged for stage enforce, not encrypt"],
  ],
  [
    "one of another bucket",
    recorded({ bucket: "acme-logs" }),
    change(),
    ["the preflight is of acme-logs in 111111111111, eu-west-1"],
  ],
  [
    "one with an error",
    recorded({ findings: [warning, { ...warning, level: "error", id: "website", evidence: "hosting" }] }),
    change(),
    ["error website: hosting"],
  ],
  [
    "one before the fleet named another writer",
    recorded(),
    change({}, { writers: ["arn:aws:iam::111111111111:role/new"] }),
    ["the fleet says something else of the bucket than when the preflight looked"],
  ],
  [
    "one whose waiver has run out since",
    recorded({ settings: settingsDigest({ ...bucket, accept: [expired] }) }),
    change({}, { accept: [expired] }),
    ["the waiver of sse-c ran out on 2026-11-21"],
  ],
])("what does not cover a change: %s", (_, record, changed, expected) => {
  expect(uncovered(record, changed)).toEqual(expected);
});

test("the digest of settings leaves out the stage, and does not hang on the order of fields", () => {
  expect(settingsDigest({ ...bucket, stage: "enforce" })).toBe(settingsDigest(bucket));
  const reversed = Object.fromEntries(Object.entries(bucket).reverse()) as unknown as FleetBucket;
  expect(settingsDigest(reversed)).toBe(settingsDigest(bucket));
  for (const other of [{ bucketKey: !bucket.bucketKey }, { readers: ["arn:aws:iam::1:role/a"] }, { blockSseC: true }]) {
    expect(settingsDigest({ ...bucket, ...other })).not.toBe(settingsDigest(bucket));
  }
});

test("a record is read back, and a file that is none says what is wrong", () => {
  expect(parsePreflightRecord(JSON.stringify(recorded()))).toEqual(recorded());
  expect(() => parsePreflightRecord(JSON.stringify({ ...recorded(), judgedFor: "prepare" }))).toThrow(/judgedFor/);
  expect(() => parsePreflightRecord("{")).toThrow(SyntaxError);
});
