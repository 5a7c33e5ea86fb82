import type { Facts, Simulated } from "../../../src/checks/preflight/facts";
import type { Finding } from "../../../src/checks/preflight/finding";
import { seen } from "../../../src/checks/preflight/looked";
import type { FleetBucket, Waiver } from "../../../src/fleet/fleet";
import type { PolicyDocument, Statement } from "../../../src/fleet/policy";
import { bucketOf } from "../../support/fleets";

export const account = "111111111111";
export const bucket = "acme-uploads";
export const bucketArn = `arn:aws:s3:::${bucket}`;
export const keyArn = `arn:aws:kms:eu-west-1:${account}:key/1b2c3d4e-0000-4000-8000-000000000001`;
export const roleArn = `arn:aws:iam::${account}:role/at-rest-reencrypt-eu-west-1`;
export const reader = `arn:aws:iam::${account}:role/reader`;

/** What KMS says of a key that S3 can use. */
export const goodKey = {
  ...{ state: "Enabled", usage: "ENCRYPT_DECRYPT", spec: "SYMMETRIC_DEFAULT", manager: "CUSTOMER" },
  account,
} as const;

export const policyOf = (...statements: Statement[]): PolicyDocument => ({
  Version: "2012-10-17",
  Statement: statements,
});

export const administer: Statement = {
  Sid: "Admin",
  Effect: "Allow",
  Principal: { AWS: `arn:aws:iam::${account}:root` },
  Action: "kms:*",
  Resource: "*",
};

/** As the AWS managed key lets in whoever comes through S3. */
export const throughS3: Statement = {
  Sid: "ThroughS3",
  Effect: "Allow",
  Principal: { AWS: "*" },
  Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
  Resource: "*",
  Condition: { StringEquals: { "kms:CallerAccount": account, "kms:ViaService": "s3.eu-west-1.amazonaws.com" } },
};

/** With every default of a fleet. */
export const fleetBucket = (overrides: Partial<FleetBucket> = {}): FleetBucket => ({
  ...bucketOf("stage: encrypt").bucket,
  ...overrides,
});

export const accepted = (what: Waiver["what"], until = "2099-12-31"): Waiver => ({ what, until, reason: "agreed" });

/** A bucket about which there is nothing to say, and what is different about it. */
export interface Differences {
  readonly intent?: Partial<Facts["intent"]>;
  readonly bucket?: Partial<Facts["bucket"]>;
  readonly key?: Partial<NonNullable<Facts["key"]>> | null;
  readonly fleet?: Partial<FleetBucket>;
  readonly facts?: Partial<Facts>;
}

/** What IAM answers about an action. */
export const simulated = (decision: Simulated["decision"], more: Partial<Simulated> = {}): Simulated => ({
  ...{ decision, refusedBy: [], bounded: false, hangsOn: [] },
  ...more,
});

export function facts({ intent, bucket: of, key, fleet, facts: rest }: Differences = {}): Facts {
  const allowed = Object.fromEntries(["s3:GetObject", "s3:PutObject"].map((action) => [action, simulated("allowed")]));
  return {
    intent: {
      bucket,
      account,
      region: "eu-west-1",
      partition: "aws",
      target: { algorithm: "aws:kms", keyArn, bucketKey: true },
      roleArn,
      fleet: fleetBucket(fleet),
      judgedFor: "encrypt",
      today: "2026-11-22",
      ...intent,
    },
    bucket: {
      location: seen("eu-west-1"),
      policy: seen(null),
      acl: seen({ owner: "owner", grants: [] }),
      ownership: seen("BucketOwnerEnforced"),
      publicAccessBlock: seen(null),
      encryption: seen({
        algorithm: "AES256",
        keyArn: null,
        bucketKey: false,
        blockedEncryptionTypes: ["SSE-C"],
      }),
      objectLock: seen(null),
      website: seen(false),
      replication: seen(null),
      notifications: seen({}),
      lifecycle: seen([]),
      uploads: seen({ uploads: [], complete: true }),
      encryptedWith: seen({ keys: [keyArn], customerKeys: false }),
      sample: seen({ keys: ["a"], objects: 2, complete: true, classes: { STANDARD: 2 }, owners: { owner: 2 } }),
      ...of,
    },
    key:
      key === null
        ? null
        : {
            arn: keyArn,
            description: seen(goodKey),
            policy: seen(policyOf(administer, throughS3)),
            rotates: seen(true),
            ...key,
          },
    sourceKeys: [],
    otherKeys: new Map(),
    accountUsers: seen({ users: [], undecided: [] }),
    iam: new Map(),
    own: seen(allowed),
    logs: null,
    metrics: seen(null),
    freeBytes: 1e12,
    ...rest,
  };
}

/** As a table says it: `error key-missing`. */
export const inShort = (findings: readonly Finding[]): string[] => findings.map(({ level, id }) => `${level} ${id}`);
