import { isDeepStrictEqual } from "node:util";
import type { Acl, Answer, Grant, ObjectId, ObjectState, ObjectStore, Tag } from "../s3/object-store";

/** All that a change of encryption has to leave as it is. */
export interface Appearance {
  readonly state: ObjectState;
  readonly tags: readonly Tag[];
  /** Nothing in buckets where ACLs are off. */
  readonly acl?: Acl;
}

/**
 * Reads everything of an object, its checksum included. ACLs are left out where the bucket has them off.
 *
 * HEAD comes first, and tags and ACL are those of the version that it showed. Without versions, what is written after it
 * has another ETag. So no copy can carry the tags or the ACL of one object with the ETag of the next.
 */
export async function lookClosely(store: ObjectStore, id: ObjectId, acls: boolean): Promise<Answer<Appearance>> {
  const state = await store.head({ ...id, checksum: true });
  if (state.is !== "done") return state;
  const seen = { key: id.key, versionId: state.value.versionId };
  const [tags, acl] = await Promise.all([store.getTags(seen), acls ? store.getAcl(seen) : undefined]);
  if (tags.is !== "done") return tags;
  if (acl && acl.is !== "done") return acl;
  return { is: "done", value: { state: state.value, tags: tags.value, acl: acl?.value } };
}

type Texts = Readonly<Record<string, string | undefined>>;

/** Order says nothing, and neither does a name without a value. */
function sameTexts(one: Texts, other: Texts): boolean {
  for (const name of Object.keys(one)) if (one[name] !== other[name]) return false;
  for (const name of Object.keys(other)) if (one[name] !== other[name]) return false;
  return true;
}

const byKey = (tags: readonly Tag[]): Texts => Object.fromEntries(tags.map(({ key, value }) => [key, value]));

const grantSet = (acl: Acl | undefined): ReadonlySet<string> =>
  new Set(acl?.grants.map(({ grantee, permission }) => `${permission} ${grantee.is} ${grantee.value}`));

type Aspect = (one: Appearance, other: Appearance) => boolean;

/** Whether two appearances are equal in one aspect. Every object passes through all of them, most with nothing to tell. */
const same: Readonly<Record<string, Aspect>> = {
  size: ({ state: one }, { state: other }) => one.size === other.size,
  metadata: ({ state: one }, { state: other }) =>
    one.missingMetadata === other.missingMetadata && sameTexts(one.metadata, other.metadata),
  headers: ({ state: one }, { state: other }) => sameTexts({ ...one.headers }, { ...other.headers }),
  "storage class": ({ state: one }, { state: other }) => one.storageClass === other.storageClass,
  "website redirect": ({ state: one }, { state: other }) => one.websiteRedirect === other.websiteRedirect,
  lock: ({ state: one }, { state: other }) => one.lock === other.lock || isDeepStrictEqual(one.lock, other.lock),
  tags: ({ tags: one }, { tags: other }) =>
    one === other || (one.length === 0 && other.length === 0) || sameTexts(byKey(one), byKey(other)),
  ACL: ({ acl: one }, { acl: other }) => one === other || isDeepStrictEqual(grantSet(one), grantSet(other)),
  owner: ({ acl: one }, { acl: other }) => one?.owner === other?.owner,
};

/** A copy computes a checksum of the whole object, so a composite one has no counterpart. */
function checksumDiffers({ state: before }: Appearance, { state: after }: Appearance): boolean {
  const [old, now] = [before.checksum, after.checksum];
  if (!old || old.type === "COMPOSITE") return false;
  return old.algorithm !== now?.algorithm || (now.type === "FULL_OBJECT" && now.value !== old.value);
}

/** Names of what is not the same. Encryption, ETag, date and version id are for others to judge. */
export function differences(before: Appearance, after: Appearance): string[] {
  const names = differencesShown(before, after);
  if (checksumDiffers(before, after)) names.push("checksum");
  return names;
}

/** The same without the checksum, which S3 only shows to those who ask. */
export function differencesShown(before: Appearance, after: Appearance): string[] {
  const names: string[] = [];
  for (const name in same) if (!same[name]?.(before, after)) names.push(name);
  return names;
}

/** The grants that a copy has to be sent with. None for the private default, so that it takes no further permission. */
export function grantsToResend(acl: Acl | undefined): readonly Grant[] {
  const [only, ...others] = acl?.grants ?? [];
  const isPrivate =
    others.length === 0 &&
    only?.permission === "FULL_CONTROL" &&
    only.grantee.is === "id" &&
    only.grantee.value === acl?.owner;
  return isPrivate ? [] : (acl?.grants ?? []);
}

/**
 * What should be there after somebody changed `seen` into `theirs` while we were writing `wanted`, which is now `actual`.
 *
 * Whatever they changed wins; if they wrote another version, that is all of it. Tags and ACL can also be changed on our copy itself, and then that change is the later one;
 * it can be told from ours since both were sent with the copy.
 */
export function withTheirChanges(
  seen: Appearance,
  theirs: Appearance,
  wanted: Appearance,
  actual: Appearance,
): Appearance {
  const isSameVersion = theirs.state.versionId === seen.state.versionId;
  const changed = new Set(isSameVersion ? differences(seen, theirs) : Object.keys(same));
  const since = new Set(differences(wanted, actual));
  const pick = (aspect: string): Appearance => (changed.has(aspect) ? theirs : actual);
  const pickChangeable = (aspect: "tags" | "ACL"): Appearance => (since.has(aspect) ? actual : pick(aspect));
  return {
    tags: pickChangeable("tags").tags,
    acl: pickChangeable("ACL").acl,
    state: {
      ...actual.state,
      metadata: pick("metadata").state.metadata,
      missingMetadata: pick("metadata").state.missingMetadata,
      headers: pick("headers").state.headers,
      storageClass: pick("storage class").state.storageClass,
      websiteRedirect: pick("website redirect").state.websiteRedirect,
    },
  };
}

/**
 * How an aspect looks in an object that was put without it. What a copy loses it loses to this.
 *
 * What is not here is no one's to change in an object that is there.
 */
const isDefault: Readonly<Record<string, (appearance: Appearance) => boolean>> = {
  metadata: ({ state }) => state.missingMetadata === 0 && Object.keys(state.metadata).length === 0,
  headers: ({ state: { headers } }) =>
    sameTexts({ ...headers, contentType: undefined }, {}) &&
    (headers.contentType === undefined || headers.contentType === "binary/octet-stream"),
  "storage class": ({ state }) => state.storageClass === "STANDARD",
  "website redirect": ({ state }) => state.websiteRedirect === undefined,
  lock: ({ state }) => state.lock === undefined,
  tags: ({ tags }) => tags.length === 0,
  ACL: ({ acl }) => grantsToResend(acl).length === 0,
};

const inPlace = new Set(["tags", "ACL", "lock"]);

/** What S3 reads from a copy's source by itself, which may be another version by then. The rest is as it was sent. */
export const readByS3: readonly string[] = ["metadata", "headers", "checksum"];

/** Whether all that differs can be changed without another version. */
export const areInPlace = (different: readonly string[]): boolean => different.every((aspect) => inPlace.has(aspect));

/**
 * Whether what differs was changed by somebody else, and cannot have been lost.
 *
 * @param keepsVersion whether it is still the version that was written, of which only tags, ACL and lock can change
 */
export function isTheirDoing(different: readonly string[], actual: Appearance, keepsVersion: boolean): boolean {
  const given = (aspect: string) => isDefault[aspect]?.(actual) === false;
  return keepsVersion ? areInPlace(different) && different.every(given) : different.some((aspect) => given(aspect));
}

/** Whether an answer says that the object is not there (any more), or that it is a delete marker by now, which is a 405. */
export const isMissing = (answer: Answer<unknown>): boolean =>
  answer.is === "refused" && (answer.status === 404 || answer.status === 405);
