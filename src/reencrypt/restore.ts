import { isDeepStrictEqual } from "node:util";
import type { EncryptionTarget } from "../fleet/fleet";
import { type Acl, type Answer, CUSTOMER_KEY_NEEDED, type ObjectState, type ObjectStore } from "../s3/object-store";
import { type Appearance, differences, grantsToResend, isMissing, lookClosely } from "./appearance";
import type { Clock } from "./clock";
import { isEncryptedAs } from "./decide";
import type { Journal } from "./journal";
import { isKept, type KeptEntry, type ManifestEntry } from "./manifest/entry";
import { describe, type ObjectOutcome } from "./outcome";
import { type BucketTraits, hasNullVersion } from "./plan";
import { replace } from "./replace";
import type { Visit } from "./sweep";

const ATTEMPTS = 5;

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

/** What a key of the destination has now. */
type Target = { readonly is: "missing" } | { readonly is: "there"; readonly appearance: Appearance };

/** What one version looks like in the backup, and what its copy cannot carry. */
interface Kept {
  readonly entry: KeptEntry;
  readonly wanted: Appearance;
  readonly lost: readonly string[];
}

/**
 * Brings current objects of a manifest back, one key at a time. Each is written only if its key is as it was looked at:
 * an application that writes meanwhile wins.
 */
export function restorer(context: RestoreContext): Visit {
  return async ({ key }) => {
    const entry = (await context.entriesOf(key)).filter(isKept).find(({ current }) => current);
    if (!entry) return failed(key, "the manifest does not have it");
    const kept = await readKept(context, entry);
    if ("outcome" in kept) return kept;
    return restoreOne(context, kept);
  };
}

async function restoreOne(context: RestoreContext, kept: Kept): Promise<ObjectOutcome> {
  const { key } = kept.entry;
  let first: ObjectState | undefined;
  let unsure = false;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const target = await lookAt(context, key);
    if (target.is === "refused" && target.code === CUSTOMER_KEY_NEEDED) {
      return context.overwrite ? { key, outcome: "cannot", because: "customerKey" } : { key, outcome: "kept" };
    }
    if (target.is !== "done") return failed(key, `what is there could not be looked at: ${describe(target)}`);
    const now = target.value;
    if (now.is === "there") {
      const { state } = now.appearance;
      if (isAsKept(kept, now.appearance)) return unsure ? restored(kept) : { key, outcome: "alreadyRight" };
      if (attempt === 1) first = state;
      else if (!first || isWritten(first, state)) return { key, outcome: "changedMeanwhile" };
      if (!context.overwrite) return { key, outcome: "kept" };
    }
    const destroys = await wouldDestroy(context, key, now);
    if (destroys.is !== "done") return failed(key, `its versions could not be listed: ${describe(destroys)}`);
    if (destroys.value) return { key, outcome: "cannot", because: "nullVersionWouldBeLost" };
    const put = await putBack(context, kept, now);
    if (put.is === "done") return judge(context, kept, put.value);
    if (put.is === "throttled" || (put.is === "refused" && !isOvertaken(put.status))) {
      return failed(key, `could not be restored: ${describe(put)}`);
    }
    unsure ||= put.is === "unknown";
  }
  return failed(key, `not done after ${ATTEMPTS} attempts`);
}

/** A noncurrent `null` version, that is: what is current was looked at, and a delete marker holds nothing. */
async function wouldDestroy({ store, bucket }: RestoreContext, key: string, now: Target): Promise<Answer<boolean>> {
  const isNull = now.is === "there" && now.appearance.state.versionId === "null";
  if (bucket.versioning !== "Suspended" || isNull) return { is: "done", value: false };
  return hasNullVersion(store, key, ({ deleteMarker }) => !deleteMarker);
}

const isWritten = (before: ObjectState, now: ObjectState): boolean =>
  before.etag !== now.etag || before.versionId !== now.versionId || before.lastModified !== now.lastModified;

const failed = (key: string, message: string): ObjectOutcome => ({ key, outcome: "failed", message });

/** The condition did not hold any more, or somebody was writing at the same time. */
const isOvertaken = (status: number): boolean => status === 409 || status === 412 || status === 404;

/** Reads the copy and what belongs to it. A copy that is not the manifest's is no backup of anything. */
async function readKept(context: RestoreContext, entry: KeptEntry): Promise<Kept | ObjectOutcome> {
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

async function lookAt({ store, bucket }: RestoreContext, key: string): Promise<Answer<Target>> {
  const looked = await lookClosely(store, { key }, bucket.aclOwner !== undefined);
  if (isMissing(looked)) return { is: "done", value: { is: "missing" } };
  return looked.is === "done" ? { is: "done", value: { is: "there", appearance: looked.value } } : looked;
}

/** Whether it is what was backed up, whoever put it there. Its encryption is its bucket's own affair. */
function isAsKept({ entry, wanted }: Kept, now: Appearance): boolean {
  const { etag } = now.state;
  const sameContent = etag === entry.etag || etag === entry.copy.etag || sameChecksum(wanted.state, now.state);
  const acl = wanted.acl ?? (grantsToResend(now.acl).length === 0 ? now.acl : undefined);
  const different = differences({ ...wanted, acl }, now);
  return sameContent && different.every((aspect) => aspect === "checksum" || aspect === "lock");
}

const sameChecksum = ({ checksum: one }: ObjectState, { checksum: other }: ObjectState): boolean =>
  one !== undefined && isDeepStrictEqual(one, other);

/** Writes a copy where the destination is still as it was seen. */
function putBack(context: RestoreContext, { entry, wanted }: Kept, now: Target) {
  const { copy } = entry;
  return replace(context.store, context, {
    source: { bucket: context.sourceBucket, key: copy.key, versionId: copy.versionId, ifMatch: copy.etag },
    key: entry.key,
    ...(now.is === "missing" ? { ifNoneMatch: "*" } : { ifMatch: now.appearance.state.etag }),
    encryption: context.encryption,
    wanted,
  });
}

/** Reads back what was written: content by checksum, and everything else. */
async function judge(
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

const restored = ({ entry: { key }, lost }: Kept): ObjectOutcome =>
  lost.length === 0
    ? { key, outcome: "restored" }
    : { key, outcome: "notAsBefore", message: `restored without ${lost.join(", and without ")}` };
