import { S3Client } from "@aws-sdk/client-s3";
import { sampledEncryption } from "../../../src/checks/preflight/sampled-encryption";

/** S3 that answers each HEAD with one status. A HEAD has no body, so no code either. */
const answering = (statusCode: number) =>
  new S3Client({
    ...{ region: "eu-west-1", maxAttempts: 1, credentials: { accessKeyId: "a", secretAccessKey: "s" } },
    requestHandler: { handle: async () => ({ response: { statusCode, headers: {}, body: new Uint8Array() } }) },
  });

test.each([
  [403, { is: "unseen", permission: "s3:GetObject", why: "denied to this caller" }],
  [503, { is: "unseen", permission: "s3:GetObject" }],
  [404, { is: "seen", value: { keys: [], customerKeys: false } }],
  [400, { is: "seen", value: { keys: [], customerKeys: true } }],
])("an object whose HEAD is answered with %i hides neither this bucket nor another", async (status, expected) => {
  const reader = { client: answering(status), bucket: "acme-uploads", expectedBucketOwner: "111111111111" };
  await expect(sampledEncryption(reader, ["a"])).resolves.toMatchObject(expected);
});
