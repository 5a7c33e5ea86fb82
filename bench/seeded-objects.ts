import { canonicalUserId } from "../local/s3/arns";
import { allUsers } from "../local/s3/grants";
import type { SeededObject } from "../local/s3/seed";

type Grants = NonNullable<SeededObject["grants"]>;

/** Above what one CopyObject takes. */
export const LARGE = 6 * 1024 ** 3;

export const underKms = (
  is: "aws:kms" | "aws:kms:dsse",
  keyId: string,
  bucketKey: boolean,
): SeededObject["encryption"] => ({ is, keyId, bucketKey, context: {} });

/** The private default. */
export const toOwner = (account: string): Grants => [
  { Grantee: { Type: "CanonicalUser", ID: canonicalUserId(account) }, Permission: "FULL_CONTROL" },
];

export const publicRead = (account: string): Grants => [
  ...toOwner(account),
  { Grantee: { Type: "Group", URI: allUsers }, Permission: "READ" },
];
