import { HeadObjectCommand, NoSuchKey } from "@aws-sdk/client-s3";
import type { HttpResponse } from "../../local/service";
import { s3Client } from "../../src/s3/clients";
import type { ObjectStore } from "../../src/s3/object-store";
import { answer } from "../../src/s3/sdk-answers";
import { requestHandler } from "../support/request-handler";
import { openStore, type StoreKind, storeKinds } from "./stores";

const error = (code: string, message = "what S3 says") =>
  Buffer.from(`<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`);

const answering = (kind: StoreKind, respond: () => HttpResponse | Promise<HttpResponse>): Promise<ObjectStore> => {
  const send = async () => respond();
  const client = s3Client({
    region: "eu-west-1",
    credentials: { accessKeyId: "a", secretAccessKey: "b" },
    concurrency: 1,
    requestHandler: requestHandler(send),
  });
  return openStore(kind, { client, send, bucket: "acme-uploads" });
};

const copyOf = async (store: Promise<ObjectStore>) =>
  (await store).copy({
    source: { key: "a", ifMatch: '"1"' },
    key: "a",
    ifMatch: '"1"',
    encryption: { algorithm: "AES256" },
    storageClass: "STANDARD",
    grants: [],
  });

const aboutKms = "Please reduce your request rate for operations involving AWS KMS.";

describe.each(storeKinds)("the %s store", (kind) => {
  test.each<[number, Buffer, object]>([
    [412, error("PreconditionFailed"), { is: "refused", status: 412, code: "PreconditionFailed" }],
    [409, error("ConditionalRequestConflict"), { is: "refused", status: 409, code: "ConditionalRequestConflict" }],
    [404, error("NoSuchKey"), { is: "refused", status: 404, code: "NoSuchKey" }],
    [403, error("AccessDenied"), { is: "refused", status: 403, code: "AccessDenied", message: "what S3 says" }],
    [400, error("InvalidRequest"), { is: "refused", status: 400, code: "InvalidRequest" }],
    [501, error("NotImplemented"), { is: "refused", status: 501, code: "NotImplemented" }],
    [503, error("SlowDown"), { is: "throttled", by: "s3" }],
    [503, error("SlowDown", aboutKms), { is: "throttled", by: "kms" }],
    [503, error("ServiceUnavailable"), { is: "throttled", by: "s3" }],
    [503, Buffer.alloc(0), { is: "throttled", by: "s3" }],
    [429, error("TooManyRequestsException"), { is: "throttled", by: "s3" }],
    [400, error("KMS.ThrottlingException"), { is: "throttled", by: "kms" }],
    [400, error("RequestTimeout"), { is: "unknown" }],
    [500, error("InternalError"), { is: "unknown" }],
    [502, Buffer.from("<html>Bad Gateway</html>"), { is: "unknown" }],
    [403, Buffer.from("<html><body>The proxy forbids<br></body></html>"), { is: "refused", status: 403 }],
    [200, error("InternalError"), { is: "unknown" }],
    [200, error("PreconditionFailed"), { is: "refused", status: 412, code: "PreconditionFailed" }],
    [200, error("AccessDenied"), { is: "refused", status: 403, code: "AccessDenied" }],
    [200, error("SomethingElse"), { is: "unknown" }],
    [200, error("SlowDown"), { is: "throttled", by: "s3" }],
    [200, Buffer.from("<CopyObjectResult><ETag>&quot;2&quot;"), { is: "unknown" }],
    [200, Buffer.alloc(0), { is: "unknown" }],
  ])("a copy answered %i %s", async (status, body, expected) => {
    const headers = { "content-type": "application/xml" };
    expect(await copyOf(answering(kind, () => ({ status, headers, body })))).toMatchObject(expected);
  });

  test.each(["ECONNRESET", "ETIMEDOUT", "EPIPE"])(
    "a copy whose connection ends with %s may have had an effect",
    async (code) => {
      const store = answering(kind, () => Promise.reject(Object.assign(new Error("the network"), { code })));
      expect(await copyOf(store)).toMatchObject({ is: "unknown" });
    },
  );

  test("a copy that succeeds", async () => {
    const body = Buffer.from("<CopyObjectResult><ETag>&quot;2&quot;</ETag></CopyObjectResult>");
    const store = answering(kind, () => ({ status: 200, headers: { "x-amz-version-id": "v2" }, body }));
    expect(await copyOf(store)).toEqual({ is: "done", value: { etag: '"2"', versionId: "v2" } });
  });

  test("HEAD, which has no body, tells missing from forbidden", async () => {
    const headed = (status: number) =>
      answering(kind, () => ({ status, headers: {}, body: Buffer.alloc(0) })).then((store) => store.head({ key: "a" }));
    expect(await headed(404)).toMatchObject({ is: "refused", status: 404, code: "NoSuchKey" });
    expect(await headed(403)).toMatchObject({ is: "refused", status: 403 });
    expect(await headed(500)).toMatchObject({ is: "unknown" });
  });
});

test("credentials that cannot be had are no answer to wait for", async () => {
  const client = s3Client({
    region: "eu-west-1",
    credentials: async () => {
      throw Object.assign(new Error("no profile"), { name: "CredentialsProviderError" });
    },
    concurrency: 1,
  });
  const asked = await answer(() => client.send(new HeadObjectCommand({ Bucket: "acme-uploads", Key: "a" })));
  expect(asked).toMatchObject({ is: "refused", code: "CredentialsProviderError" });
});

test("a mistake in the program is not taken for an answer", async () => {
  const mistake = async () => {
    throw new TypeError("undefined is not a function");
  };
  await expect(answer(mistake)).rejects.toThrow(TypeError);
  const missing = new NoSuchKey({ message: "gone", $metadata: { httpStatusCode: 404 } });
  expect(await answer(() => Promise.reject(missing))).toMatchObject({ is: "refused", status: 404 });
});
