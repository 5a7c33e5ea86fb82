import { z } from "zod";
import { type Algorithm, algorithms, type EncryptionTarget, type FleetBucket, type Target } from "./fleet";
import { backupBucketName, reencryptionRoleArn } from "./names";

const bucketOutput = z.strictObject({
  encryption: z.enum(algorithms),
  keyArn: z.string().nullable(),
  bucketKey: z.boolean(),
});

const schema = z.strictObject({
  version: z.literal(1),
  account: z.string().regex(/^\d{12}$/),
  region: z.string().min(1),
  roleArn: z.string().min(1),
  backupBucket: z.string().min(1),
  buckets: z.record(z.string(), bucketOutput),
});

export interface BucketOutput {
  readonly encryption: Algorithm;
  /** Null with AES256. */
  readonly keyArn: string | null;
  readonly bucketKey: boolean;
}

/** The output `at_rest` of a stack: what has been applied, and all that the commands after the apply have to know of it. */
export interface StackOutputs {
  readonly version: 1;
  readonly account: string;
  readonly region: string;
  /** The re-encryption role. */
  readonly roleArn: string;
  readonly backupBucket: string;
  /** By bucket name; released buckets are not in it. */
  readonly buckets: Readonly<Record<string, BucketOutput>>;
}

/**
 * Reads the value of a stack's output `at_rest`.
 *
 * @throws Error with every field that is not as StackOutputs says
 */
export function parseStackOutputs(json: unknown): StackOutputs {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const mistakes = parsed.error.issues.map(({ path, message }) => `${path.join(".") || "at_rest"}: ${message}`);
  throw new Error(`These are not the outputs of a stack of this project: ${mistakes.join("; ")}`);
}

/** What the objects of a bucket shall be encrypted with, as the stack has answered. */
export function encryptionTarget(output: BucketOutput): EncryptionTarget {
  if (output.encryption === "AES256") return { algorithm: "AES256" };
  if (output.keyArn === null) throw new Error(`The stack's outputs name no key for an ${output.encryption} bucket.`);
  return output.encryption === "aws:kms"
    ? { algorithm: "aws:kms", keyArn: output.keyArn, bucketKey: output.bucketKey }
    : { algorithm: "aws:kms:dsse", keyArn: output.keyArn };
}

/** What a stack says about a bucket. Own fields only: a bucket may be called `constructor`. */
export const bucketOutputOf = (outputs: StackOutputs, bucket: string): BucketOutput | undefined =>
  Object.hasOwn(outputs.buckets, bucket) ? outputs.buckets[bucket] : undefined;

const differs = (what: string, fleet: unknown, outputs: unknown): string[] =>
  fleet === outputs ? [] : [`${what}: the fleet says ${fleet}, the stack's outputs say ${outputs}`];

function checkBucket(target: Target, bucket: FleetBucket, output: BucketOutput | undefined): string[] {
  if (!output) return [`${bucket.name}: the fleet has it, the stack's outputs do not; apply ${target.stackName} first`];
  const { account, region } = target;
  const ownKey = `arn:${account.partition}:kms:${region}:${account.id}:key/`;
  const key =
    bucket.encryption === "AES256" || bucket.keyArn !== null
      ? differs(`${bucket.name}: key`, bucket.keyArn, output.keyArn)
      : output.keyArn?.startsWith(ownKey)
        ? []
        : [`${bucket.name}: key: ${output.keyArn} is no key of account ${account.id} in ${region}`];
  return [
    ...differs(`${bucket.name}: encryption`, bucket.encryption, output.encryption),
    ...key,
    ...differs(`${bucket.name}: bucket key`, bucket.bucketKey, output.bucketKey),
  ];
}

/** Every disagreement between what the fleet asks for and what the stack has answered; empty if there is none. */
export function checkStackOutputs(target: Target, outputs: StackOutputs): string[] {
  const { account, region } = target;
  const expected = target.buckets.filter((bucket) => bucket.stage !== "released");
  const known = new Set(expected.map((bucket) => bucket.name));
  return [
    ...differs("account", account.id, outputs.account),
    ...differs("region", region, outputs.region),
    ...differs("role", reencryptionRoleArn(account, region), outputs.roleArn),
    ...differs("backup bucket", backupBucketName(account.id, region), outputs.backupBucket),
    ...expected.flatMap((bucket) => checkBucket(target, bucket, bucketOutputOf(outputs, bucket.name))),
    ...Object.keys(outputs.buckets)
      .filter((name) => !known.has(name))
      .map((name) => `${name}: the stack's outputs have it, the fleet does not`),
  ];
}
