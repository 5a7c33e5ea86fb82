import {
  CreatePolicyCommand,
  CreateRoleCommand,
  IAMClient,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { createLocalAws } from "../../../local/aws";
import { simulate, simulateEach } from "../../../src/checks/preflight/simulate";
import { requestHandler } from "../../support/request-handler";
import { policyOf, simulated } from "./arrange";

const account = "111111111111";
const role = `arn:aws:iam::${account}:role/reader`;
const key = `arn:aws:kms:eu-west-1:${account}:key/1`;

/** A role that may decrypt through S3, and a client that asks about it. */
async function reader() {
  const aws = createLocalAws();
  const requestsTo = { requestHandler: requestHandler(aws.handle), region: "eu-west-1", maxAttempts: 1 };
  const client = new IAMClient({ ...requestsTo, credentials: aws.addAccount(account) });
  const trust = { Effect: "Allow", Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: "sts:AssumeRole" };
  const AssumeRolePolicyDocument = JSON.stringify(policyOf(trust));
  await client.send(new CreateRoleCommand({ RoleName: "reader", AssumeRolePolicyDocument }));
  const Condition = { StringEquals: { "kms:ViaService": "s3.eu-west-1.amazonaws.com" } };
  const decrypts = { Effect: "Allow", Action: "kms:Decrypt*", Resource: key, Condition };
  const PolicyDocument = JSON.stringify(policyOf(decrypts));
  await client.send(new PutRolePolicyCommand({ RoleName: "reader", PolicyName: "inline", PolicyDocument }));
  return { aws, client, requestsTo };
}

const viaS3 = { "kms:ViaService": "s3.eu-west-1.amazonaws.com" };
const question = { principalArn: role, actions: ["kms:Decrypt", "kms:Encrypt"], resourceArn: key, context: viaS3 };

test("IAM is asked about one principal, its actions and one resource, and answers for each action", async () => {
  const { client } = await reader();
  expect(await simulate(client, question)).toEqual({
    is: "seen",
    value: { "kms:Decrypt": simulated("allowed"), "kms:Encrypt": simulated("implicitDeny") },
  });
  const elsewhere = await simulate(client, { ...question, resourceArn: `${key}0`, actions: ["kms:Decrypt"] });
  expect(elsewhere).toEqual({ is: "seen", value: { "kms:Decrypt": simulated("implicitDeny") } });
});

test("keys that the policies name and that were not given are what the answer hangs on", async () => {
  const { client } = await reader();
  const asked = await simulate(client, { ...question, actions: ["kms:Decrypt", "s3:GetObject"], context: {} });
  expect(asked).toEqual({
    is: "seen",
    // A key of KMS is in no request to S3.
    value: {
      "kms:Decrypt": simulated("implicitDeny", { hangsOn: ["kms:ViaService"] }),
      "s3:GetObject": simulated("implicitDeny"),
    },
  });
});

test("a permissions boundary is seen, also where it allows what is asked", async () => {
  const { client } = await reader();
  const PolicyDocument = JSON.stringify(policyOf({ Effect: "Allow", Action: "kms:*", Resource: "*" }));
  const { Policy } = await client.send(new CreatePolicyCommand({ PolicyName: "boundary", PolicyDocument }));
  const PermissionsBoundary = Policy?.Arn;
  await client.send(new PutRolePermissionsBoundaryCommand({ RoleName: "reader", PermissionsBoundary }));
  const answer = await simulate(client, { ...question, actions: ["kms:Decrypt"] });
  expect(answer).toEqual({ is: "seen", value: { "kms:Decrypt": simulated("allowed", { bounded: true }) } });
});

test("an answer in pages is read to its end", async () => {
  const { client } = await reader();
  // IAM answers about 100 actions at a time.
  const actions = Array.from({ length: 101 }, (_, place) => `kms:Decrypt${place}`);
  const answer = await simulate(client, { ...question, actions });
  expect(answer).toEqual({
    is: "seen",
    value: Object.fromEntries(actions.map((action) => [action, simulated("allowed")])),
  });
});

test("who is not there and what may not be asked is no answer, and names the permission", async () => {
  const { client, aws, requestsTo } = await reader();
  const unseen = { is: "unseen", permission: "iam:SimulatePrincipalPolicy", notThere: false };
  const gone = await simulate(client, { ...question, principalArn: `${role}s` });
  expect(gone).toEqual({ ...unseen, why: "NoSuchEntityException" });
  const stranger = new IAMClient({ ...requestsTo, credentials: aws.addAccount("222222222222") });
  expect(await simulate(stranger, question)).toEqual({ ...unseen, why: "NoSuchEntityException" });
});

test("several resources are one question, and each has an answer of its own", async () => {
  const { client } = await reader();
  const { resourceArn, ...more } = { ...question, actions: ["kms:Decrypt"] };
  const elsewhere = `${resourceArn}0`;
  expect(await simulateEach(client, { ...more, resourceArns: [resourceArn, elsewhere] })).toEqual({
    is: "seen",
    value: new Map([
      [resourceArn, { "kms:Decrypt": simulated("allowed") }],
      [elsewhere, { "kms:Decrypt": simulated("implicitDeny") }],
    ]),
  });
});

/** Says what the local IAM does not. In the shape of the sample response of the IAM API Reference. */
const saying = (status: number, body: string): IAMClient =>
  new IAMClient({
    ...{ region: "eu-west-1", maxAttempts: 1 },
    credentials: { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "secret" },
    requestHandler: requestHandler(async () => {
      return { status, headers: { "content-type": "text/xml" }, body: Buffer.from(body) };
    }),
  });
const answered = (status: number, body: string) => simulate(saying(status, body), question);
const result = (members: string): string =>
  '<SimulatePrincipalPolicyResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><SimulatePrincipalPolicyResult>' +
  `<IsTruncated>false</IsTruncated><EvaluationResults>${members}</EvaluationResults>` +
  "</SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>";

test("an action without an answer is not allowed, and an organisation's refusal is named", async () => {
  const organisation =
    "<OrganizationsDecisionDetail><AllowedByOrganizations>false</AllowedByOrganizations></OrganizationsDecisionDetail>";
  const body = `<member><EvalActionName>kms:Decrypt</EvalActionName><EvalDecision>implicitDeny</EvalDecision>${organisation}</member>`;
  expect(await answered(200, result(body))).toEqual({
    is: "seen",
    value: {
      "kms:Decrypt": simulated("implicitDeny", { refusedBy: ["a policy of the organisation"] }),
      "kms:Encrypt": simulated("implicitDeny"),
    },
  });
});

test.each([
  [403, "AccessDenied", "denied to this caller", false],
  [501, "NotImplemented", "NotImplemented", true],
])("%i %s is no answer either", async (status, code, why, notThere) => {
  const error = `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>no</Message></Error></ErrorResponse>`;
  const unseen = { is: "unseen", permission: "iam:SimulatePrincipalPolicy", why, notThere };
  expect(await answered(status, error)).toEqual(unseen);
});

describe("of several resources one is missing from the answer", () => {
  const other = `${key}0`;
  const below = (arn: string, decision: string): string =>
    `<member><EvalResourceName>${arn}</EvalResourceName><EvalResourceDecision>${decision}</EvalResourceDecision></member>`;
  const asked = async (decision: string, members: string, more = "") => {
    const each = `<ResourceSpecificResults>${members}</ResourceSpecificResults>${more}`;
    const body = `<member><EvalActionName>kms:Decrypt</EvalActionName><EvalDecision>${decision}</EvalDecision>${each}</member>`;
    const { principalArn, context } = question;
    const of = { principalArn, context, actions: ["kms:Decrypt"], resourceArns: [key, other] };
    const answer = await simulateEach(saying(200, result(body)), of);
    return answer.is === "seen" ? [...answer.value].map(([arn, says]) => [arn, says["kms:Decrypt"]?.decision]) : answer;
  };

  test("where IAM does not say anything of it by itself", async () => {
    expect(await asked("implicitDeny", below(key, "allowed"))).toEqual([[key, "allowed"]]);
    expect(await asked("allowed", "")).toEqual([]);
  });

  test("where the organisation refuses one of them, and it may be this one", async () => {
    const refuses =
      "<OrganizationsDecisionDetail><AllowedByOrganizations>false</AllowedByOrganizations></OrganizationsDecisionDetail>";
    const both = below(key, "allowed") + below(other, "explicitDeny");
    expect(await asked("explicitDeny", both)).toEqual([
      [key, "allowed"],
      [other, "explicitDeny"],
    ]);
    expect(await asked("explicitDeny", both, refuses)).toEqual([[other, "explicitDeny"]]);
  });
});
