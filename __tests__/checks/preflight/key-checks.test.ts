import { policyFindings } from "../../../src/checks/preflight/key-checks";
import { seen } from "../../../src/checks/preflight/looked";
import type { Statement } from "../../../src/fleet/policy";
import { account, goodKey, inShort, policyOf, throughS3 } from "./arrange";

test.each([
  ["aws", "eu-west-1", "s3.eu-west-1.amazonaws.com"],
  ["aws-cn", "cn-north-1", "s3.cn-north-1.amazonaws.com.cn"],
  ["aws-cn", "cn-north-1", "s3.cn-north-1.amazonaws.com"],
])("in %s a key policy that lets in whoever comes through S3 there is public", (partition, region, via) => {
  const administer = {
    ...{ Effect: "Allow", Action: "kms:*", Resource: "*" },
    Principal: { AWS: `arn:${partition}:iam::${account}:root` },
  };
  const open = (service: string) => ({ ...throughS3, Condition: { StringEquals: { "kms:ViaService": service } } });
  const found = (service: string) =>
    inShort(
      policyFindings(
        {
          arn: `arn:${partition}:kms:${region}:${account}:key/1b2c`,
          description: seen(goodKey),
          policy: seen(policyOf(administer, open(service))),
          rotates: seen(true),
        },
        account,
      ),
    );
  expect(found(via)).toEqual(["error key-policy-public"]);
  expect(found("ec2.eu-west-1.amazonaws.com")).toEqual([]);
});

const administer = {
  ...{ Sid: "Admin", Effect: "Allow", Action: "kms:*", Resource: "*" },
  Principal: { AWS: `arn:aws:iam::${account}:root` },
};
const everybody = { Sid: "Everybody", Effect: "Allow", Principal: "*", Action: "kms:Decrypt", Resource: "*" };
const withMfa = { Bool: { "aws:MultiFactorAuthPresent": "true" } };
const arn = `arn:aws:kms:eu-west-1:${account}:key/1b2c`;
const root = `arn:aws:iam::${account}:root`;

test.each<[string, Statement[], string[]]>([
  [
    "lets in who comes from an address",
    [administer, { ...everybody, Condition: { IpAddress: { "aws:SourceIp": "192.0.2.0/24" } } }],
    [
      `warning key-policy-not-decided: ${arn}: whether other accounts may kms:Decrypt through S3 hangs on Everybody (aws:SourceIp)`,
    ],
  ],
  [
    "lets in an organisation, of which not everybody is",
    [administer, { ...everybody, Condition: { StringEquals: { "aws:PrincipalOrgID": "o-1" } } }],
    [],
  ],
  [
    "lets in everybody but an organisation",
    [administer, { ...everybody, Condition: { StringNotEquals: { "aws:PrincipalOrgID": "o-1" } } }],
    [`error key-policy-public: ${arn}: Everybody`],
  ],
  [
    "lets in whoever is of any organisation",
    [administer, { ...everybody, Condition: { Null: { "aws:PrincipalOrgID": "false" } } }],
    [`error key-policy-public: ${arn}: Everybody`],
  ],
  [
    "lets its account in with a second factor only",
    [{ ...administer, Condition: withMfa }],
    [
      `warning key-policy-not-decided: ${arn}: whether ${root} may kms:PutKeyPolicy hangs on Admin (aws:MultiFactorAuthPresent)`,
    ],
  ],
  [
    "lets nobody change it",
    [{ ...everybody, Principal: { AWS: root } }],
    [`error key-policy-lock-out: ${root} may not kms:PutKeyPolicy on ${arn}`],
  ],
])("a key policy that %s", (_, statements, expected) => {
  const key = { arn, description: seen(goodKey), policy: seen(policyOf(...statements)), rotates: seen(true) };
  const found = policyFindings(key, account).map(({ level, id, evidence }) => `${level} ${id}: ${evidence}`);
  expect(found).toEqual(expected);
});
