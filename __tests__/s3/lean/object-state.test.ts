import { ChecksumAlgorithm } from "@aws-sdk/client-s3";
import { objectState } from "../../../src/s3/lean/object-state";
import { objectState as sdkObjectState } from "../../../src/s3/sdk-shapes";

const least = { etag: '"1"', "content-length": "7", "last-modified": "Wed, 12 Oct 2022 17:50:00 GMT" };

test("an object of which S3 says no more than it must", () => {
  expect(objectState("a", least)).toEqual({
    key: "a",
    etag: '"1"',
    size: 7,
    lastModified: Date.UTC(2022, 9, 12, 17, 50),
    encryption: { is: "none" },
    storageClass: "STANDARD",
    archived: false,
    headers: {},
    metadata: {},
    missingMetadata: 0,
  });
});

test("metadata that is called like a part of every object is kept", () => {
  const { metadata } = objectState("a", { ...least, "x-amz-meta-__proto__": "1", "x-amz-meta-constructor": "2" });
  expect(Object.entries(metadata)).toEqual([
    ["__proto__", "1"],
    ["constructor", "2"],
  ]);
});

test.each<[string, Record<string, string>, object]>([
  [
    "SSE-KMS with a bucket key",
    {
      "x-amz-server-side-encryption": "aws:kms",
      "x-amz-server-side-encryption-aws-kms-key-id": "arn:k",
      "x-amz-server-side-encryption-bucket-key-enabled": "true",
    },
    { encryption: { is: "aws:kms", keyArn: "arn:k", bucketKey: true } },
  ],
  [
    "DSSE-KMS",
    { "x-amz-server-side-encryption": "aws:kms:dsse", "x-amz-server-side-encryption-aws-kms-key-id": "arn:k" },
    { encryption: { is: "aws:kms:dsse", keyArn: "arn:k" } },
  ],
  ["SSE-C", { "x-amz-server-side-encryption-customer-algorithm": "AES256" }, { encryption: { is: "customer" } }],
  ["an archived object", { "x-amz-storage-class": "GLACIER" }, { archived: true }],
  [
    "one that is being restored",
    { "x-amz-storage-class": "GLACIER", "x-amz-restore": 'ongoing-request="true"' },
    { archived: true },
  ],
  [
    "one that is restored",
    { "x-amz-storage-class": "DEEP_ARCHIVE", "x-amz-restore": 'ongoing-request="false", expiry-date="x"' },
    { archived: false },
  ],
  [
    "one that its tiers have archived",
    { "x-amz-storage-class": "INTELLIGENT_TIERING", "x-amz-archive-status": "ARCHIVE_ACCESS" },
    { archived: true },
  ],
  ["metadata that no header can hold", { "x-amz-missing-meta": "3" }, { missingMetadata: 3 }],
  [
    "a lock",
    { "x-amz-object-lock-mode": "COMPLIANCE", "x-amz-object-lock-retain-until-date": "2040-01-01T00:00:00.5Z" },
    { lock: { retention: { mode: "COMPLIANCE", until: Date.UTC(2040, 0, 1, 0, 0, 0, 500) }, legalHold: false } },
  ],
  ["a legal hold", { "x-amz-object-lock-legal-hold": "ON" }, { lock: { legalHold: true } }],
  [
    "a checksum of parts from before checksums had types",
    { "x-amz-checksum-sha256": "abc=-3" },
    { checksum: { algorithm: "SHA256", type: "COMPOSITE", value: "abc=-3" } },
  ],
  [
    "a checksum",
    { "x-amz-checksum-crc64nvme": "abc=", "x-amz-checksum-type": "FULL_OBJECT" },
    { checksum: { algorithm: "CRC64NVME", type: "FULL_OBJECT", value: "abc=" } },
  ],
])("%s", (_, headers, expected) => {
  expect(objectState("a", { ...least, ...headers })).toMatchObject(expected);
});

test.each(Object.values(ChecksumAlgorithm))(
  "a checksum by %s, as every other one that S3 has, is seen",
  (algorithm) => {
    const checksum = { algorithm, type: "FULL_OBJECT", value: "abc=" };
    const headers = { [`x-amz-checksum-${algorithm.toLowerCase()}`]: "abc=", "x-amz-checksum-type": "FULL_OBJECT" };
    expect(objectState("a", { ...least, ...headers }).checksum).toEqual(checksum);
    const ofSdk = { ETag: '"1"', ContentLength: 7, LastModified: new Date(0), $metadata: {} };
    const shown = { ...ofSdk, [`Checksum${algorithm}`]: "abc=", ChecksumType: "FULL_OBJECT" as const };
    expect(sdkObjectState("a", shown).checksum).toEqual(checksum);
  },
);

test.each<[string, Record<string, string>]>([
  ["no ETag", { "content-length": "7", "last-modified": least["last-modified"] }],
  ["no length", { etag: '"1"', "last-modified": least["last-modified"] }],
  ["no time", { etag: '"1"', "content-length": "7" }],
  ["a length that is none", { ...least, "content-length": "7, 7" }],
  ["a time that is none", { ...least, "last-modified": "yesterday" }],
  ["an encryption that nobody knows", { ...least, "x-amz-server-side-encryption": "aws:quantum" }],
  ["SSE-KMS without a key", { ...least, "x-amz-server-side-encryption": "aws:kms" }],
])("%s is not taken for an object", (_, headers) => {
  expect(() => objectState("a", headers)).toThrow();
});
