import { auditConfiguration } from "../../../src/checks/audit/audit";
import { type AuditReport, evidencePage } from "../../../src/checks/audit/evidence/page";
import { type BucketResult, recordOf } from "../../../src/checks/audit/result";
import { seen } from "../../../src/checks/preflight/looked";
import { formatAuditRecord, parseAuditRecord } from "../../../src/fleet/audit-record";
import { facts, policyOf, question } from "./arrange";

const hostile = `"><img src=x onerror=alert(1)>\u202e`;
const asked = question('stage: encrypt, encryption: "aws:kms"');
const closed = { Sid: hostile, Effect: "Deny", Principal: "*", Action: "s3:*", Resource: "*" };

const result: BucketResult = {
  ...{ bucket: "acme-uploads", region: "eu-west-1", account: "111111111111", stage: "encrypt", target: asked.target },
  ...{ verdict: "is not compliant.", exitCode: 1, errors: [hostile] },
  objects: {
    counts: { alreadyRight: 2, cannot: 1 },
    because: { customerKey: 1 },
    versions: "all",
    prefix: null,
    sample: null,
  },
  checks: auditConfiguration(facts(asked, { policy: seen(policyOf(closed)) })),
};
const report: AuditReport = {
  ...{ format: 1, startedAt: "2026-11-27T10:00:00.000Z", finishedAt: "2026-11-27T10:01:00.000Z", exitCode: 1 },
  buckets: [{ ...result, folder: "acme-uploads" }],
  outside: { buckets: [{ account: "111111111111", region: "eu-west-1", name: hostile }], notLooked: [hostile] },
};

test("the page says each check with its evidence and controls, and takes nothing of a stranger's for markup", () => {
  const page = evidencePage(report);
  expect(page).toContain("1 bucket audited: 0 compliant, 0 compliant with exceptions, 1 not shown to be.");
  expect(page).toContain("S3 general purpose buckets should require requests to use SSL");
  expect(page).toContain("denied by &quot;&gt;&lt;img");
  expect(page).not.toMatch(/<img|<script|\u202e|(?:src|href)="(?!acme-uploads\/)/);
  expect(page).toContain("default-src 'none'");
});

const bytesOf = (change: Partial<BucketResult>): string | undefined => {
  const record = recordOf({ ...result, ...change }, "2026-11-27");
  return record && formatAuditRecord(record);
};

test("a record is the same bytes as long as no exception comes or goes", () => {
  const objects = { ...result.objects, counts: { alreadyRight: 900, cannot: 1, gone: 3 } } as BucketResult["objects"];
  expect(bytesOf({ objects })).toBe(bytesOf({}));
  expect(parseAuditRecord(JSON.parse(bytesOf({}) ?? ""))).toMatchObject({
    objects: { looked: true, notCompliant: 0, failed: 0, cannot: { customerKey: 1 } },
  });
  expect(bytesOf({ objects: null })).toContain('"looked": false');
});

test("an audit that saw nothing of a bucket takes no record's place", () => {
  expect(bytesOf({ objects: null, checks: [] })).toBeUndefined();
});

test.each<[string, Partial<BucketResult>]>([
  ["part of the keys", { objects: { counts: {}, because: {}, versions: "current", prefix: "a/", sample: null } }],
  [
    "a sample",
    {
      objects: {
        ...{ counts: {}, because: {}, versions: "current", prefix: null },
        sample: { population: 9, looked: 1, wrong: 0, confidence: 0.95, atMost: 0.95, inWords: "" },
      },
    },
  ],
  ["a bucket by hand", { stage: null }],
  ["a bucket whose stack has not answered", { target: null }],
])("an audit of %s is not recorded", (_, change) => {
  expect(bytesOf(change)).toBeUndefined();
});
