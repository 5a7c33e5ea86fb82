// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how policy variables are written.
import fc from "fast-check";
import { expand, matchesArn, matchesPattern } from "../../../local/identity/policy/pattern";

/** The plain definition: slow, and obviously right. */
function fits(pattern: string, text: string): boolean {
  const [head, rest] = [pattern[0], pattern.slice(1)];
  if (head === undefined) return text === "";
  if (head === "*") return fits(rest, text) || (text !== "" && fits(pattern, text.slice(1)));
  return text !== "" && (head === "?" || head === text[0]) && fits(rest, text.slice(1));
}

const fewLetters = fc.string({ unit: fc.constantFrom("a", "b", "/"), maxLength: 9 });
const fewLettersAndWildcards = fc.string({ unit: fc.constantFrom("a", "b", "/", "*", "?"), maxLength: 7 });

test("wildcards match as their definition says", () => {
  fc.assert(
    fc.property(fewLettersAndWildcards, fewLetters, (pattern, text) => {
      expect(matchesPattern(pattern, text)).toBe(fits(pattern, text));
    }),
    { numRuns: 2_000 },
  );
});

test("a text without wildcards matches itself and nothing else", () => {
  fc.assert(
    fc.property(fewLetters, fewLetters, (pattern, text) => {
      expect(matchesPattern(pattern, text)).toBe(pattern === text);
    }),
  );
});

test("a pattern made to be slow is answered at once", () => {
  expect(matchesPattern(`${"a*".repeat(40)}b`, "a".repeat(4_000))).toBe(false);
});

describe("policy variables (IAM User Guide, Variables and tags)", () => {
  const variables = (name: string) => ({ "aws:username": "ann", "aws:PrincipalTag/team": "a*" })[name];
  test("a variable may be any part of an ARN", () => {
    const variables = (name: string) => (name === "aws:PrincipalAccount" ? "111111111111" : undefined);
    const pattern = "arn:aws:iam::${aws:PrincipalAccount}:role/*";
    expect(matchesArn(pattern, "arn:aws:iam::111111111111:role/reader", variables)).toBe(true);
    expect(matchesArn(pattern, "arn:aws:iam::222222222222:role/reader", variables)).toBe(false);
    expect(matchesArn("arn:aws:s3:::photos/*}", "arn:aws:s3:::photos/{a:b}")).toBe(true);
  });

  test.each([
    ["home/${aws:username}/*", "home/ann/x", true],
    ["home/${aws:username}/*", "home/bob/x", false],
    ["${aws:PrincipalTag/team}", "a*", true],
    ["${aws:PrincipalTag/team}", "abc", false],
    ["${aws:PrincipalTag/none}", "", false],
    ["${aws:PrincipalTag/none}*", "anything", false],
    ["${aws:PrincipalTag/none, 'public'}/*", "public/x", true],
    ["a${*}b", "a*b", true],
    ["a${*}b", "axb", false],
    ["a${?}b", "a?b", true],
    ["a${$}b", "a$b", true],
  ])("%s and %s: %s", (pattern, text, expected) => {
    expect(matchesPattern(pattern, text, variables)).toBe(expected);
  });

  test("policies of 2008 know no variables", () => {
    expect(matchesPattern("${aws:username}", "${aws:username}")).toBe(true);
  });

  test("where wildcards mean themselves, only variables are filled in", () => {
    expect(expand("*-${aws:username}-?", variables)).toBe("*-ann-?");
    expect(expand("${aws:sourceVpc}", variables)).toBeUndefined();
  });
});

test.each([
  ["arn:aws:iam::*:role/a*", "arn:aws:iam::111111111111:role/admin", true],
  ["arn:aws:iam::111111111111:*", "arn:aws:iam::111111111111:role/x:y", true],
  ["arn:aws:*:role/a", "arn:aws:iam::111111111111:role/a", false],
  ["arn:aws:iam::111111111111:role/a", "arn:aws:iam::111111111111:role/b", false],
])("ARNs are compared part by part: %s and %s: %s", (pattern, arn, expected) => {
  expect(matchesArn(pattern, arn)).toBe(expected);
});
