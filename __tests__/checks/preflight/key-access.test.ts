import { keyPolicyAnswer } from "../../../src/checks/preflight/key-access";
import type { Statement } from "../../../src/fleet/policy";
import { account, facts, policyOf } from "./arrange";

const [endpoint, shorter] = ["s3.cn-north-1.amazonaws.com.cn", "s3.cn-north-1.amazonaws.com"];
const keyArn = `arn:aws-cn:kms:cn-north-1:${account}:key/1b2c`;
const arn = `arn:aws-cn:iam::${account}:role/reader`;
const { intent } = facts({ intent: { partition: "aws-cn", region: "cn-north-1" } });

const decrypts = (via: string | string[], Effect = "Allow"): Statement => ({
  ...{ Sid: Effect, Effect, Principal: { AWS: "*" }, Action: "kms:Decrypt", Resource: "*" },
  Condition: { StringEquals: { "kms:ViaService": via } },
});
const root: Statement = {
  ...{ Sid: "Root", Effect: "Allow", Action: "kms:*", Resource: "*" },
  Principal: { AWS: `arn:aws-cn:iam::${account}:root` },
};
const unknown = "(kms:ViaService, which is not known in China)";

// No page of AWS says under which name kms:ViaService has S3 there.
test.each<[string, Statement[], object]>([
  ["both names are let in", [decrypts([endpoint, shorter])], { is: "allowed" }],
  ["the endpoint's name alone is let in", [decrypts(endpoint)], { is: "undecided", by: [`Allow ${unknown}`] }],
  ["the shorter name alone is let in", [decrypts(shorter)], { is: "undecided", by: [`Allow ${unknown}`] }],
  ["another service is let in", [decrypts("ec2.cn-north-1.amazonaws.com.cn")], { is: "silent" }],
  [
    "one name is denied",
    [decrypts([endpoint, shorter]), decrypts(shorter, "Deny")],
    { is: "undecided", by: [`Allow ${unknown}`, `Deny ${unknown}`] },
  ],
  ["one name is let in, and the account in any case", [root, decrypts(shorter)], { is: "delegated", by: ["Root"] }],
])("in China: %s", (_, statements, expected) => {
  const answer = keyPolicyAnswer(policyOf(...statements), keyArn, intent, { is: "iam", arn }, ["kms:Decrypt"]);
  expect(answer).toMatchObject(expected);
});
