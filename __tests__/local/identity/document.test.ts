import { MalformedPolicy, parsePolicy } from "../../../local/identity/policy/document";

const statement = { Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: "*" };
const withStatement = (more: object) => ({ Version: "2012-10-17", Statement: [{ ...statement, ...more }] });

test("single values and lists mean the same", () => {
  const single = parsePolicy({ Statement: statement }, "resource");
  const lists = parsePolicy({ Statement: [{ ...statement, Action: ["s3:GetObject"], Resource: ["*"] }] }, "resource");
  expect(single).toEqual(lists);
});

test("numbers and booleans in conditions are read as text", () => {
  const policy = parsePolicy(withStatement({ Condition: { NumericLessThan: { "s3:TlsVersion": 1.2 } } }), "resource");
  expect(policy.statements[0]?.conditions).toEqual([
    { operator: "NumericLessThan", key: "s3:TlsVersion", values: ["1.2"] },
  ]);
});

test.each([
  ["no JSON", "", "Policies must be valid JSON and the first byte must be '{'"],
  ["no object", "[]", "Policies must be valid JSON and the first byte must be '{'"],
  ["an empty object", "{}", "Missing required field Statement"],
  ["no statement in the list", { Statement: [] }, "Could not parse the policy: Statement is empty!"],
  ["an unknown field", withStatement({ Actions: "s3:*" }), "Unknown field Actions"],
  ["an unknown effect", withStatement({ Effect: "allow" }), "Invalid effect: allow"],
  ["no effect", withStatement({ Effect: undefined }), "Missing required field Effect"],
  ["no action", withStatement({ Action: undefined }), "Missing required field Action"],
  ["an action without service", withStatement({ Action: "GetObject" }), "Policy has invalid action"],
  ["no resource", withStatement({ Resource: undefined }), "Missing required field Resource"],
  ["no principal", withStatement({ Principal: undefined }), "Missing required field Principal"],
  ["an unknown kind of principal", withStatement({ Principal: { Aws: "*" } }), "Unknown field Aws"],
  ["both Action and NotAction", withStatement({ NotAction: "s3:*" }), "Statement has both Action and NotAction"],
  ["an unknown operator", withStatement({ Condition: { StringIs: { a: "b" } } }), "Invalid Condition type : StringIs"],
  [
    "a property of every object as operator",
    withStatement({ Condition: { toString: { a: "b" } } }),
    "Invalid Condition type : toString",
  ],
  [
    "IfExists on Null",
    withStatement({ Condition: { NullIfExists: { a: "true" } } }),
    "Invalid Condition type : NullIfExists",
  ],
  [
    "an unknown version",
    { Version: "2020-01-01", Statement: statement },
    "The policy must contain a valid version string",
  ],
  [
    "two statements of one Sid",
    {
      Statement: [
        { ...statement, Sid: "A" },
        { ...statement, Sid: "A" },
      ],
    },
    "Statement IDs (SID) in a single policy must be unique.",
  ],
])("%s is refused", (_, document, message) => {
  expect(() => parsePolicy(document, "resource")).toThrow(new MalformedPolicy(message));
});

test("a policy of an identity names no principal, a trust policy no resource", () => {
  expect(() => parsePolicy(withStatement({}), "identity")).toThrow(/principal/);
  expect(() => parsePolicy(withStatement({}), "trust")).toThrow(/Resource/);
});
