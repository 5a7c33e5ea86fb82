// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how policy variables are written.
import { conditionHolds } from "../../../local/identity/policy/conditions";

const holds = (operator: string, values: readonly string[], actual: readonly string[] | undefined): boolean =>
  conditionHolds(
    { operator, key: "aws:Key", values },
    new Map(actual ? ([["aws:key", actual]] as const) : []),
    (name) => (name === "aws:username" ? "ann" : undefined),
  );

// IAM User Guide, "IAM JSON policy elements: Condition operators".
describe("one value in the request", () => {
  test.each([
    ["StringEquals", ["a", "b"], "b", true],
    ["StringEquals", ["a"], "A", false],
    ["StringEquals", ["a*"], "ab", false],
    ["StringEquals", ["${aws:username}"], "ann", true],
    ["StringNotEquals", ["a", "b"], "b", false],
    ["StringNotEquals", ["a", "b"], "c", true],
    ["StringEqualsIgnoreCase", ["aBc"], "AbC", true],
    ["StringNotEqualsIgnoreCase", ["aBc"], "AbC", false],
    ["StringLike", ["a*z", "?"], "abcz", true],
    ["StringLike", ["a*z"], "abc", false],
    ["StringNotLike", ["a*z"], "abcz", false],
    ["NumericEquals", ["10"], "10.0", true],
    ["NumericNotEquals", ["10"], "11", true],
    ["NumericLessThan", ["1.2"], "1.1", true],
    ["NumericLessThan", ["9"], "10", false],
    ["NumericLessThanEquals", ["10"], "10", true],
    ["NumericGreaterThan", ["9"], "10", true],
    ["NumericGreaterThanEquals", ["11"], "10", false],
    ["NumericLessThan", ["10"], "few", false],
    ["DateLessThan", ["2026-01-02T00:00:00Z"], "2026-01-01T00:00:00Z", true],
    ["DateGreaterThan", ["1767225600"], "2026-01-01T00:00:01Z", true],
    ["DateEquals", ["2026-01-01T00:00:00Z"], "1767225600", true],
    ["DateNotEquals", ["2026-01-01T00:00:00Z"], "1767225600", false],
    ["Bool", ["true"], "true", true],
    ["Bool", ["False"], "false", true],
    ["Bool", ["true"], "false", false],
    ["BinaryEquals", ["QmFzZTY0"], "QmFzZTY0", true],
    ["IpAddress", ["203.0.113.0/24"], "203.0.113.7", true],
    ["IpAddress", ["203.0.113.0/24"], "203.0.114.7", false],
    ["IpAddress", ["203.0.113.7"], "203.0.113.7", true],
    ["IpAddress", ["2001:db8::/32"], "2001:db8:1::1", true],
    ["IpAddress", ["203.0.113.0/33"], "203.0.113.7", false],
    ["IpAddress", ["2001:db8::/32"], "203.0.113.7", false],
    ["NotIpAddress", ["203.0.113.0/24"], "203.0.113.7", false],
    ["NotIpAddress", ["203.0.113.0/24"], "10.0.0.1", true],
    ["ArnEquals", ["arn:aws:iam::*:role/a*"], "arn:aws:iam::1:role/ab", true],
    ["ArnLike", ["arn:aws:iam::*:role/a"], "arn:aws:iam::1:role/b", false],
    ["ArnNotLike", ["arn:aws:iam::*:role/a"], "arn:aws:iam::1:role/b", true],
    ["ArnNotEquals", ["arn:aws:iam::1:role/a"], "arn:aws:iam::1:role/a", false],
    ["Null", ["true"], "x", false],
    ["Null", ["false"], "x", true],
    ["StringEqualsIfExists", ["a"], "b", false],
    ["StringNotEqualsIfExists", ["a"], "a", false],
  ])("%s %j against %s: %s", (operator, values, actual, expected) => {
    expect(holds(operator, values, [actual])).toBe(expected);
  });
});

describe("a key that the request does not have", () => {
  test.each([
    ["StringEquals", false],
    ["StringLike", false],
    ["NumericLessThan", false],
    ["DateEquals", false],
    ["Bool", false],
    ["IpAddress", false],
    ["ArnLike", false],
    ["StringNotEquals", true],
    ["StringNotEqualsIgnoreCase", true],
    ["StringNotLike", true],
    ["NumericNotEquals", true],
    ["DateNotEquals", true],
    ["NotIpAddress", true],
    ["ArnNotLike", true],
    ["ArnNotEquals", true],
    ["StringEqualsIfExists", true],
    ["BoolIfExists", true],
    ["StringNotEqualsIfExists", true],
    ["ForAnyValue:StringEquals", false],
    ["ForAnyValue:StringNotEquals", false],
    ["ForAllValues:StringEquals", true],
    ["ForAllValues:StringNotEquals", true],
    ["ForAnyValue:StringEqualsIfExists", true],
  ])("%s: %s", (operator, expected) => {
    expect(holds(operator, ["1"], undefined)).toBe(expected);
  });

  test("Null asks for exactly that", () => {
    expect(holds("Null", ["true"], undefined)).toBe(true);
    expect(holds("Null", ["false"], undefined)).toBe(false);
  });
});

// IAM User Guide, "Set operators for multivalued context keys".
describe("several values in the request", () => {
  test.each([
    ["ForAnyValue:StringEquals", ["a", "b"], ["b", "z"], true],
    ["ForAnyValue:StringEquals", ["a", "b"], ["y", "z"], false],
    ["ForAllValues:StringEquals", ["a", "b"], ["a", "b"], true],
    ["ForAllValues:StringEquals", ["a", "b"], ["a", "z"], false],
    ["ForAnyValue:StringNotEquals", ["a"], ["a", "z"], true],
    ["ForAnyValue:StringNotEquals", ["a"], ["a"], false],
    ["ForAllValues:StringNotEquals", ["a"], ["y", "z"], true],
    ["ForAllValues:StringNotLike", ["a*"], ["ab", "z"], false],
    // Nothing but empty values is an empty set.
    ["ForAllValues:StringEquals", ["a"], [""], true],
    ["ForAnyValue:StringEquals", [""], [""], false],
    ["ForAnyValue:StringEqualsIfExists", ["a"], [""], false],
  ])("%s %j against %j: %s", (operator, values, actual, expected) => {
    expect(holds(operator, values, actual)).toBe(expected);
  });
});
