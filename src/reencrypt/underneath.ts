import type { Answer, CopySource, ObjectId, ObjectState, ObjectStore } from "../s3/object-store";
import { type Appearance, areInPlace, differences, isMissing, lookClosely, withTheirChanges } from "./appearance";
import { type CopyAttempt, mayHaveMade } from "./attempt";
import type { ConvertContext } from "./convert";
import { isEncryptedAs } from "./decide";
import { describe } from "./outcome";
import { customerKeyMd5Of, staysUnderneath } from "./replace";

/** Versions that are looked through: more than anybody writes while an object is copied, or before the run goes on. */
const MOST_SINCE = 100;

export type Underneath =
  /** Nothing is due. `below` is what the copy replaced, as it is now, where that is kept. */
  | { readonly is: "as seen"; readonly below?: Appearance }
  /** What should be on top, and what to copy it from: a version that has the metadata that is due. */
  | { readonly is: "changed"; readonly below: Appearance; readonly due: Appearance; readonly source: CopySource }
  | { readonly is: "unreadable"; readonly message: string };

/**
 * Whether somebody changed an object in the instant before our copy replaced it, in a way that leaves the ETag equal.
 *
 * The same bytes put again with other metadata, other tags or another ACL pass both conditions of a copy.
 * In a versioned bucket what the copy replaced is still there, as the version underneath. It is compared with what we
 * saw: what differs is due to be copied on top, again as a compare-and-swap.
 *
 * @param attempt the copy, which is current as `actual`
 * @param lost other copies that may have been made, which are nobody else's change
 */
export async function changedUnderneath(
  context: ConvertContext,
  attempt: CopyAttempt,
  lost: readonly CopyAttempt[],
  actual: Appearance,
): Promise<Underneath> {
  const { store, bucket } = context;
  const { seen } = attempt;
  const { key, versionId, etag } = actual.state;
  if (versionId === undefined || versionId === seen.state.versionId) return { is: "as seen" }; // nothing is kept underneath
  const below = await versionBelow(store, { key, versionId });
  if (below.is !== "done") return { is: "unreadable", message: `its versions could not be listed: ${describe(below)}` };
  if (below.value === undefined) return { is: "as seen" };

  const looked = await lookClosely(store, { key, versionId: below.value }, bucket.aclOwner !== undefined);
  if (isMissing(looked)) return { is: "as seen" };
  if (looked.is !== "done") {
    return { is: "unreadable", message: `version ${below.value} could not be looked at: ${describe(looked)}` };
  }
  const theirs = looked.value;
  if (theirs.state.etag !== seen.state.etag) return { is: "as seen" }; // written by one who saw our copy and went on
  const changed = await theirChanges(context, attempt, lost, theirs, actual);
  if (changed.is !== "done") {
    return {
      is: "unreadable",
      message: `version ${seen.state.versionId} could not be looked at: ${describe(changed)}`,
    };
  }
  const { due, below: replaced } = changed.value;
  const missing = differences(due, actual);
  if (missing.length === 0) return { is: "as seen", below: replaced };

  // Tags, ACL, class and redirect can be sent; metadata only comes from a version that has it.
  const fromTheirs = missing.includes("metadata") || missing.includes("headers");
  const source = fromTheirs
    ? {
        key,
        versionId: below.value,
        ifMatch: theirs.state.etag,
        customerKeyMd5: customerKeyMd5Of(theirs.state.encryption),
      }
    : { key, versionId, ifMatch: etag };
  return { is: "changed", below: replaced, due, source };
}

/**
 * What should be on top of the version that a copy of ours has replaced.
 *
 * Where that version is an earlier copy of ours that nobody saw, it has changes made on it since, and the version below it
 * those that were made before.
 *
 * @returns `below` is the version that somebody may have locked: the earlier copy, or the one that it replaced
 */
async function theirChanges(
  { store, bucket, target }: ConvertContext,
  attempt: CopyAttempt,
  lost: readonly CopyAttempt[],
  theirs: Appearance,
  actual: Appearance,
): Promise<Answer<{ readonly due: Appearance; readonly below: Appearance }>> {
  const { seen, wanted } = attempt;
  const { key, versionId } = seen.state;
  const answer = (due: Appearance, below: Appearance) => ({ is: "done", value: { due, below } }) as const;
  const isCopy = (one: CopyAttempt) =>
    one !== attempt &&
    one.seen.state.versionId === versionId &&
    mayHaveMade(one, theirs.state) &&
    areInPlace(differences(one.wanted, theirs));
  const isEarlier = theirs.state.versionId !== versionId && isEncryptedAs(theirs.state.encryption, target);
  const copy = isEarlier ? lost.find(isCopy) : undefined;
  if (!copy) return answer(withTheirChanges(seen, theirs, wanted, actual), theirs);

  const { state, ...held } = copy.wanted;
  const asSent: Appearance = { ...held, state: { ...state, versionId: theirs.state.versionId } };
  const due = withTheirChanges(asSent, theirs, wanted, actual);
  if (!staysUnderneath(versionId)) return answer(due, theirs);
  const before = await lookClosely(store, { key, versionId }, bucket.aclOwner !== undefined);
  if (isMissing(before)) return answer(due, theirs);
  if (before.is !== "done") return before;
  const isLocked = before.value.state.lock && !theirs.state.lock;
  return answer(withTheirChanges(seen, before.value, wanted, due), isLocked ? before.value : theirs);
}

async function versionBelow(
  store: ObjectStore,
  { key, versionId }: Required<ObjectId>,
): Promise<Answer<string | undefined>> {
  const page = await store.listVersions({ prefix: key, keyMarker: key, versionIdMarker: versionId, limit: 2 });
  if (page.is !== "done") return page;
  const [below] = page.value.versions.filter((version) => version.key === key && !version.deleteMarker);
  return { is: "done", value: below?.versionId };
}

/**
 * Whether the current object is a copy of ours whose answer never came: it has the class and redirect that were sent, and
 * what S3 copies by itself from what we saw, or from a version that somebody has put on top of that since.
 *
 * One request makes one version at most. So it is none of ours if there is one below it that is just what was sent.
 */
export async function isLostCopy(
  context: ConvertContext,
  actual: Appearance,
  { seen, wanted }: CopyAttempt,
): Promise<Answer<boolean>> {
  const differsFrom = (one: Appearance, other: Appearance, aspects: readonly string[]) =>
    differences(one, other).some((aspect) => aspects.includes(aspect));
  const answer = (value: boolean) => ({ is: "done", value }) as const;
  if (differsFrom(wanted, actual, ["size", "storage class", "website redirect"])) return answer(false);
  const since = await writtenSince(context, seen.state, actual.state);
  if (since.is !== "done") return since;
  const read = [wanted];
  const canBeFrom = (version: Appearance) =>
    read.some((source) => !differsFrom(source, version, ["metadata", "headers", "checksum"]));
  for (const version of since.value) {
    const isSent = !differsFrom(wanted, version, ["size", "storage class", "website redirect", "tags", "ACL"]);
    if (isSent && isEncryptedAs(version.state.encryption, context.target) && canBeFrom(version)) return answer(false);
    if (version.state.etag === seen.state.etag) read.push(version);
  }
  return answer(canBeFrom(actual));
}

/** The versions between the one that was seen and the current one, the oldest first. */
async function writtenSince(
  { store, bucket }: ConvertContext,
  seen: ObjectState,
  { key, versionId }: ObjectState,
): Promise<Answer<readonly Appearance[]>> {
  if (versionId === undefined || !staysUnderneath(seen.versionId)) return { is: "done", value: [] };
  const page = await store.listVersions({ prefix: key, keyMarker: key, versionIdMarker: versionId, limit: MOST_SINCE });
  if (page.is !== "done") return page;
  const versions: Appearance[] = [];
  for (const version of page.value.versions) {
    if (version.key !== key || version.versionId === seen.versionId) break;
    if (version.deleteMarker) continue;
    const looked = await lookClosely(store, { key, versionId: version.versionId }, bucket.aclOwner !== undefined);
    if (looked.is === "done") versions.unshift(looked.value);
    else if (!isMissing(looked)) return looked;
  }
  return { is: "done", value: versions };
}
