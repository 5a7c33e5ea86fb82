import { resourceControlPolicy } from "../../../src/checks/discover/resource-control-policy";
import { denialOf } from "../../../src/checks/preflight/policy/evaluate";
import { isOwnStatement, statementsOf } from "../../../src/fleet/policy";

const customerKey = "s3:x-amz-server-side-encryption-customer-algorithm";

/** A put, over TLS and by a role, unless it is said otherwise. Null: the request does not have the key. */
const put = (context: Record<string, string | null>): boolean | "undecided" =>
  denialOf(resourceControlPolicy, {
    principal: { is: "iam", arn: "arn:aws:iam::111111111111:role/app" },
    action: "s3:PutObject",
    resource: "arn:aws:s3:::acme-uploads/a",
    context: new Map(
      Object.entries({
        "aws:securetransport": "true",
        "aws:principalisawsservice": "false",
        [customerKey]: null,
        ...context,
      }),
    ),
  }).holds;

test.each<[string, boolean, Record<string, string | null>]>([
  ["over TLS", false, {}],
  ["over plain HTTP", true, { "aws:securetransport": "false" }],
  ["over plain HTTP without a signature", true, { "aws:securetransport": "false", "aws:principalisawsservice": null }],
  ["by an AWS service", false, { "aws:securetransport": "false", "aws:principalisawsservice": "true" }],
  ["under a customer's key", true, { [customerKey]: "AES256" }],
])("a put %s is denied by the organisation's policy: %s", (_, denied, context) => {
  expect(put(context)).toBe(denied);
});

// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_syntax.html
test("it is written as AWS asks of a resource control policy", () => {
  for (const statement of statementsOf(resourceControlPolicy)) {
    expect(statement).toMatchObject({ Effect: "Deny", Principal: "*", Resource: "*" });
    expect(statement["Action"]).toMatch(/^s3:/);
    expect(isOwnStatement(statement)).toBe(true);
  }
});
