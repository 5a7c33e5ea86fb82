import { type Statement, statementsOf } from "../../fleet/policy";
import { isUniqueId } from "../orphans";
import type { BucketFacts, BucketUser, Facts } from "./facts";
import { strangersOf } from "./log-users";
import { known } from "./looked";
import { isLike, strings } from "./policy/conditions";

/** Who is named, by kind: `AWS`, `Service`, `CanonicalUser`, `Federated`. Empty for `*`. */
export const principalsOf = (statement: Statement, kind: string): string[] => {
  const named = statement["Principal"];
  return typeof named === "object" && named !== null && !Array.isArray(named) && kind in named
    ? strings(Object.entries(named).find(([name]) => name === kind)?.[1])
    : [];
};

/** Whether a statement allows an action, whatever its principal, resource and condition. */
export const grants = (statement: Statement, action: string): boolean =>
  statement["Effect"] === "Allow" &&
  (statement["NotAction"] === undefined
    ? strings(statement["Action"]).some((one) => isLike(action.toLowerCase(), one.toLowerCase()))
    : !strings(statement["NotAction"]).some((one) => isLike(action.toLowerCase(), one.toLowerCase())));

export const mayRead = (statement: Statement): boolean => grants(statement, "s3:GetObject");
export const mayWrite = (statement: Statement): boolean => grants(statement, "s3:PutObject");

/** Statements of the bucket's policy that allow something. */
export const allowsOf = (bucket: Pick<BucketFacts, "policy">): Statement[] => {
  const policy = known(bucket.policy);
  return policy ? statementsOf(policy).filter((statement) => statement["Effect"] === "Allow") : [];
};

const originAccessIdentity = /^arn:[^:]+:iam::cloudfront:user\//;
export const isOriginAccessIdentity = (arn: string): boolean => originAccessIdentity.test(arn);

/** Account ids are short for the account's root. */
const arnOf = (principal: string, partition: string): string =>
  /^\d{12}$/.test(principal) ? `arn:${partition}:iam::${principal}:root` : principal;

/** Every IAM principal of which we know that it reads or writes the bucket. */
export function usersOf({
  intent,
  bucket,
  logs,
  accountUsers,
}: Pick<Facts, "intent" | "bucket" | "logs" | "accountUsers">): BucketUser[] {
  const { fleet, partition } = intent;
  const named = allowsOf(bucket).flatMap((statement) =>
    principalsOf(statement, "AWS")
      .filter((one) => one !== "*" && !isUniqueId(one) && !isOriginAccessIdentity(one))
      .flatMap((one): BucketUser[] => {
        const arn = arnOf(one, partition);
        return [
          ...(mayRead(statement) ? [{ arn, does: "read", from: "bucket policy" } as const] : []),
          ...(mayWrite(statement) ? [{ arn, does: "write", from: "bucket policy" } as const] : []),
        ];
      }),
  );
  const replicates = known(bucket.replication)?.Role;
  const users: BucketUser[] = [
    ...(fleet?.readers ?? []).map((arn): BucketUser => ({ arn, does: "read", from: "fleet" })),
    ...(fleet?.writers ?? []).map((arn): BucketUser => ({ arn, does: "write", from: "fleet" })),
    ...(replicates === undefined ? [] : [{ arn: replicates, does: "read", from: "replication" } as const]),
    ...named,
    ...(known(accountUsers)?.users ?? []),
    ...strangersOf({ intent, logs }),
  ];
  const once = new Map<string, BucketUser>();
  for (const user of users) {
    const id = `${user.does} ${user.arn}`;
    if (!once.has(id)) once.set(id, user);
  }
  return [...once.values()].filter(({ arn }) => arn !== intent.roleArn);
}

/** Which KMS actions a use needs. A multipart upload decrypts the data key that its start generated. */
export const keyActions = (does: BucketUser["does"]): string[] =>
  does === "read" ? ["kms:Decrypt"] : ["kms:GenerateDataKey", "kms:Decrypt"];
