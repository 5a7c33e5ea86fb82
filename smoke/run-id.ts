import { aliasName, backupBucketName, reencryptionRoleName } from "../src/fleet/names";

/** One run, in one account and region: all that it makes is known by these. */
export interface Run {
  /** Eight hexadecimal digits. */
  readonly id: string;
  /** 12 digits. */
  readonly account: string;
  readonly region: string;
}

/** Names of buckets and roles, and descriptions of keys, begin so. */
export const prefixOf = ({ id }: Run): string => `at-rest-smoke-${id}-`;

/** The fleet's account, and so the beginning of the stack's name. */
export const accountNameOf = ({ id }: Run): string => `smoke-${id}`;

/** The stack tags with it whatever it makes, under `stack`. */
export const stackNameOf = (run: Run): string => `${accountNameOf(run)}-${run.region}`;

/** Names that a stack has to itself in an account and region. */
export const stackOwns = ({ account, region }: Run) => ({
  alias: aliasName,
  role: reencryptionRoleName(region),
  backupBucket: backupBucketName(account, region),
});
