import type { BucketClass } from "../../fleet/fleet";
import type { BucketSnapshot } from "../../fleet/snapshot";
import { known } from "../preflight/looked";
import { type DiscoveredAccount, problemsOf, type Size } from "./found";
import { guess, pointersIn } from "./guess";

/** What was found, for other programs. Null: not known. */
export interface AccountDocument {
  readonly id: string;
  readonly name: string;
  /** False: its buckets could not be listed. */
  readonly listed: boolean;
  readonly notRead: readonly string[];
  readonly buckets: readonly {
    readonly name: string;
    readonly region: string;
    readonly size: Size | null;
    readonly defaultEncryption: BucketSnapshot["defaultEncryption"] | null;
    readonly class: BucketClass;
    readonly external: boolean;
    readonly because: readonly string[];
  }[];
}

/** What was found and guessed, account by account, in the order in which it was found. */
export function documentOf(accounts: readonly DiscoveredAccount[]): AccountDocument[] {
  const pointers = pointersIn(accounts.flatMap(({ buckets }) => buckets));
  return accounts.map((account) => ({
    id: account.id,
    name: account.name,
    listed: account.listed,
    notRead: problemsOf(account),
    buckets: account.buckets.map((bucket) => {
      const { classes, external, because } = guess(bucket, pointers);
      return {
        name: bucket.name,
        region: bucket.region,
        size: bucket.size ?? null,
        defaultEncryption: known(bucket.encryption) ?? null,
        class: classes[0] ?? "plain",
        external,
        because,
      };
    }),
  }));
}
