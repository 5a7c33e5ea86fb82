import { createHash } from "node:crypto";
import type { EncryptionTarget } from "../fleet/fleet";
import { type Answer, CUSTOMER_KEY_NEEDED, type ObjectId, type ObjectStore } from "../s3/object-store";
import { canBeResent } from "../s3/resend";
import { type Appearance, differences, grantsToResend, isMissing, lookClosely } from "./appearance";
import { isEncryptedAs, LARGEST_COPY } from "./decide";
import type { Journal } from "./journal";
import { describe, type ObjectOutcome } from "./outcome";
import { type PlanContext, plan } from "./plan";
import { customerKeyMd5Of, replace } from "./replace";
import type { Visit } from "./sweep";

const ATTEMPTS = 5;
/** Bytes of UTF-8. https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
const LONGEST_KEY = 1024;

export interface BackupContext extends PlanContext {
  readonly journal: Journal;
  readonly bucketName: string;
  /** The run's id. */
  readonly run: string;
  /** The backup bucket. */
  readonly destination: ObjectStore;
  /** What the backup bucket encrypts with by itself. */
  readonly destinationEncryption: EncryptionTarget;
  /** `rewritten` leaves out what is updated in place or right already: no byte of it is going to be written. */
  readonly scope: "rewritten" | "all";
  /** Puts a small JSON document into the backup bucket. */
  readonly putJson: (key: string, value: unknown) => Promise<Answer<void>>;
}

export const backupKey = (bucket: string, run: string, key: string): string => `${bucket}/${run}/${key}`;

/** No bucket's name begins with an underscore, so these are in no bucket's way. */
const aclKey = (bucket: string, run: string, key: string): string =>
  `_acls/${bucket}/${run}/${createHash("sha256").update(key).digest("hex")}.json`;

export const manifestKey = (bucket: string, run: string): string => `_manifests/${bucket}/${run}.json`;

/**
 * Copies current objects into the backup bucket, attributes and all, and reads every copy back.
 *
 * A backup bucket has its ACLs off, so an ACL that is more than the private default is kept beside the copy.
 */
export function backuper(context: BackupContext): Visit {
  return async (id) => {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const outcome = await backUp(context, id);
      if (outcome) return outcome;
    }
    return { ...id, outcome: "failed", message: "it changed each time that it was being copied" };
  };
}

/** Nothing if the object changed on the way, so that it has to be looked at again. */
async function backUp(context: BackupContext, id: ObjectId): Promise<ObjectOutcome | undefined> {
  const { store, destination, bucketName, run } = context;
  const key = backupKey(bucketName, run, id.key);
  if (context.scope === "rewritten") {
    const planned = await plan(context, id, "auto");
    if (planned.do !== "copy" && planned.do !== "multipartCopy") return { ...id, outcome: "alreadyRight" };
  }
  const looked = await lookClosely(store, id, context.bucket.aclOwner !== undefined);
  if (isMissing(looked)) return { ...id, outcome: "gone" };
  if (looked.is === "refused" && looked.code === CUSTOMER_KEY_NEEDED) {
    return { ...id, outcome: "cannot", because: "customerKey" };
  }
  if (looked.is !== "done") return failed(id, `could not be looked at: ${describe(looked)}`);
  const { state, tags, acl } = looked.value;
  if (state.archived) return { ...id, outcome: "cannot", because: "archived" };
  if (Buffer.byteLength(key) > LONGEST_KEY) return { ...id, outcome: "cannot", because: "keyTooLong" };
  if (state.size > LARGEST_COPY && !canBeResent(state)) {
    return { ...id, outcome: "cannot", because: "metadataCannotBeResent" };
  }

  const wanted: Appearance = { state: { ...state, lock: undefined }, tags };
  const copied = await replace(destination, context, {
    source: {
      bucket: bucketName,
      key: id.key,
      versionId: state.versionId,
      ifMatch: state.etag,
      customerKeyMd5: customerKeyMd5Of(state.encryption),
    },
    key,
    encryption: context.destinationEncryption,
    wanted,
  });
  if (copied.is === "unknown") return undefined;
  if (copied.is === "refused" && (isMissing(copied) || copied.status === 412)) return undefined;
  if (copied.is !== "done") return failed(id, `could not be copied: ${describe(copied)}`);

  const readBack = await lookClosely(destination, { key }, false);
  if (readBack.is !== "done") return failed(id, `its copy could not be read back: ${describe(readBack)}`);
  const lost = differences(wanted, readBack.value);
  if (lost.length > 0) return failed(id, `its copy differs: ${lost.join(", ")}`);
  if (!isEncryptedAs(readBack.value.state.encryption, context.destinationEncryption)) {
    return failed(id, "its copy is not encrypted as the backup bucket says");
  }
  if (acl && grantsToResend(acl).length > 0) {
    const kept = await context.putJson(aclKey(bucketName, run, id.key), { key: id.key, ...acl });
    if (kept.is !== "done") return failed(id, `its ACL could not be kept: ${describe(kept)}`);
  }
  return { ...id, outcome: "backedUp" };
}

const failed = (id: ObjectId, message: string): ObjectOutcome => ({ ...id, outcome: "failed", message });
