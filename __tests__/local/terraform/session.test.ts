import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IAM } from "@aws-sdk/client-iam";
import { createLocalAws } from "../../../local/aws";
import { type Listening, listen } from "../../../local/http/server";
import { providerSchema } from "../../../local/terraform/schema";
import { configure } from "../../../local/terraform/session";
import { conform, type ObjectValue, UNKNOWN } from "../../../local/terraform/values";

const home = "111122223333";
const other = "444455556666";
const roleArn = `arn:aws:iam::${other}:role/deployment`;
const trust = {
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Principal: { AWS: `arn:aws:iam::${home}:root` },
      Action: "sts:AssumeRole",
      Condition: { StringEquals: { "sts:ExternalId": "fleet" } },
    },
  ],
};

const directory = mkdtempSync(join(tmpdir(), "at-rest-session-"));
let listening: Listening;
let environment: Record<string, string>;

const configured = (block: ObjectValue, differently: Record<string, string> = {}) =>
  configure(conform({ region: "eu-west-1", ...block }, providerSchema), { ...environment, ...differently });

beforeAll(async () => {
  const local = createLocalAws();
  const [credentials, others] = [local.addAccount(home), local.addAccount(other)];
  listening = await listen(local, { httpsPort: 0, httpPort: 0 });
  const bundle = join(directory, "ca.pem");
  writeFileSync(bundle, listening.caPem);
  const iam = new IAM({ endpoint: listening.httpUrl, region: "us-east-1", credentials: others });
  await iam.createRole({ RoleName: "deployment", AssumeRolePolicyDocument: JSON.stringify(trust) });
  environment = {
    AWS_ENDPOINT_URL: listening.httpsUrl,
    AWS_CA_BUNDLE: bundle,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  };
});

afterAll(async () => {
  await listening.close();
  rmSync(directory, { recursive: true });
});

test("it knows whom it acts as", async () => {
  await expect(configured({})).resolves.toMatchObject({ account: home, region: "eu-west-1", partition: "aws" });
});

test("with a role it acts in the role's account", async () => {
  const assume_role = [{ role_arn: roleArn, external_id: "fleet", session_name: "test" }];
  await expect(configured({ assume_role, allowed_account_ids: [other] })).resolves.toMatchObject({ account: other });
});

test("a role that does not trust it is refused with AWS's own words", async () => {
  const assume_role = [{ role_arn: roleArn, external_id: "wrong" }];
  await expect(configured({ assume_role })).rejects.toThrow(/not authorized to perform: sts:AssumeRole/);
});

test.each<[string, ObjectValue]>([
  ["not among the allowed", { allowed_account_ids: [other] }],
  ["among the forbidden", { forbidden_account_ids: [home, other] }],
])("an account %s is refused", async (_what, block) => {
  await expect(configured(block)).rejects.toThrow(`AWS account ID not allowed: ${home}`);
});

test.each<[string, ObjectValue]>([
  ["the provider's", {}],
  ["the resource's own", { region: "us-west-2" }],
])("clients are in %s region", async (_what, resource) => {
  const session = await configured({});
  const s3 = await session.s3(resource);
  await expect(s3.config.region()).resolves.toBe(resource["region"] ?? "eu-west-1");
});

test("the region can come from the environment", async () => {
  await expect(configured({ region: null }, { AWS_REGION: "ap-south-1" })).resolves.toMatchObject({
    region: "ap-south-1",
  });
  await expect(configured({ region: null })).rejects.toThrow("no region");
});

test("the certificate is checked against AWS_CA_BUNDLE, and nothing else will do", async () => {
  const wrong = join(directory, "other.pem");
  writeFileSync(wrong, "");
  await expect(configured({}, { AWS_CA_BUNDLE: wrong })).rejects.toThrow(/certificate|issuer/);
});

test("without credentials it asks for them, instead of looking for the user's own", async () => {
  await expect(configured({}, { AWS_ACCESS_KEY_ID: "" })).rejects.toThrow(/no credentials.*npm run local/);
});

test.each(["profile", "http_proxy", "shared_config_files"])("%s in the provider block is refused", async (name) => {
  const value = name === "shared_config_files" ? ["file"] : "something";
  await expect(configured({ [name]: value })).rejects.toThrow(`does not implement ${name}.`);
});

test("default tags that are not known yet are unknown", async () => {
  const tagged = (tags: ObjectValue) => configured({ default_tags: [{ tags }] });
  await expect(tagged({ a: "b" })).resolves.toMatchObject({ defaultTags: { a: "b" } });
  await expect(tagged({ a: UNKNOWN })).resolves.toMatchObject({ defaultTags: UNKNOWN });
});
