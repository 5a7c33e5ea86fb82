import { IAMClient } from "@aws-sdk/client-iam";
import { accountUsers } from "../../../src/checks/preflight/account-users";
import { leavesAwsManagedKey } from "../../../src/checks/preflight/aws-managed-key";
import type { BucketUser, Facts } from "../../../src/checks/preflight/facts";
import { type Looked, seen } from "../../../src/checks/preflight/looked";
import { preflight } from "../../../src/checks/preflight/preflight";
import { requestHandler } from "../../support/request-handler";
import { account, administer, type Differences, facts, goodKey, keyArn, policyOf, reader, throughS3 } from "./arrange";

const named = { ...throughS3, Sid: "Readers", Principal: { AWS: reader }, Action: "kms:Decrypt" };
const managed = `${keyArn}2`;
const underAwsS3 = new Map([[managed, seen({ ...goodKey, manager: "AWS" })]]);
const app = `arn:aws:iam::${account}:role/app`;
const readsByIam: BucketUser = { arn: app, does: "read", from: "IAM" };

function judge(statements: Parameters<typeof policyOf>, more: Partial<Facts> = {}): string[] {
  const key: Differences["key"] = { policy: seen(policyOf(...statements)) };
  const world = facts({ key, facts: { otherKeys: underAwsS3, ...more } });
  return preflight(world).map(({ level, id, evidence }) => `${level} ${id}: ${evidence}`);
}

test("a target key that lets in whoever comes through S3 takes aws/s3 from nobody", () => {
  expect(judge([administer, throughS3])).toEqual([
    `note objects-under-aws-s3: ${managed}; the target key lets in whoever of the account comes through S3 as well (ThroughS3)`,
  ]);
});

test.each<[string, Looked<Record<string, "allowed" | "implicitDeny">>, string[]]>([
  [
    "may not use the target key",
    seen({ "kms:Decrypt": "implicitDeny" }),
    [`error principal-without-key: ${app} (IAM, reads): its IAM policies do not allow kms:Decrypt`],
  ],
  ["may use it by its own IAM policies", seen({ "kms:Decrypt": "allowed" }), []],
])("a role that reads by IAM alone, and %s", (_, simulated, expected) => {
  const found = judge([administer, named], { accountUsers: seen([readsByIam]), iam: new Map([[app, simulated]]) });
  expect(found).toEqual([
    ...expected,
    `warning objects-under-aws-s3: ${managed}; whoever of the account reads or writes by IAM policies, and may not use the target key, is named`,
  ]);
});

test("a key that leaves nothing to IAM refuses whom it does not name", () => {
  const adminAlone = { ...administer, Action: "kms:PutKeyPolicy" };
  expect(judge([adminAlone, named], { accountUsers: seen([readsByIam, { ...readsByIam, arn: reader }]) })).toContain(
    `error principal-without-key: ${app} (IAM, reads): the key's policy does not allow kms:Decrypt`,
  );
});

test("that nobody could be asked is said with the permission", () => {
  const denied = { is: "unseen", permission: "iam:ListRoles and iam:ListUsers", why: "denied to this caller" } as const;
  expect(judge([administer, named], { accountUsers: { ...denied, notThere: false } })).toEqual([
    `warning objects-under-aws-s3: ${managed}; who of the account reads and writes by IAM policies alone is not known: iam:ListRoles and iam:ListUsers: denied to this caller`,
  ]);
});

test.each<[string, Differences, boolean]>([
  ["objects under aws/s3 and a key for named readers", { facts: { otherKeys: underAwsS3 } }, true],
  ["nothing under aws/s3", {}, false],
  [
    "another aws/s3 is the target",
    { key: { description: seen({ ...goodKey, manager: "AWS" }) }, facts: { otherKeys: underAwsS3 } },
    false,
  ],
  ["AES256 is the target", { key: null, facts: { otherKeys: underAwsS3 } }, false],
])("IAM is asked where somebody may lose something: %s", (_, differences, expected) => {
  const policy = seen(policyOf(administer, named));
  const key = differences.key === null ? null : { policy, ...differences.key };
  expect(leavesAwsManagedKey(facts({ ...differences, key }))).toBe(expected);
});

/** An IAM with these roles and users, in which only some may read or write; what it was asked is in `asked`. */
function iam(roles: readonly string[], users: readonly string[], may: Readonly<Record<string, readonly string[]>>) {
  const asked: URLSearchParams[] = [];
  const members = (kind: "Role" | "User", arns: readonly string[]) =>
    arns.map((arn) => `<member><Arn>${arn}</Arn><${kind}Name>n</${kind}Name></member>`).join("");
  const answers: Readonly<Record<string, (request: URLSearchParams) => string>> = {
    ListRoles: () => `<Roles>${members("Role", roles)}</Roles><IsTruncated>false</IsTruncated>`,
    ListUsers: () => `<Users>${members("User", users)}</Users><IsTruncated>false</IsTruncated>`,
    SimulatePrincipalPolicy: (request) => {
      const of = may[request.get("PolicySourceArn") ?? ""] ?? [];
      const results = of.map(
        (action) => `<member><EvalActionName>${action}</EvalActionName><EvalDecision>allowed</EvalDecision></member>`,
      );
      return `<IsTruncated>false</IsTruncated><EvaluationResults>${results.join("")}</EvaluationResults>`;
    },
  };
  const client = new IAMClient({
    region: "eu-west-1",
    credentials: { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "secret" },
    requestHandler: requestHandler(async (request) => {
      const parameters = new URLSearchParams(Buffer.from(request.body ?? []).toString());
      asked.push(parameters);
      const action = parameters.get("Action") ?? "";
      const body = `<${action}Response><${action}Result>${answers[action]?.(parameters)}</${action}Result></${action}Response>`;
      return { status: 200, headers: { "content-type": "text/xml" }, body: Buffer.from(body) };
    }),
  });
  return { client, asked };
}

test("every role and user of the account is asked about, but for the conversion role", async () => {
  const { intent } = facts();
  const alice = `arn:aws:iam::${account}:user/alice`;
  const { client, asked } = iam([app, intent.roleArn, reader], [alice], {
    [app]: ["s3:GetObject"],
    [alice]: ["s3:GetObject", "s3:PutObject"],
  });
  expect(await accountUsers(client, intent)).toEqual(
    seen([readsByIam, { arn: alice, does: "read", from: "IAM" }, { arn: alice, does: "write", from: "IAM" }]),
  );
  const simulated = asked.filter((one) => one.get("Action") === "SimulatePrincipalPolicy");
  expect(simulated.map((one) => one.get("PolicySourceArn"))).toEqual([app, reader, alice]);
  expect(simulated[0]?.get("ResourceArns.member.1")).toBe("arn:aws:s3:::acme-uploads/any-key");
});

test("an account with more than anybody would wait for is not asked about", async () => {
  const { client, asked } = iam(
    Array.from({ length: 1_001 }, (_, number) => `${app}${number}`),
    [],
    {},
  );
  expect(await accountUsers(client, facts().intent)).toMatchObject({
    is: "unseen",
    why: expect.stringContaining("1000"),
  });
  expect(asked.map((one) => one.get("Action"))).toEqual(["ListRoles", "ListUsers"]);
});
