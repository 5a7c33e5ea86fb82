import { isDeepStrictEqual } from "node:util";
import { digestOf } from "../local/s3/bodies";
import type { Bucket, ObjectEncryption, StoredObject, Version } from "../local/s3/state";
import type { Scenario } from "./scenario";
import { LONG_AGO } from "./seeding";

/** Bodies above it are told apart by their size. */
const SMALL = 1024 * 1024;
const YEAR = 366 * 24 * 3600 * 1000;

const encryptionOf = (encryption: ObjectEncryption) =>
  encryption.is === "aws:kms" || encryption.is === "aws:kms:dsse"
    ? [encryption.is, encryption.keyArn, encryption.bucketKey]
    : [encryption.is];

/** Everything of an object but what is new with every write: date, id, ETag and data key. */
const shown = (object: StoredObject, acls: boolean) => ({
  body: object.body.size > SMALL ? object.body.size : digestOf(object.body, "md5"),
  encryption: encryptionOf(object.encryption),
  metadata: object.metadata,
  headers: Object.entries(object.headers)
    .filter(([, value]) => value !== undefined)
    .sort(),
  tags: object.tags.map(({ Key, Value }) => `${Key}=${Value}`).sort(),
  storageClass: object.storageClass,
  redirect: object.websiteRedirectLocation,
  checksum: object.checksum,
  retention: object.retention,
  legalHold: object.legalHold ?? "OFF",
  acl: acls ? [object.owner, object.grants.map((grant) => JSON.stringify(grant)).sort()] : [],
  parts: object.parts?.map(({ partNumber, size }) => [partNumber, size]),
  rewritten: object.lastModified > LONG_AGO + YEAR,
});

const shownVersion = (version: Version, acls: boolean) =>
  version.is === "object" ? shown(version, acls) : { deleteMarker: true };

/** Whatever differs between two buckets, in words. Their versions are compared in order. */
export function differences(calm: Bucket, storm: Bucket, { acls }: Scenario): string[] {
  const keys = new Set([...calm.keys.scan(), ...storm.keys.scan()].map(([key]) => key));
  return [...keys].flatMap((key) => {
    const [one, other] = [calm, storm].map((bucket) =>
      (bucket.keys.get(key) ?? []).map((version) => shownVersion(version, acls)),
    );
    return isDeepStrictEqual(one, other)
      ? []
      : [`${JSON.stringify(key)} is ${JSON.stringify(other)}, and undisturbed ${JSON.stringify(one)}`];
  });
}
