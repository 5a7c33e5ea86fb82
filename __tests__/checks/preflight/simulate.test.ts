import { IAMClient } from "@aws-sdk/client-iam";
import { simulate } from "../../../src/checks/preflight/simulate";
import { requestHandler } from "../../support/request-handler";

const role = "arn:aws:iam::111111111111:role/reader";
const key = "arn:aws:kms:eu-west-1:111111111111:key/1";

/** In the shape of the sample response of the IAM API Reference, SimulatePrincipalPolicy. */
const member = (action: string, decision: string): string =>
  `<member><MatchedStatements/><MissingContextValues/><EvalResourceName>${key}</EvalResourceName>` +
  `<EvalDecision>${decision}</EvalDecision><EvalActionName>${action}</EvalActionName></member>`;
const answered = (...members: string[]): string =>
  '<SimulatePrincipalPolicyResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><SimulatePrincipalPolicyResult>' +
  `<IsTruncated>false</IsTruncated><EvaluationResults>${members.join("")}</EvaluationResults>` +
  "</SimulatePrincipalPolicyResult><ResponseMetadata><RequestId>1cdb5b0a</RequestId></ResponseMetadata></SimulatePrincipalPolicyResponse>";
const refused = (code: string): string =>
  `<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type><Code>${code}</Code>` +
  `<Message>no</Message></Error><RequestId>1cdb5b0a</RequestId></ErrorResponse>`;

async function ask(status: number, ...bodies: string[]) {
  const asked: string[] = [];
  const client = new IAMClient({
    region: "eu-west-1",
    maxAttempts: 1,
    credentials: { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "secret" },
    requestHandler: requestHandler(async (request) => {
      asked.push(Buffer.from(request.body ?? []).toString());
      const body = bodies[asked.length - 1] ?? "";
      return { status, headers: { "content-type": "text/xml" }, body: Buffer.from(body) };
    }),
  });
  const actions = ["kms:Decrypt", "kms:GenerateDataKey"];
  const context = { "kms:ViaService": "s3.eu-west-1.amazonaws.com" };
  return { answer: await simulate(client, { principalArn: role, actions, resourceArn: key, context }), asked };
}

test("IAM is asked about one principal, its actions and one resource, and answers for each action", async () => {
  const { answer, asked } = await ask(
    200,
    answered(member("kms:Decrypt", "allowed"), member("kms:GenerateDataKey", "explicitDeny")),
  );
  expect(answer).toEqual({ is: "seen", value: { "kms:Decrypt": "allowed", "kms:GenerateDataKey": "explicitDeny" } });
  const form = new URLSearchParams(asked[0]);
  expect(Object.fromEntries(form)).toMatchObject({
    PolicySourceArn: role,
    "ActionNames.member.2": "kms:GenerateDataKey",
    "ResourceArns.member.1": key,
    "ContextEntries.member.1.ContextKeyName": "kms:ViaService",
  });
});

test("an answer in pages is read to its end", async () => {
  const first = answered(member("kms:Decrypt", "allowed")).replace(
    "false</IsTruncated>",
    "true</IsTruncated><Marker>next</Marker>",
  );
  const { answer, asked } = await ask(200, first, answered(member("kms:GenerateDataKey", "allowed")));
  expect(answer).toEqual({ is: "seen", value: { "kms:Decrypt": "allowed", "kms:GenerateDataKey": "allowed" } });
  expect(asked.map((body) => new URLSearchParams(body).get("Marker"))).toEqual([null, "next"]);
});

test("an action without an answer is not allowed", async () => {
  const { answer } = await ask(200, answered(member("kms:Decrypt", "allowed")));
  expect(answer).toEqual({ is: "seen", value: { "kms:Decrypt": "allowed", "kms:GenerateDataKey": "implicitDeny" } });
});

test.each([
  [403, "AccessDenied", "denied to this caller", false],
  [501, "NotImplemented", "NotImplemented", true],
  [404, "NoSuchEntity", "NoSuchEntityException", false],
])("%i %s is no answer, and names the permission", async (status, code, why, notThere) => {
  const { answer } = await ask(status, refused(code));
  expect(answer).toEqual({ is: "unseen", permission: "iam:SimulatePrincipalPolicy", why, notThere });
});
