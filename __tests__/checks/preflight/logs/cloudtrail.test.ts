import { parseCloudTrailEvent } from "../../../../src/checks/preflight/logs/cloudtrail";
import type { LoggedRequest } from "../../../../src/checks/preflight/logs/request";
import { assumedRole, cloudTrailEvent, type EventFields } from "./shapes";

const parse = (fields: EventFields) => parseCloudTrailEvent(JSON.stringify(cloudTrailEvent(fields)));
const key = "arn:aws:kms:eu-west-1:111111111111:key/1";
const sse = "x-amz-server-side-encryption";

test("a put that relies on the default, by a role with a path", () => {
  expect(parse({ identity: assumedRole("app", "/teams/a/") })).toEqual({
    from: "cloudtrail",
    isData: true,
    bucket: "acme-uploads",
    at: Date.parse("2026-11-06T00:01:57Z"),
    principal: { is: "iam", arn: "arn:aws:iam::111111111111:role/teams/a/app" },
    does: "write",
    refused: false,
    said: { is: "nothing" },
    transport: "modern",
    presigned: false,
    signature: "SigV4",
  });
});

test.each<[string, EventFields, LoggedRequest["said"]]>([
  ["Default_SSE_S3", { extra: { SSEApplied: "Default_SSE_S3" } }, { is: "nothing" }],
  ["Default_SSE_KMS", { extra: { SSEApplied: "Default_SSE_KMS" } }, { is: "nothing" }],
  ["Default_DSSE_KMS", { extra: { SSEApplied: "Default_DSSE_KMS" } }, { is: "nothing" }],
  ["SSE_C", { extra: { SSEApplied: "SSE_C" } }, { is: "customer" }],
  [
    "SSE_S3 with its header",
    { extra: { SSEApplied: "SSE_S3" }, parameters: { [sse]: "AES256" } },
    { is: "algorithm", algorithm: "AES256", keyId: null },
  ],
  [
    "SSE_KMS with a key",
    { extra: { SSEApplied: "SSE_KMS" }, parameters: { [sse]: "aws:kms", [`${sse}-aws-kms-key-id`]: key } },
    { is: "algorithm", algorithm: "aws:kms", keyId: key },
  ],
  [
    "SSE_KMS without a key",
    { extra: { SSEApplied: "SSE_KMS" }, parameters: { [sse]: "aws:kms" } },
    { is: "algorithm", algorithm: "aws:kms", keyId: null },
  ],
  [
    "SSE_KMS of which the header is not shown",
    { extra: { SSEApplied: "SSE_KMS" } },
    { is: "algorithm", algorithm: "aws:kms" },
  ],
  ["no SSEApplied and no header", { extra: { SSEApplied: undefined } }, { is: "nothing" }],
  [
    "no SSEApplied and a customer's algorithm",
    { extra: { SSEApplied: undefined }, parameters: { [`${sse}-customer-algorithm`]: "AES256" } },
    { is: "customer" },
  ],
  ["a value that is new", { extra: { SSEApplied: "SSE_NEW" } }, { is: "unknown" }],
  [
    "an upload that is begun",
    { name: "CreateMultipartUpload", extra: { SSEApplied: "Default_SSE_S3" } },
    { is: "nothing" },
  ],
  ["a part, which says nothing of its own", { name: "UploadPart" }, { is: "unknown" }],
  ["a read", { name: "GetObject" }, { is: "unknown" }],
])("what a request said: %s", (_, fields, said) => {
  expect(parse(fields)).toMatchObject({ said });
});

test.each<[string, EventFields, Partial<LoggedRequest>]>([
  [
    "a user",
    { identity: { type: "IAMUser", arn: "arn:aws:iam::1:user/a", accountId: "111111111111" } },
    { principal: { is: "iam", arn: "arn:aws:iam::1:user/a" } },
  ],
  [
    "a service",
    {
      identity: { type: "AWSService", invokedBy: "delivery.logs.amazonaws.com" },
      more: { tlsDetails: undefined, sourceIPAddress: "delivery.logs.amazonaws.com" },
      extra: { CipherSuite: undefined },
    },
    { principal: { is: "service", name: "delivery.logs.amazonaws.com" }, transport: "unknown" },
  ],
  [
    "nobody",
    { identity: { type: "AWSAccount", principalId: "", accountId: "ANONYMOUS_PRINCIPAL" } },
    { principal: { is: "anonymous" } },
  ],
  [
    "a role of another account",
    { identity: { type: "AWSAccount", principalId: "AROAPARTNER:session", accountId: "222222222222" } },
    { principal: { is: "foreign", id: "AROAPARTNER", account: "222222222222" } },
  ],
  ["clear text", { extra: { CipherSuite: undefined }, more: { tlsDetails: undefined } }, { transport: "plain" }],
  [
    "a service for somebody, which shows no TLS",
    { extra: { CipherSuite: undefined }, more: { tlsDetails: undefined, sourceIPAddress: "athena.amazonaws.com" } },
    { transport: "unknown" },
  ],
  [
    "a service that comes for somebody from an address",
    {
      identity: { type: "AssumedRole", arn: "arn:aws:sts::111111111111:assumed-role/app/s", invokedBy: "AWS Internal" },
      extra: { CipherSuite: undefined },
      more: { tlsDetails: undefined },
    },
    { transport: "unknown" },
  ],
  ["TLS of an event before tlsDetails", { more: { tlsDetails: undefined } }, { transport: "modern" }],
  ["TLS 1.0", { more: { tlsDetails: { tlsVersion: "TLSv1" } } }, { transport: "old" }],
  [
    "a presigned URL",
    { extra: { AuthenticationMethod: "QueryString" }, parameters: { "X-Amz-Expires": "300" } },
    { presigned: { lives: 300 } },
  ],
  ["Signature Version 2", { extra: { SignatureVersion: "SigV2" } }, { signature: "SigV2" }],
  ["a refusal", { more: { errorCode: "AccessDenied" } }, { refused: true }],
  [
    "the default that is set",
    { name: "PutBucketEncryption", more: { managementEvent: true, eventCategory: "Management" } },
    { does: "change-default", isData: false },
  ],
])("%s", (_, fields, expected) => {
  expect(parse(fields)).toMatchObject(expected);
});

test("a request through an access point is the bucket's, and one without resources is of the bucket that it names", () => {
  const bucketName = "arn:aws:s3:eu-west-1:111111111111:accesspoint/mine";
  expect(parse({ parameters: { bucketName } })).toMatchObject({ bucket: "acme-uploads" });
  expect(parse({ more: { resources: undefined } })).toMatchObject({ bucket: "acme-uploads" });
});

test("events of other services, and of no bucket, are read over", () => {
  expect(parse({ more: { eventSource: "kms.amazonaws.com" } })).toBeNull();
  expect(parse({ name: "ListBuckets", more: { requestParameters: null, resources: undefined } })).toBeNull();
});

test.each([
  "",
  "{",
  "[]",
  "null",
  '"text"',
  "{}",
  '{"eventSource":"s3.amazonaws.com"}',
  '{"eventSource":"s3.amazonaws.com","eventTime":"soon"}',
])("%j is unreadable", (text) => {
  expect(parseCloudTrailEvent(text)).toBe("unreadable");
});
