import type { EncryptionTarget } from "../fleet/fleet";
import type { Answer, Copied, CopySource, Encryption, ObjectStore } from "../s3/object-store";
import { type Appearance, grantsToResend } from "./appearance";
import { LARGEST_COPY } from "./decide";
import type { Journal } from "./journal";
import { copyInParts } from "./multipart-copy";

export interface Replacement {
  readonly source: CopySource;
  readonly key: string;
  /** The ETag that the destination must have at the commit. @default no condition */
  readonly ifMatch?: string;
  readonly encryption: EncryptionTarget;
  /** What the copy shall look like: S3 copies metadata by itself, the rest is sent. */
  readonly wanted: Appearance;
  /**
   * Whether the tags are sent as well.
   *
   * @default false: S3 copies those that the source has at that moment
   */
  readonly sendTags?: boolean;
}

/** Which customer key a copy has to read its source with. */
export const customerKeyMd5Of = (encryption: Encryption): string | undefined =>
  encryption.is === "customer" ? encryption.keyMd5 : undefined;

/**
 * Writes a copy, in one request or in parts. Its intent is on the disk before S3 hears of it.
 *
 * @param notice told of an upload that could not be aborted
 */
export async function replace(
  store: ObjectStore,
  journal: Journal,
  request: Replacement,
  notice: (message: string) => void = () => undefined,
): Promise<Answer<Copied>> {
  const { source, key, ifMatch, encryption, wanted, sendTags } = request;
  const intent = { t: "intent", key, etag: source.ifMatch, versionId: wanted.state.versionId } as const;
  if (wanted.state.size > LARGEST_COPY) {
    const begun = (uploadId: string) => journal.append({ ...intent, uploadId });
    return copyInParts(store, { source, key, ifMatch, encryption, wanted, begun, notice });
  }
  await journal.append(intent);
  return store.copy({
    source,
    key,
    ifMatch,
    encryption,
    storageClass: wanted.state.storageClass,
    websiteRedirect: wanted.state.websiteRedirect,
    tags: sendTags ? wanted.tags : undefined,
    grants: grantsToResend(wanted.acl),
  });
}
