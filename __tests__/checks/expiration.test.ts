import type { LifecycleRule } from "@aws-sdk/client-s3";
import { expirationOf } from "../../src/checks/expiration";

const rule = (more: Partial<LifecycleRule>): LifecycleRule => ({ Status: "Enabled", Filter: { Prefix: "" }, ...more });
const days = (Days: number) => ({ Expiration: { Days } });

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
])("copies are ended by %s", (_, rules, ended) => {
  expect(expirationOf(rules, "acme-uploads/")).toBe(ended);
});
