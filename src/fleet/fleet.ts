import type { Github } from "./github";

export const stages = ["prepare", "encrypt", "enforce", "released"] as const;
/** How far a bucket is. A pull request moves it on, one step at a time. */
export type Stage = (typeof stages)[number];

export const partitions = [
  "aws",
  "aws-cn",
  "aws-us-gov",
  "aws-iso",
  "aws-iso-b",
  "aws-iso-e",
  "aws-iso-f",
  "aws-eusc",
] as const;
/** A group of Regions with accounts of its own. */
export type Partition = (typeof partitions)[number];

export const algorithms = ["AES256", "aws:kms", "aws:kms:dsse"] as const;
/** The values of `x-amz-server-side-encryption`. */
export type Algorithm = (typeof algorithms)[number];

export const bucketClasses = ["plain", "log-target", "alb-logs", "replication-destination", "object-locked"] as const;
/** What a bucket is for, where that limits how it can be encrypted. */
export type BucketClass = (typeof bucketClasses)[number];

/** Rows of the enforcement table that a bucket may be spared, by name. */
export const enforcementRows = [
  "missing-header",
  "wrong-algorithm",
  "kms-without-key-id",
  "another-key",
  "sse-c",
  "plain-http",
] as const;
export type EnforcementRow = (typeof enforcementRows)[number];

/** Consequences of a conversion that have to be accepted by name before it runs. */
export const consequences = [
  "log-delivery",
  "replicas",
  "object-lock",
  "notifications",
  "replication",
  "lifecycle",
  "minimum-duration",
] as const;

/** Stage enforce without logs that show who sends no encryption header. */
const missingEvidence = "header-evidence";

/** Findings of an audit that have nothing to do with a stage, and that a bucket may be spared. */
const postures = ["key-rotation", "key-policy", "public-access", "right-put"] as const;

/**
 * Findings of a review that can be accepted for a bucket by name. Those of a stack's key and of a whole bucket cannot:
 * what they warn of is never put right again.
 */
export const reviewRules = [
  "policy-destroyed",
  "policy-replaced",
  "policy-statement-lost",
  "policy-statement-changed",
  "policy-not-known",
  "public-allow",
  "public-allow-kept",
  "denial-removed",
  "encryption-destroyed",
  "encryption-replaced",
  "encryption-weaker",
  "not-imported",
  "stage-skipped",
  "stage-back",
  "stage-without-preflight",
  "stage-without-audit",
  "changed-behind-terraform",
] as const;

/** What a waiver can be about. */
export const waivable = [...enforcementRows, ...consequences, missingEvidence, ...postures, ...reviewRules] as const;
export type Waivable = (typeof waivable)[number];

export interface Waiver {
  readonly what: Waivable;
  readonly reason: string;
  /** Last day that it holds, as `YYYY-MM-DD`. Synth does not look at the clock; `preflight` and `audit` do. */
  readonly until: string;
}

/** One bucket of the fleet, with every default filled in. */
export interface FleetBucket {
  readonly name: string;
  readonly stage: Stage;
  /** Created after the fleet knew it, so no client and no snapshot precede it, and stages may be skipped. */
  readonly newBucket: boolean;
  readonly encryption: Algorithm;
  /** A given key's ARN. Null means the key of the bucket's stack, or none with AES256. */
  readonly keyArn: string | null;
  /** True only with aws:kms. */
  readonly bucketKey: boolean;
  /** Whether new SSE-C writes are blocked in the bucket's encryption configuration. False keeps what is live. */
  readonly blockSseC: boolean;
  readonly backup: "none" | "rewritten" | "all";
  readonly versions: "current" | "all";
  readonly class: BucketClass;
  /** Who owns the bucket policy: this project's Terraform, or somebody else's. */
  readonly policy: "own" | "external";
  /** Who owns the default encryption. */
  readonly defaultEncryption: "own" | "external";
  /** ARNs of IAM roles and users that may decrypt with the stack's key. */
  readonly readers: readonly string[];
  /** ARNs of IAM roles and users that may encrypt and decrypt with the stack's key. */
  readonly writers: readonly string[];
  /** ARNs of IAM roles and users whose puts may leave the encryption header out, also at stage enforce. */
  readonly headerlessWriters: readonly string[];
  /** Service principals that write here, such as `logging.s3.amazonaws.com`. */
  readonly serviceWriters: readonly string[];
  /** ARNs of the KMS keys that existing objects are under. */
  readonly sourceKeys: readonly string[];
  readonly accept: readonly Waiver[];
  /** Unique ids of deleted roles and users (`AROA...`, `AIDA...`) that may be taken out of the bucket's policy. */
  readonly dropPrincipals: readonly string[];
}

export interface Account {
  readonly name: string;
  /** Twelve digits. */
  readonly id: string;
  /** `aws`, `aws-cn`, `aws-us-gov`, ... */
  readonly partition: string;
  /** Waves are rolled out one after the other, in ascending order. */
  readonly wave: number;
  /** ARN of the role that plans. */
  readonly planRole?: string;
  /** ARN of the role that applies. */
  readonly applyRole?: string;
  /** ARN of the managed policy that bounds the roles of the stacks: their permissions boundary. */
  readonly permissionsBoundary?: string;
  /** ARNs of the IAM roles and users that may assume the re-encryption role, the pipeline's among them. Empty: whoever the account's IAM allows. */
  readonly operators: readonly string[];
}

/** One account and region: one stack. */
export interface Target {
  readonly account: Account;
  readonly region: string;
  readonly stackName: string;
  /** Who may use the stack's key through S3: everybody in the account, or only readers and writers named in the fleet. */
  readonly keyAccess: "account-via-s3" | "named";
  /** Days that a backup is kept. */
  readonly backupRetentionInDays: number;
  /** Whether the stack has the role with which `reencrypt --engine batch` lets jobs of S3 Batch Operations run. */
  readonly batchOperations: boolean;
  readonly buckets: readonly FleetBucket[];
}

export type State =
  | {
      readonly backend: "local";
      /** Relative to the fleet file. */
      readonly directory: string;
    }
  | {
      readonly backend: "s3";
      readonly bucket: string;
      readonly region: string;
      /** Each stack's state is `<prefix>/<stack>.tfstate`. */
      readonly prefix: string;
      /** ARN of the role that reads and writes the state, where the caller itself may not. */
      readonly roleArn?: string;
    };

export interface Fleet {
  /** The fleet file, as it was named. */
  readonly file: string;
  /** The fleet file's directory, absolute. Snapshots and outputs are beside the file. */
  readonly directory: string;
  readonly state: State;
  /** Undefined: no workflow plans or applies it. */
  readonly github?: Github;
  readonly targets: readonly Target[];
  /** Buckets that are known, and on purpose no part of the fleet. */
  readonly leaveOut: readonly LeftOut[];
}

export interface LeftOut {
  /** A bucket's name, which is global. */
  readonly name: string;
  readonly reason: string;
}

/** What objects shall be encrypted with, complete: what a request has to carry. */
export type EncryptionTarget =
  | { readonly algorithm: "AES256" }
  | { readonly algorithm: "aws:kms"; readonly keyArn: string; readonly bucketKey: boolean }
  | { readonly algorithm: "aws:kms:dsse"; readonly keyArn: string };

/** Whether the fleet accepts this by name. Says nothing about whether the waiver has run out. */
export const accepts = (bucket: FleetBucket, what: Waivable): boolean =>
  bucket.accept.some((waiver) => waiver.what === what);
