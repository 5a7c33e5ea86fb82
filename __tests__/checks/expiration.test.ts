import type { LifecycleRule } from "@aws-sdk/client-s3";
import { expirationOf } from "../../src/checks/expiration";

const rule = (more: Partial<LifecycleRule>): LifecycleRule => ({ Status: "Enabled", Filter: { Prefix: "" }, ...more });
const days = (Days: number) => ({ Expiration: { Days } });
const now = Date.parse("2026-11-27T12:00:00Z");
const date = (day: string) => ({ Expiration: { Date: new Date(day) } });

test.each<[string, LifecycleRule[], number | null]>([
  ["no rule", [], null],
  ["a rule that ends nothing", [rule({ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 } })], null],
  ["a rule that is off", [rule({ Status: "Disabled", ...days(3) })], null],
  ["the first of several", [rule(days(90)), rule(days(30))], 30],
  ["another bucket's", [rule({ Filter: { Prefix: "acme-others/" }, ...days(3) })], null],
  ["this bucket's", [rule({ Filter: { Prefix: "acme-uploads/" }, ...days(3) })], 3],
  ["one run's of it", [rule({ Filter: { Prefix: "acme-uploads/2026" }, ...days(3) })], 3],
  ["one of the old form", [{ Status: "Enabled", Prefix: "", ...days(3) }], 3],
  ["one about tags too", [rule({ Filter: { And: { Prefix: "", Tags: [] } }, ...days(3) })], 3],
  // Source: Amazon S3 API Reference, LifecycleExpiration: midnight UTC.
  ["one of a day to come, before one of days", [rule(date("2026-12-07T00:00:00Z")), rule(days(30))], 9],
  ["one of a day that is over", [rule(date("2026-01-01T00:00:00Z"))], 0],
])("copies are ended by %s", (_, rules, ended) => {
  expect(expirationOf(rules, "acme-uploads/", now)).toBe(ended);
});
