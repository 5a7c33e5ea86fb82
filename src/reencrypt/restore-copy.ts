import { isDeepStrictEqual } from "node:util";
import type { EncryptionTarget } from "../fleet/fleet";
import type { Acl, ObjectState, ObjectStore } from "../s3/object-store";
import { type Appearance, differences, grantsToResend, isMissing, lookClosely } from "./appearance";
import type { Clock } from "./clock";
import { isEncryptedAs } from "./decide";
import type { Journal } from "./journal";
import type { KeptEntry, ManifestEntry } from "./manifest/entry";
import { describe, type ObjectOutcome } from "./outcome";
import type { BucketTraits } from "./plan";
import { replace } from "./replace";

export interface RestoreContext {
  /** Of the bucket that is restored to. */
  readonly store: ObjectStore;
  /** Of the backup bucket. */
  readonly source: ObjectStore;
  readonly sourceBucket: string;
  readonly journal: Journal;
  /** Told of an upload that could not be aborted. @default nobody */
  readonly notice?: (message: string) => void;
  readonly clock: Clock;
  /** What the restored objects are to be under. */
  readonly encryption: EncryptionTarget;
  /** The bucket that is restored to. */
  readonly bucket: BucketTraits;
  readonly entriesOf: (key: string) => Promise<readonly ManifestEntry[]>;
  /** Reads the document that has an object's ACL, or says what is wrong with it. */
  readonly readAcl: (key: string) => Promise<Acl | string>;
  /** Whether what is there and differs is written over. What is written meanwhile never is. */
  readonly overwrite: boolean;
}

/** What one version looks like in the backup, and what its copy cannot carry. */
export interface Kept {
  readonly entry: KeptEntry;
  readonly wanted: Appearance;
  readonly lost: readonly string[];
}

export const failed = (key: string, message: string): ObjectOutcome => ({ key, outcome: "failed", message });

/** The condition did not hold any more, or somebody was writing at the same time. */
export const isOvertaken = (status: number): boolean => status === 409 || status === 412 || status === 404;

/** Reads the copy and what belongs to it. A copy that is not the manifest's is no backup of anything. */
export async function readKept(context: RestoreContext, entry: KeptEntry): Promise<Kept | ObjectOutcome> {
  const { key, copy, size, storageClass } = entry;
  const looked = await lookClosely(context.source, copy, false);
  if (isMissing(looked)) return failed(key, `its copy ${copy.key} is gone from the backup bucket`);
  if (looked.is !== "done") return failed(key, `its copy could not be looked at: ${describe(looked)}`);
  const { state, tags } = looked.value;
  if (state.etag !== copy.etag || state.size !== size) return failed(key, `its copy ${copy.key} was changed since`);
  if (state.archived) return { key, outcome: "cannot", because: "archived" };

  const lost: string[] = [];
  if (entry.lock && (entry.lock.legalHold || (entry.lock.retention?.until ?? 0) > context.clock.now())) {
    lost.push("its retention or legal hold, which nobody but the bucket's owner may set again");
  }
  let acl: Acl | undefined;
  if (entry.acl !== undefined && context.bucket.aclOwner === undefined)
    lost.push("its ACL, since the bucket has ACLs off");
  else if (entry.acl !== undefined) {
    const read = await context.readAcl(entry.acl);
    if (typeof read === "string") return failed(key, `its ACL could not be read: ${read}`);
    acl = read;
  }
  return { entry, wanted: { state: { ...state, storageClass }, tags, acl }, lost };
}

/** Whether it is what was backed up, whoever put it there. Its encryption is its bucket's own affair. */
export function isAsKept({ entry, wanted }: Kept, now: Appearance): boolean {
  const { etag } = now.state;
  const sameContent = etag === entry.etag || etag === entry.copy.etag || sameChecksum(wanted.state, now.state);
  const acl = wanted.acl ?? (grantsToResend(now.acl).length === 0 ? now.acl : undefined);
  const different = differences({ ...wanted, acl }, now);
  return sameContent && different.every((aspect) => aspect === "checksum" || aspect === "lock");
}

const sameChecksum = ({ checksum: one }: ObjectState, { checksum: other }: ObjectState): boolean =>
  one !== undefined && isDeepStrictEqual(one, other);

/** How the destination was seen: it has to be so still when the copy is there. */
export type Condition = { readonly ifNoneMatch: "*" } | { readonly ifMatch: string };

/** Writes a copy where the destination is still as it was seen. */
export function putBack(context: RestoreContext, { entry, wanted }: Kept, condition: Condition) {
  const { copy } = entry;
  return replace(context.store, context, {
    source: { bucket: context.sourceBucket, key: copy.key, versionId: copy.versionId, ifMatch: copy.etag },
    key: entry.key,
    ...condition,
    encryption: context.encryption,
    wanted,
  });
}

/** Reads back what was written: content by checksum, and everything else. */
export async function judge(
  context: RestoreContext,
  kept: Kept,
  written: { readonly etag: string; readonly versionId?: string },
): Promise<ObjectOutcome> {
  const { key } = kept.entry;
  const { versionId, etag } = written;
  const looked = await lookClosely(context.store, { key, versionId }, context.bucket.aclOwner !== undefined);
  if (isMissing(looked)) return { key, outcome: "changedMeanwhile" };
  if (looked.is !== "done") return failed(key, `could not be read back: ${describe(looked)}`);
  if (looked.value.state.etag !== etag) return { key, outcome: "changedMeanwhile" };
  if (!isEncryptedAs(looked.value.state.encryption, context.encryption)) {
    return { key, outcome: "notAsBefore", message: "restored, and not encrypted as asked" };
  }
  // Without grants of its own it has the bucket's default ACL, whose owner is whoever restores it.
  const expected = kept.wanted.acl ? kept.wanted : { ...kept.wanted, acl: looked.value.acl };
  // A bucket's default retention locks what is put into it.
  const lost = differences(expected, looked.value).filter((aspect) => aspect !== "lock");
  if (lost.length > 0) return { key, outcome: "notAsBefore", message: `restored, and differs: ${lost.join(", ")}` };
  return restored(kept);
}

export const restored = ({ entry: { key }, lost }: Kept): ObjectOutcome =>
  lost.length === 0
    ? { key, outcome: "restored" }
    : { key, outcome: "notAsBefore", message: `restored without ${lost.join(", and without ")}` };
