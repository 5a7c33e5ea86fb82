import type { Algorithm, EnforcementRow } from "../../fleet/fleet";
import { stranger } from "../preflight/key-checks";
import type { Question } from "./facts";

/** A request that is evaluated and never sent. */
export interface Probe {
  readonly says: string;
  readonly action: string;
  readonly on: "bucket" | "object";
  /** Condition keys that it carries. Others that say an encryption it does not carry. */
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

/** In the bucket's Region, and nobody's. */
const keyIn = (account: string, { partition, region }: Question): string =>
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

/** Each other algorithm, as its own writers send it, and where it takes a key with the target's as well. */
const withOtherAlgorithms = ({ target }: Question): Probe[] =>
  others[target.algorithm].flatMap((other) => [
    put(`that carries ${other}`, { [algorithmKey]: other }),
    ...(other === "AES256" || target.algorithm === "AES256"
      ? []
      : [put(`that carries ${other} with the target's key`, { [algorithmKey]: other, [keyIdKey]: target.keyArn })]),
  ]);

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
    "wrong-algorithm": withOtherAlgorithms(question),
    "kms-without-key-id": kms ? [put(`that carries ${algorithm} without a key id`, { [algorithmKey]: algorithm })] : [],
    "another-key": kms
      ? [
          put("that carries another key", { [algorithmKey]: algorithm, [keyIdKey]: keyIn(question.account, question) }),
          put("that carries a key of another account", {
            [algorithmKey]: algorithm,
            [keyIdKey]: keyIn(stranger, question),
          }),
        ]
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
