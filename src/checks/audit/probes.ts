import type { Algorithm, EnforcementRow } from "../../fleet/fleet";
import type { Question } from "./facts";

/** A request that is evaluated and never sent. */
export interface Probe {
  readonly says: string;
  readonly action: string;
  readonly on: "bucket" | "object";
  /** Condition keys that it carries. Others that belong to a write it does not carry. */
  readonly carries: Readonly<Record<string, string>>;
  readonly secure: boolean;
}

const algorithmKey = "s3:x-amz-server-side-encryption";
const keyIdKey = "s3:x-amz-server-side-encryption-aws-kms-key-id";
const customerKey = "s3:x-amz-server-side-encryption-customer-algorithm";

const put = (says: string, carries: Readonly<Record<string, string>>): Probe => ({
  says: `a put ${says}`,
  action: "s3:PutObject",
  on: "object",
  carries,
  secure: true,
});

/** Of the bucket's account and Region, and nobody's. */
const anotherKey = ({ partition, region, account }: Question): string =>
  `arn:${partition}:kms:${region}:${account}:key/00000000-0000-0000-0000-000000000000`;

/** What the target's own writers send. */
export const rightPut = ({ target }: Question): Probe =>
  put("that carries the target's encryption", {
    [algorithmKey]: target.algorithm,
    ...(target.algorithm === "AES256" ? {} : { [keyIdKey]: target.keyArn }),
  });

const others: Readonly<Record<Algorithm, readonly Algorithm[]>> = {
  AES256: [],
  "aws:kms": ["AES256", "aws:kms:dsse"],
  "aws:kms:dsse": ["AES256", "aws:kms"],
};

/** One of each kind: reading, writing and deleting objects, listing, and reading the bucket's settings. */
const overHttp: readonly [string, Probe["on"]][] = [
  ["s3:GetObject", "object"],
  ["s3:PutObject", "object"],
  ["s3:DeleteObject", "object"],
  ["s3:GetObjectVersion", "object"],
  ["s3:AbortMultipartUpload", "object"],
  ["s3:ListBucket", "bucket"],
  ["s3:ListBucketVersions", "bucket"],
  ["s3:GetBucketPolicy", "bucket"],
  ["s3:PutBucketPolicy", "bucket"],
];

/**
 * What the policy has to deny, by row of the enforcement table; rows that are not asked for are empty.
 *
 * | put carries                      | AES256 target | KMS target | from stage |
 * |----------------------------------|---------------|------------|------------|
 * | nothing: the default applies     | deny          | deny       | enforce    |
 * | another algorithm                | -             | deny       | encrypt    |
 * | the algorithm, without a key id  | -             | deny       | encrypt    |
 * | the algorithm, with another key  | -             | deny       | encrypt    |
 * | a customer's key (SSE-C)         | deny          | deny       | encrypt    |
 * | plain HTTP                       | deny          | deny       | encrypt    |
 *
 * Without a fleet no stage is known, and the row of stage enforce is probed as well.
 */
export function refusedProbes(question: Question): Readonly<Record<EnforcementRow, readonly Probe[]>> {
  const { target, fleet } = question;
  const { algorithm } = target;
  const kms = algorithm !== "AES256";
  return {
    "missing-header": fleet?.stage === "encrypt" ? [] : [put("without the encryption header", {})],
    "wrong-algorithm": others[algorithm].map((other) => put(`that carries ${other}`, { [algorithmKey]: other })),
    "kms-without-key-id": kms ? [put(`that carries ${algorithm} without a key id`, { [algorithmKey]: algorithm })] : [],
    "another-key": kms
      ? [put("that carries another key", { [algorithmKey]: algorithm, [keyIdKey]: anotherKey(question) })]
      : [],
    "sse-c": [put("with a customer's key", { [customerKey]: "AES256" })],
    "plain-http": overHttp.map(([action, on]) => ({
      says: `${action} over plain HTTP`,
      action,
      on,
      carries: action === "s3:PutObject" ? rightPut(question).carries : {},
      secure: false,
    })),
  };
}
