import { isDeepStrictEqual } from "node:util";
import type { Acl, Answer, Grant, ObjectId, ObjectState, ObjectStore, Tag } from "../s3/object-store";

/** All that a change of encryption has to leave as it is. */
export interface Appearance {
  readonly state: ObjectState;
  readonly tags: readonly Tag[];
  /** Nothing in buckets where ACLs are off. */
  readonly acl?: Acl;
}

/** Reads everything of an object, its checksum included. ACLs are left out where the bucket has them off. */
export async function lookClosely(store: ObjectStore, id: ObjectId, acls: boolean): Promise<Answer<Appearance>> {
  const [state, tags, acl] = await Promise.all([
    store.head({ ...id, checksum: true }),
    store.getTags(id),
    acls ? store.getAcl(id) : undefined,
  ]);
  if (state.is !== "done") return state;
  if (tags.is !== "done") return tags;
  if (acl && acl.is !== "done") return acl;
  return { is: "done", value: { state: state.value, tags: tags.value, acl: acl?.value } };
}

const byKey = (tags: readonly Tag[]) => new Map(tags.map(({ key, value }) => [key, value]));
const grantSet = (acl: Acl | undefined) =>
  new Set(acl?.grants.map(({ grantee, permission }) => `${permission} ${grantee.is} ${grantee.value}`));

type Aspect = (appearance: Appearance) => unknown;

/** In a form that can be compared: order of tags and grants says nothing. */
const aspects: Readonly<Record<string, Aspect>> = {
  size: ({ state }) => state.size,
  metadata: ({ state }) => ({ ...state.metadata, missing: state.missingMetadata }),
  headers: ({ state }) => ({ ...state.headers }),
  "storage class": ({ state }) => state.storageClass,
  "website redirect": ({ state }) => state.websiteRedirect,
  lock: ({ state }) => state.lock,
  tags: ({ tags }) => byKey(tags),
  ACL: ({ acl }) => grantSet(acl),
  owner: ({ acl }) => acl?.owner,
};

/** A copy computes a checksum of the whole object, so a composite one has no counterpart. */
function checksumDiffers({ state: before }: Appearance, { state: after }: Appearance): boolean {
  const [old, now] = [before.checksum, after.checksum];
  if (!old || old.type === "COMPOSITE") return false;
  return old.algorithm !== now?.algorithm || (now.type === "FULL_OBJECT" && now.value !== old.value);
}

/** Names of what is not the same. Encryption, ETag, date and version id are for others to judge. */
export function differences(before: Appearance, after: Appearance): string[] {
  const names = Object.entries(aspects)
    .filter(([, aspect]) => !isDeepStrictEqual(aspect(before), aspect(after)))
    .map(([name]) => name);
  return checksumDiffers(before, after) ? [...names, "checksum"] : names;
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
 * Whatever they changed wins. Tags and ACL can also be changed on our copy itself, and then that change is the later one;
 * it can be told from ours since both were sent with the copy.
 */
export function withTheirChanges(
  seen: Appearance,
  theirs: Appearance,
  wanted: Appearance,
  actual: Appearance,
): Appearance {
  const changed = new Set(differences(seen, theirs));
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

/** Whether an answer says that the object is not there (any more). */
export const isMissing = (answer: Answer<unknown>): boolean => answer.is === "refused" && answer.status === 404;
