import {
  bucketOutputOf,
  checkStackOutputs,
  encryptionTarget,
  parseStackOutputs,
  type StackOutputs,
} from "../../src/fleet/outputs";
import { parseFleet } from "../../src/fleet/parse";

const key = "arn:aws:kms:eu-west-1:111111111111:key/1b2c";
const other = "arn:aws:kms:eu-west-1:111111111111:key/9999";

const outputs = (changes: Partial<StackOutputs> = {}): StackOutputs => ({
  version: 1,
  account: "111111111111",
  region: "eu-west-1",
  roleArn: "arn:aws:iam::111111111111:role/at-rest-reencrypt-eu-west-1",
  backupBucket: "at-rest-backup-111111111111-eu-west-1",
  buckets: {
    "acme-uploads": { encryption: "aws:kms", keyArn: key, bucketKey: true },
    "acme-reports": { encryption: "AES256", keyArn: null, bucketKey: false },
    "acme-given": { encryption: "aws:kms:dsse", keyArn: other, bucketKey: false },
  },
  ...changes,
});

function target() {
  const [first] = parseFleet(
    `state: { backend: local, directory: state }
accounts:
  - name: sandbox
    id: "111111111111"
    regions:
      eu-west-1:
        buckets:
          - { name: acme-uploads }
          - { name: acme-reports, encryption: AES256 }
          - { name: acme-given, encryption: "aws:kms:dsse", keyArn: "${other}" }
          - { name: acme-left, stage: released }`,
    "fleet.yaml",
  ).targets;
  if (!first) throw new Error("no target");
  return first;
}

test("outputs that a stack has given are read back", () => {
  expect(parseStackOutputs(JSON.parse(JSON.stringify(outputs())))).toEqual(outputs());
});

test("anything else is refused with each field that is wrong", () => {
  expect(() => parseStackOutputs({ ...outputs(), version: 2, roleArn: undefined })).toThrow(/version: .*; roleArn: /);
  expect(() => parseStackOutputs(null)).toThrow("at_rest: ");
});

test("outputs that are the fleet's have no disagreement", () => {
  expect(checkStackOutputs(target(), outputs())).toEqual([]);
});

const { buckets } = outputs();
const disagreements: readonly [Partial<StackOutputs>, string][] = [
  [{ account: "222222222222" }, "account: the fleet says 111111111111, the stack's outputs say 222222222222"],
  [{ region: "eu-west-2" }, "region: the fleet says eu-west-1, the stack's outputs say eu-west-2"],
  [
    { roleArn: "arn:aws:iam::111111111111:role/admin" },
    "role: the fleet says arn:aws:iam::111111111111:role/at-rest-reencrypt-eu-west-1, the stack's outputs say arn:aws:iam::111111111111:role/admin",
  ],
  [
    { backupBucket: "elsewhere" },
    "backup bucket: the fleet says at-rest-backup-111111111111-eu-west-1, the stack's outputs say elsewhere",
  ],
  [
    { buckets: { ...buckets, "acme-left": { encryption: "AES256", keyArn: null, bucketKey: false } } },
    "acme-left: the stack's outputs have it, the fleet does not",
  ],
  [
    { buckets: { ...buckets, "acme-reports": { encryption: "AES256", keyArn: key, bucketKey: false } } },
    `acme-reports: key: the fleet says null, the stack's outputs say ${key}`,
  ],
  [
    { buckets: { ...buckets, "acme-uploads": { encryption: "aws:kms", keyArn: key, bucketKey: false } } },
    "acme-uploads: bucket key: the fleet says true, the stack's outputs say false",
  ],
  [
    {
      buckets: {
        ...buckets,
        "acme-uploads": { encryption: "aws:kms", keyArn: "arn:aws:kms:eu-west-1:999999999999:key/a", bucketKey: true },
      },
    },
    "acme-uploads: key: arn:aws:kms:eu-west-1:999999999999:key/a is no key of account 111111111111 in eu-west-1",
  ],
  [
    { buckets: { ...buckets, "acme-given": { encryption: "aws:kms:dsse", keyArn: key, bucketKey: false } } },
    `acme-given: key: the fleet says ${other}, the stack's outputs say ${key}`,
  ],
];

test.each(disagreements)("a disagreement is said: %j", (changes, expected) => {
  expect(checkStackOutputs(target(), outputs(changes))).toEqual([expected]);
});

test("a bucket that has not been applied yet says what to do", () => {
  const { "acme-uploads": _, ...rest } = buckets;
  expect(checkStackOutputs(target(), outputs({ buckets: rest }))).toEqual([
    "acme-uploads: the fleet has it, the stack's outputs do not; apply sandbox-eu-west-1 first",
  ]);
});

test("a bucket called constructor is not there unless the stack says so", () => {
  expect(bucketOutputOf(outputs(), "constructor")).toBeUndefined();
});

test("what a request has to carry follows from the outputs", () => {
  expect(Object.values(buckets).map(encryptionTarget)).toEqual([
    { algorithm: "aws:kms", keyArn: key, bucketKey: true },
    { algorithm: "AES256" },
    { algorithm: "aws:kms:dsse", keyArn: other },
  ]);
  expect(() => encryptionTarget({ encryption: "aws:kms", keyArn: null, bucketKey: true })).toThrow("name no key");
});
