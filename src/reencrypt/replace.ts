import type { EncryptionTarget } from "../fleet/fleet";
import type { Answer, Copied, CopySource, Encryption, ObjectStore } from "../s3/object-store";
import { type Appearance, grantsToResend } from "./appearance";
import type { Clock } from "./clock";
import { LARGEST_COPY } from "./decide";
import type { Held, Intent, Journal, Sent } from "./journal";
import { copyInParts } from "./multipart-copy";

export interface Replacement {
  readonly source: CopySource;
  readonly key: string;
  /** The ETag that the destination must have at the commit. @default no condition */
  readonly ifMatch?: string;
  /** The destination must not be there at the commit. @default no condition */
  readonly ifNoneMatch?: "*";
  /** The key that is visited, where it is written under another one. @default the key */
  readonly visited?: string;
  readonly encryption: EncryptionTarget;
  /** What the copy shall look like: S3 copies metadata by itself, the rest is sent. */
  readonly wanted: Appearance;
  /** What it replaces, as it was seen. @default nothing that a later process would have to compare with */
  readonly seen?: Appearance;
  /** A version that somebody locked while it was being copied, which a later process has to tell. @default none */
  readonly lockedBelow?: string;
  /**
   * Whether the tags are sent as well.
   *
   * @default false: S3 copies those that the source has at that moment
   */
  readonly sendTags?: boolean;
}

interface ReplaceContext {
  readonly journal: Journal;
  readonly clock: Clock;
  /** Told of an upload that could not be aborted. @default nobody */
  readonly notice?: (message: string) => void;
}

/** Which customer key a copy has to read its source with. */
export const customerKeyMd5Of = (encryption: Encryption): string | undefined =>
  encryption.is === "customer" ? encryption.keyMd5 : undefined;

/** Whether a version stays what it is when its object is written again. */
export const staysUnderneath = (versionId: string | undefined): boolean =>
  versionId !== undefined && versionId !== "null";

const heldBy = ({ tags, acl }: Appearance): Held => ({ tags, acl });

const sentWith = ({ state: { storageClass, websiteRedirect }, tags, acl }: Appearance): Sent => ({
  ...{ tags, acl, storageClass, websiteRedirect },
});

function intentOf({ source, key, visited, wanted, seen, lockedBelow }: Replacement, clock: Clock): Intent {
  const { versionId } = wanted.state;
  const intent = { t: "intent", key, visited, etag: source.ifMatch, versionId, at: clock.now() } as const;
  if (!seen || !staysUnderneath(versionId)) return intent;
  return {
    ...intent,
    source: source.versionId,
    seen: heldBy(seen),
    ...(wanted !== seen && { wanted: sentWith(wanted) }),
    lockedBelow,
  };
}

/** Writes a copy, in one request or in parts. Its intent is on the disk before S3 hears of it. */
export async function replace(
  store: ObjectStore,
  { journal, clock, notice = () => undefined }: ReplaceContext,
  request: Replacement,
): Promise<Answer<Copied>> {
  const { source, key, ifMatch, ifNoneMatch, encryption, wanted, sendTags } = request;
  const intent = intentOf(request, clock);
  if (wanted.state.size > LARGEST_COPY) {
    const begun = (uploadId: string) => journal.append({ ...intent, uploadId });
    return copyInParts(store, { source, key, ifMatch, ifNoneMatch, encryption, wanted, begun, notice });
  }
  await journal.append(intent);
  const answer = await store.copy({
    source,
    key,
    ifMatch,
    ifNoneMatch,
    encryption,
    storageClass: wanted.state.storageClass,
    websiteRedirect: wanted.state.websiteRedirect,
    tags: sendTags ? wanted.tags : undefined,
    grants: grantsToResend(wanted.acl),
  });
  if (answer.is === "refused") await journal.append({ t: "refused", key, visited: request.visited });
  return answer;
}
