import {
  type AuditRecord,
  formatAuditRecord,
  type NextStage,
  parseAuditRecord,
  whyNotCovered,
} from "../../src/fleet/audit-record";

const keyArn = "arn:aws:kms:eu-west-1:111111111111:key/0a1b2c3d-0000-4000-8000-000000000001";
const record: AuditRecord = {
  version: 1,
  account: "111111111111",
  region: "eu-west-1",
  bucket: "acme-uploads",
  stage: "encrypt",
  target: { algorithm: "aws:kms", keyArn, bucketKey: true },
  day: "2026-11-25",
  objects: { looked: true, notCompliant: 0, failed: 0, cannot: { customerKey: 3 } },
  configuration: [
    { id: "default-encryption", result: "pass", partOfVerdict: true },
    { id: "plain-http", result: "waived", partOfVerdict: true, waivedUntil: "2026-11-27" },
    { id: "versioning", result: "fail", partOfVerdict: false },
  ],
};
const next: NextStage = {
  account: "111111111111",
  region: "eu-west-1",
  bucket: "acme-uploads",
  stage: "enforce",
  target: { algorithm: "aws:kms", keyArn, bucketKey: true },
  today: "2026-11-27",
};

test("a recent audit without exceptions covers the next stage; what cannot be converted does not hold it back", () => {
  expect(whyNotCovered(record, next)).toEqual([]);
});

test.each<[string, Partial<AuditRecord> | undefined, Partial<NextStage>, string]>([
  ["there is none", undefined, {}, "never audited"],
  ["it is of another bucket", { bucket: "acme-logs" }, {}, "the audit is of acme-logs"],
  ["it is of another account", { account: "222222222222" }, {}, "account 222222222222"],
  ["it is of too early a stage", {}, { stage: "released" }, "at stage encrypt"],
  [
    "the target is another key",
    {},
    { target: { algorithm: "aws:kms", keyArn: `${keyArn}0`, bucketKey: true } },
    "audited against aws:kms",
  ],
  ["the target has no bucket key", {}, { target: { algorithm: "aws:kms", keyArn, bucketKey: false } }, "bucket key on"],
  ["it is too old", { day: "2026-11-19" }, {}, "counts for 7 days"],
  ["it is older than the review wants", {}, { maxAgeInDays: 1 }, "counts for 1 days"],
  ["it is of a day to come", { day: "2026-11-28" }, {}, "still to come"],
  ["objects were not looked at", { objects: { ...record.objects, looked: false } }, {}, "could not be looked at"],
  ["objects are not compliant", { objects: { ...record.objects, notCompliant: 2 } }, {}, "2 objects are not encrypted"],
  ["objects could not be read", { objects: { ...record.objects, failed: 1 } }, {}, "1 objects could not be looked at"],
  ["nobody looked at the configuration", { configuration: [] }, {}, "its configuration was not looked at"],
  ["a check failed", { configuration: [{ id: "sse-c", result: "fail", partOfVerdict: true }] }, {}, "sse-c failed"],
  [
    "a check could not look",
    { configuration: [{ id: "sse-c", result: "could-not-look", partOfVerdict: true }] },
    {},
    "sse-c could not be looked at",
  ],
  [
    "a check could not be decided",
    { configuration: [{ id: "right-put", result: "undecided", partOfVerdict: true }] },
    {},
    "right-put could not be decided",
  ],
  ["a waiver has run out since", {}, { today: "2026-11-28" }, "the waiver of plain-http has run out on 2026-11-27"],
])("it does not when %s", (_, change, asked, why) => {
  expect(whyNotCovered(change && { ...record, ...change }, { ...next, ...asked })).toEqual([
    expect.stringContaining(why),
  ]);
});

test("a record is read back as it was written, and anything else is refused", () => {
  expect(parseAuditRecord(JSON.parse(formatAuditRecord(record)))).toEqual(record);
  expect(() => parseAuditRecord({ ...record, stage: "enforced", more: 1 })).toThrow(/no record of an audit: stage/);
});
