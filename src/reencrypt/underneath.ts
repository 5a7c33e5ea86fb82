import type { Answer, CopySource, ObjectId, ObjectState, ObjectStore } from "../s3/object-store";
import { type Appearance, differences, isMissing, lookClosely, readByS3, withTheirChanges } from "./appearance";
import { type CopyAttempt, mayHaveMade } from "./attempt";
import type { VisitContext } from "./convert";
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
  context: VisitContext,
  attempt: CopyAttempt,
  lost: readonly CopyAttempt[],
  actual: Appearance,
): Promise<Underneath> {
  const { store, bucket } = context;
  const { seen, wanted } = attempt;
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
  const asDue = await dueFrom(context, attempt, lost, theirs);
  if (asDue.is === "unreadable") return asDue;
  const due = withTheirChanges(seen, asDue.due, wanted, actual);
  const missing = differences(due, actual);
  if (missing.length === 0) return { is: "as seen", below: asDue.below };

  // Tags, ACL, class and redirect can be sent; metadata only comes from a version that has it.
  const fromTheirs = missing.includes("metadata") || missing.includes("headers");
  return { ...asDue, is: "changed", due, source: fromTheirs ? asDue.source : { key, versionId, ifMatch: etag } };
}

/** What a version should look like, and what it would be copied from. `below` is what somebody may have locked. */
type Due = Omit<Extract<Underneath, { is: "changed" }>, "is"> & { readonly is: "due" };

/**
 * What the version that a copy has replaced should look like: as it does, unless it is an earlier copy of ours, of which
 * nobody knew. Then what is underneath that one counts as well.
 */
async function dueFrom(
  context: VisitContext,
  attempt: CopyAttempt,
  lost: readonly CopyAttempt[],
  theirs: Appearance,
): Promise<Due | Extract<Underneath, { is: "unreadable" }>> {
  const { key, etag, versionId, encryption } = theirs.state;
  const source = { key, versionId, ifMatch: etag, customerKeyMd5: customerKeyMd5Of(encryption) };
  const asItIs: Due = { is: "due", below: theirs, due: theirs, source };
  const earlier = await earlierCopy(context, attempt, lost, theirs);
  if (earlier.is !== "done") {
    return {
      is: "unreadable",
      message: `what is below version ${versionId} could not be looked at: ${describe(earlier)}`,
    };
  }
  if (!earlier.value) return asItIs;
  const others = lost.filter((one) => one !== earlier.value);
  const underneath = await changedUnderneath(context, earlier.value, others, theirs);
  if (underneath.is === "unreadable") return underneath;
  const below = theirs.state.lock ? theirs : (underneath.below ?? theirs);
  return underneath.is === "changed" ? { ...underneath, is: "due", below } : { ...asItIs, below };
}

/** Which one of the copies that may have been made the version is that another copy has replaced. */
async function earlierCopy(
  context: VisitContext,
  attempt: CopyAttempt,
  lost: readonly CopyAttempt[],
  theirs: Appearance,
): Promise<Answer<CopyAttempt | undefined>> {
  // Both were to replace the same: one that was to replace a copy is not below it.
  const { versionId } = attempt.seen.state;
  const others = lost.filter((one) => one.seen.state.versionId === versionId);
  for (const one of others.filter((other) => canBe(context, other, theirs.state))) {
    const isCopy = await isLostCopy(context, theirs, one, lost);
    if (isCopy.is !== "done") return isCopy;
    if (isCopy.value) return { is: "done", value: one };
  }
  return { is: "done", value: undefined };
}

/** Whether a version underneath can be a copy whose answer never came, by what a look at it alone shows. */
const canBe = ({ awaitedHere, target }: VisitContext, attempt: CopyAttempt, version: ObjectState): boolean =>
  isEncryptedAs(version.encryption, target) && mayHaveMade(attempt, version) && !awaitedHere.isAnswered(version);

/** Nothing where that is a delete marker: what was put on top of one has replaced nothing. */
async function versionBelow(
  store: ObjectStore,
  { key, versionId }: Required<ObjectId>,
): Promise<Answer<string | undefined>> {
  const page = await store.listVersions({ prefix: key, keyMarker: key, versionIdMarker: versionId, limit: 1 });
  if (page.is !== "done") return page;
  const [below] = page.value.versions;
  return { is: "done", value: below?.key === key && !below.deleteMarker ? below.versionId : undefined };
}

/**
 * Whether the current object is a copy of ours whose answer never came: it has the class and redirect that were sent, and
 * what S3 copies by itself from what we saw, or from a version that somebody has put on top of that since.
 *
 * One request makes one version at most. So it is none of ours if there is one below it that is just what was sent, unless
 * that is another copy, which was sent alike: of one whose answer came it is known which.
 *
 * @param lost all copies that may have been made
 */
export async function isLostCopy(
  context: VisitContext,
  actual: Appearance,
  attempt: CopyAttempt,
  lost: readonly CopyAttempt[],
): Promise<Answer<boolean>> {
  const { seen, wanted } = attempt;
  const differsFrom = (one: Appearance, other: Appearance, aspects: readonly string[]) =>
    differences(one, other).some((aspect) => aspects.includes(aspect));
  const answer = (value: boolean) => ({ is: "done", value }) as const;
  if (differsFrom(wanted, actual, ["size", "storage class", "website redirect"])) return answer(false);
  const since = await writtenSince(context, seen.state, actual.state);
  if (since.is !== "done") return since;
  const read = [wanted];
  const others = new Set(lost.filter((one) => one !== attempt && one.seen.state.versionId === seen.state.versionId));
  const canBeFrom = (version: Appearance) => read.some((source) => !differsFrom(source, version, readByS3));
  const isSentAs = (version: Appearance) => (one: CopyAttempt) =>
    !differsFrom(one.wanted, version, ["size", "storage class", "website redirect", "tags", "ACL"]);
  for (const version of since.value) {
    if (canBe(context, attempt, version.state) && canBeFrom(version) && isSentAs(version)(attempt)) {
      const other = [...others].find(isSentAs(version));
      if (!other) return answer(false);
      others.delete(other);
    }
    if (version.state.etag === seen.state.etag) read.push(version);
  }
  return answer(canBeFrom(actual));
}

/** The versions between the one that was seen and the current one, the oldest first. */
async function writtenSince(
  { store, bucket }: VisitContext,
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
