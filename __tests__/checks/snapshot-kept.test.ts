import { snapshotToKeep } from "../../src/checks/snapshot-kept";
import type { BucketSnapshot } from "../../src/fleet/snapshot";
import { firstVersionOf, snapshotOf } from "../support/snapshots";

const keyArn = "arn:aws:kms:eu-west-1:111111111111:key/1";
const own = { encryption: "aws:kms", keyArn, bucketKey: true } as const;
const fleet = { dropPrincipals: [], blockSseC: false };

const encrypted = (changes: Partial<BucketSnapshot["defaultEncryption"]> = {}) =>
  snapshotOf("acme-uploads", {
    defaultEncryption: { algorithm: "aws:kms", keyArn, bucketKey: true, blockedEncryptionTypes: ["NONE"], ...changes },
  });
const before = snapshotOf("acme-uploads");

test("once our own default encryption is live, what was there before it is kept", () => {
  expect(snapshotToKeep(encrypted(), fleet, before, own)).toEqual(before);
  expect(snapshotToKeep(encrypted(), fleet, firstVersionOf(before), own)).toEqual(before);
  expect(snapshotToKeep(encrypted({ blockedEncryptionTypes: [] }), fleet, before, own)).toEqual(before);
});

test.each([
  ["another key", encrypted({ keyArn: "arn:aws:kms:eu-west-1:111111111111:key/2" })],
  ["no bucket key", encrypted({ bucketKey: false })],
])("%s is somebody else's, and shows", (_, live) => {
  expect(snapshotToKeep(live, fleet, before, own)).toEqual(live);
});

test("SSE-C that is blocked is ours where the fleet blocks it, and somebody else's where it does not", () => {
  const live = encrypted({ blockedEncryptionTypes: ["SSE-C"] });
  expect(snapshotToKeep(live, { ...fleet, blockSseC: true }, before, own)).toEqual(before);
  expect(snapshotToKeep(live, fleet, before, own).defaultEncryption).toEqual({
    ...before.defaultEncryption,
    blockedEncryptionTypes: ["SSE-C"],
  });
});

test("before our stack has answered, and without a snapshot, what is live is what there is", () => {
  expect(snapshotToKeep(encrypted(), fleet, before, undefined)).toEqual(encrypted());
  expect(snapshotToKeep(encrypted(), fleet, undefined, own)).toEqual(encrypted());
});

test("a deleted principal that the fleet lets go is in no snapshot", () => {
  const id = "AROAEXAMPLEID23456789";
  const policy = { Statement: [{ Effect: "Allow", Principal: { AWS: id }, Action: "s3:GetObject" }] };
  const live = snapshotOf("acme-uploads", { policy });
  expect(snapshotToKeep(live, fleet, undefined, undefined).policy).toEqual(policy);
  expect(snapshotToKeep(live, { ...fleet, dropPrincipals: [id] }, undefined, undefined).policy).toBeNull();
});
