import { IAM } from "@aws-sdk/client-iam";
import { S3 } from "@aws-sdk/client-s3";
import { createLocalAws } from "../../../local/aws";
import { type Listening, listen } from "../../../local/http/server";
import type { Message } from "../../../local/terraform/protocol";
import { implementation } from "../../../local/terraform/provider";
import { providerSchema, schemaOf } from "../../../local/terraform/schema";
import { type ObjectValue, objectFromWire, toWire } from "../../../local/terraform/values";

type Call = (call: { request: Message }, done: (error: unknown, answer: Message) => void) => void;

/** A provider of its own, called as gRPC calls it. */
function provider(environment: Record<string, string> = {}) {
  const methods: Record<string, unknown> = implementation(environment);
  return (method: string, request: Message): Promise<Message> =>
    new Promise((done, failed) => {
      (methods[method] as Call)({ request }, (error, answer) => (error ? failed(error) : done(answer)));
    });
}

const state = (type: string, value: ObjectValue) => ({
  type_name: type,
  current_state: toWire(value, schemaOf(type)),
});

let listening: Listening;
let environment: Record<string, string>;

beforeAll(async () => {
  const local = createLocalAws();
  const credentials = local.addAccount("111122223333");
  listening = await listen(local, { httpsPort: 0, httpPort: 0 });
  const connection = { endpoint: listening.httpUrl, region: "eu-west-1", credentials };
  const iam = new IAM(connection);
  await iam.createUser({ UserName: "nobody" });
  const { AccessKey } = await iam.createAccessKey({ UserName: "nobody" });
  await new S3({ ...connection, forcePathStyle: true }).createBucket({ Bucket: "not-yours" });
  environment = {
    AWS_ENDPOINT_URL: listening.httpUrl,
    AWS_REGION: "eu-west-1",
    AWS_ACCESS_KEY_ID: AccessKey?.AccessKeyId ?? "",
    AWS_SECRET_ACCESS_KEY: AccessKey?.SecretAccessKey ?? "",
  };
});

afterAll(() => listening.close());

test("what AWS refuses is said in its words, with the request; where HEAD has no words, with the status", async () => {
  const call = provider(environment);
  expect(await call("Configure", { config: toWire({}, providerSchema) })).toEqual({});
  const bucket = await call("ReadResource", state("aws_s3_bucket", { id: "not-yours" }));
  expect(bucket).toEqual({ diagnostics: [expect.objectContaining({ severity: 1, summary: "HTTP 403" })] });
  const role = await call("ReadResource", state("aws_iam_role", { id: "some-role" }));
  const words = expect.stringMatching(/^AccessDenied: User: .*user\/nobody is not authorized to perform: iam:GetRole/);
  const request = expect.stringMatching(/^HTTP 403, request .+/);
  expect(role).toEqual({ diagnostics: [expect.objectContaining({ summary: words, detail: request })] });
});

test("an import can name another region, and takes nothing for a region that is none", async () => {
  const call = provider(environment);
  await call("Configure", { config: toWire({}, providerSchema) });
  const imported = async (type: string, id: string) => {
    const { imported_resources: answer } = await call("ImportResourceState", { type_name: type, id });
    const [{ state: wire } = { state: {} }] = answer as { state: object }[];
    return objectFromWire(wire);
  };
  expect(await imported("aws_s3_bucket_policy", "b@us-west-2")).toMatchObject({ bucket: "b", region: "us-west-2" });
  expect(await imported("aws_s3_bucket_policy", "b")).toMatchObject({ bucket: "b", region: "eu-west-1" });
  expect(await imported("aws_s3_bucket_versioning", "b,111122223333")).toMatchObject({
    id: "b,111122223333",
    bucket: "b",
    expected_bucket_owner: "111122223333",
  });
  expect(await imported("aws_iam_role", "name@us-west-2")).toMatchObject({ name: "name@us-west-2" });
});

test.each([
  ["a use before the configuration", "ReadResource", state("aws_iam_role", { id: "r" }), /before it is configured/],
  ["a resource type that is not here", "ValidateResourceTypeConfig", { type_name: "aws_sqs_queue" }, /aws_sqs_queue/],
  ["a resource without a value", "ReadResource", { type_name: "aws_iam_role" }, /without a value/],
])("%s is a diagnostic", async (_what, method, request, summary) => {
  const expected = { severity: 1, summary: expect.stringMatching(summary), detail: "" };
  expect(await provider()(method, request)).toEqual({ diagnostics: [expected] });
});
