import { policyFindings } from "../../../src/checks/preflight/key-checks";
import { seen } from "../../../src/checks/preflight/looked";
import { account, goodKey, inShort, policyOf, throughS3 } from "./arrange";

test.each([
  ["aws", "eu-west-1", "s3.eu-west-1.amazonaws.com"],
  ["aws-cn", "cn-north-1", "s3.cn-north-1.amazonaws.com.cn"],
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
