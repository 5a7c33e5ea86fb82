import type { EncryptionTarget } from "../fleet/fleet";
import { type Acl, type Answer, CUSTOMER_KEY_NEEDED, type ObjectId, type ObjectStore } from "../s3/object-store";
import { canBeResent } from "../s3/resend";
import { type Appearance, differences, grantsToResend, isMissing, lookClosely } from "./appearance";
import { isEncryptedAs, LARGEST_COPY, type RefusalReason } from "./decide";
import type { Journal } from "./journal";
import { type EarlierBackup, earlierEntry } from "./manifest/earlier";
import { attributesOf, type KeptEntry } from "./manifest/entry";
import { aclKey, backupKey, LONGEST_KEY } from "./manifest/keys";
import { describe, type ObjectOutcome } from "./outcome";
import { type PlanContext, plan } from "./plan";
import { customerKeyMd5Of, replace } from "./replace";
import type { Visit } from "./sweep";

const ATTEMPTS = 5;

export interface BackupContext extends PlanContext {
  readonly journal: Journal;
  /** Told of an upload that could not be aborted. @default nobody */
  readonly notice?: (message: string) => void;
  readonly bucketName: string;
  /** The run's id. */
  readonly run: string;
  /** The backup bucket. */
  readonly destination: ObjectStore;
  /** What the backup bucket encrypts with by itself. */
  readonly destinationEncryption: EncryptionTarget;
  /** `rewritten` leaves out what is updated in place or right already: no byte of it is going to be written. */
  readonly scope: "rewritten" | "all";
  /** Class of the copies. @default that of each object, or one that can be read at once where that is an archive */
  readonly storageClass?: string;
  /** An earlier backup, whose copies are good enough where nothing has changed. @default everything is copied */
  readonly earlier?: EarlierBackup;
  /** Puts a small JSON document into the backup bucket. */
  readonly putJson: (key: string, value: unknown) => Promise<Answer<unknown>>;
}

const archives: ReadonlySet<string> = new Set(["GLACIER", "DEEP_ARCHIVE"]);

/**
 * Copies objects into the backup bucket, attributes and all, reads every copy back, and says what the manifest has to.
 *
 * A backup bucket has its ACLs off, so an ACL that is more than the private default is kept beside the copy.
 */
export function backuper(context: BackupContext): Visit {
  return async (listed) => {
    const { deleteMarker, ...id } = listed;
    if (deleteMarker) {
      const entry = { ...id, current: deleteMarker.current, deleteMarker: true } as const;
      return { ...id, outcome: "markerNoted", entry };
    }
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const outcome = await backUp(context, id);
      if (outcome) return outcome;
    }
    return failed(id, "it changed each time that it was being copied");
  };
}

/** Nothing if the object changed on the way, so that it has to be looked at again. */
async function backUp(context: BackupContext, id: ObjectId): Promise<ObjectOutcome | undefined> {
  const { store } = context;
  if (context.scope === "rewritten") {
    const planned = await plan(context, id, "auto");
    if (planned.do === "fail") return failed(id, planned.message);
    if (planned.do === "gone") return { ...id, outcome: "gone" };
    if (planned.do !== "copy" && planned.do !== "multipartCopy") return { ...id, outcome: "alreadyRight" };
  }
  const looked = await lookClosely(store, id, context.bucket.aclOwner !== undefined);
  if (isMissing(looked)) return { ...id, outcome: "gone" };
  if (looked.is === "refused" && looked.code === CUSTOMER_KEY_NEEDED) {
    return { ...id, outcome: "cannot", because: "customerKey" };
  }
  if (looked.is !== "done") return failed(id, `could not be looked at: ${describe(looked)}`);

  const earlier = await earlierEntry(context, id, looked.value);
  if (earlier) return { ...id, outcome: "carried", entry: earlier };
  const because = await whyNot(context, id, looked.value);
  if (because.is !== "done") return failed(id, `could not be looked at: ${describe(because)}`);
  if (because.value) return { ...id, outcome: "cannot", because: because.value };
  return copy(context, id, looked.value);
}

async function copy(context: BackupContext, id: ObjectId, seen: Appearance): Promise<ObjectOutcome | undefined> {
  const { destination, bucketName, run, clock } = context;
  const { state, tags, acl } = seen;
  const key = backupKey(bucketName, run, id);
  const own = archives.has(state.storageClass) ? "STANDARD" : state.storageClass;
  const wanted: Appearance = {
    state: { ...state, lock: undefined, storageClass: context.storageClass ?? own },
    tags,
  };
  const customerKeyMd5 = customerKeyMd5Of(state.encryption);
  const copied = await replace(destination, context, {
    source: { bucket: bucketName, key: id.key, versionId: state.versionId, ifMatch: state.etag, customerKeyMd5 },
    key,
    visited: id.key,
    encryption: context.destinationEncryption,
    wanted,
  });
  if (copied.is === "unknown") return undefined;
  if (copied.is === "refused" && (isMissing(copied) || copied.status === 412)) return undefined;
  if (copied.is !== "done") return failed(id, `could not be copied: ${describe(copied)}`);

  const { versionId, etag } = copied.value;
  const readBack = await lookClosely(destination, { key, versionId }, false);
  if (readBack.is !== "done") return failed(id, `its copy could not be read back: ${describe(readBack)}`);
  const lost = differences(wanted, readBack.value);
  if (readBack.value.state.etag !== etag) lost.push("ETag");
  if (lost.length > 0) return failed(id, `its copy differs: ${lost.join(", ")}`);
  if (!isEncryptedAs(readBack.value.state.encryption, context.destinationEncryption)) {
    return failed(id, "its copy is not encrypted as the backup bucket says");
  }
  const aclAt = acl && !isDefault(acl, context.bucket.aclOwner) ? aclKey(bucketName, run, id) : undefined;
  if (aclAt !== undefined) {
    const kept = await context.putJson(aclAt, { key: id.key, ...acl });
    if (kept.is !== "done") return failed(id, `its ACL could not be kept: ${describe(kept)}`);
  }
  const entry: KeptEntry = {
    ...{ key: id.key, versionId: state.versionId, current: id.versionId === undefined },
    ...{ etag: state.etag, size: state.size, lastModified: state.lastModified, storageClass: state.storageClass },
    ...{ checksum: state.checksum, attributes: attributesOf(seen), lock: state.lock },
    copy: { key, versionId, etag, at: clock.now() },
    acl: aclAt,
  };
  return { ...id, outcome: "backedUp", entry };
}

/** Neither an ACL without any grant nor another owner's is what a restored object has by itself. */
const isDefault = (acl: Acl, bucketOwner: string | undefined): boolean =>
  acl.owner === bucketOwner && acl.grants.length > 0 && grantsToResend(acl).length === 0;

/** What S3 does not let a copy carry, or has no room for. */
async function whyNot(
  { store, bucketName, run }: BackupContext,
  id: ObjectId,
  { state }: Appearance,
): Promise<Answer<RefusalReason | undefined>> {
  const because = (reason: RefusalReason | undefined) => ({ is: "done", value: reason }) as const;
  if (state.archived) return because("archived");
  if (Buffer.byteLength(backupKey(bucketName, run, id)) > LONGEST_KEY) return because("keyTooLong");
  if (state.size <= LARGEST_COPY) return because(undefined);
  if (!canBeResent(state)) return because("metadataCannotBeResent");
  const annotated = await store.hasAnnotations({ key: id.key, versionId: state.versionId });
  if (annotated.is !== "done") return annotated;
  return because(annotated.value ? "annotationsCannotBeResent" : undefined);
}

const failed = (id: ObjectId, message: string): ObjectOutcome => ({ ...id, outcome: "failed", message });
