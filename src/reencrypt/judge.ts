import type { Answer, Copied, ObjectId, ObjectState, Refused } from "../s3/object-store";
import {
  type Appearance,
  areInPlace,
  differences,
  differencesShown,
  grantsToResend,
  isMissing,
  isTheirDoing,
  lookClosely,
  readByS3,
} from "./appearance";
import { type Attempt, type CopyAttempt, mayHaveMade } from "./attempt";
import type { VisitContext } from "./convert";
import { isEncryptedAs } from "./decide";
import { describe, type ObjectOutcome } from "./outcome";
import { replace, staysUnderneath } from "./replace";
import { changedUnderneath, isLostCopy, type Underneath } from "./underneath";

/** Times that other people's changes are put back on top of a copy before it is given up. */
const REPAIRS = 5;

/**
 * Whose doing is it that the object is now as the target says, and is it otherwise what it was?
 *
 * @param last our last change of it in this visit
 * @param lost copies of it whose answer never came, newest first. Only what looks like one of them counts as one.
 */
export async function judge(
  context: VisitContext,
  id: ObjectId,
  last: Attempt | undefined,
  lost: readonly CopyAttempt[],
): Promise<ObjectOutcome> {
  for (const attempt of await likeliestFirst(context, id, lost)) {
    const judged = await judgeCopy(
      context,
      id,
      attempt,
      lost.filter((one) => one !== attempt),
    );
    if (judged) return judged;
  }
  return { ...id, outcome: last ? "changedMeanwhile" : "alreadyRight" };
}

/**
 * Of several copies first those that the object is exactly like, then those that were sent with what it has: others may be
 * like it but for what was changed since.
 */
async function likeliestFirst(
  { store, bucket }: VisitContext,
  id: ObjectId,
  lost: readonly CopyAttempt[],
): Promise<readonly CopyAttempt[]> {
  const now = lost.length > 1 ? await lookClosely(store, id, bucket.aclOwner !== undefined) : undefined;
  if (now?.is !== "done") return lost;
  // Tags and grants that are not there may have been taken away.
  const isGiven = now.value.tags.length > 0 || grantsToResend(now.value.acl).length > 0;
  const unlikeness = ({ wanted }: CopyAttempt): number => {
    const different = differences(wanted, now.value);
    if (different.length === 0) return 0;
    return isGiven && different.every((aspect) => readByS3.includes(aspect)) ? 1 : 2;
  };
  return [...lost].sort((one, other) => unlikeness(one) - unlikeness(other));
}

/** Whether an update is what made the object what it is now. */
export function judgeUpdate(id: ObjectId, before: ObjectState, now: ObjectState): ObjectOutcome {
  const written =
    now.etag !== before.etag || now.versionId !== before.versionId || now.lastModified !== before.lastModified;
  if (written) return { ...id, outcome: "changedMeanwhile" };
  // An update does not touch the bytes, so that there was no reason to ask for a checksum.
  const after: Appearance = { state: now, tags: [] };
  const lost = differencesShown({ state: before, tags: [] }, after);
  if (lost.length === 0) return { ...id, outcome: "updated" };
  // Overwritten with the same bytes within the same second.
  if (isTheirDoing(lost, after, staysUnderneath(now.versionId))) return { ...id, outcome: "changedMeanwhile" };
  return { ...id, outcome: "notAsBefore", message: `differs after the update: ${lost.join(", ")}` };
}

/**
 * Reads a copy back, and puts on top of it what somebody changed in the instant before it.
 *
 * Nothing if the current object is not that copy, or not encrypted as asked: then it has to be looked at anew.
 *
 * @param lost other copies that may have been made, newest first: one that is underneath is nobody else's change
 * @param repairs times that other people's changes may still be put on top before it is given up
 */
export async function judgeCopy(
  context: VisitContext,
  id: ObjectId,
  attempt: CopyAttempt,
  lost: readonly CopyAttempt[],
  repairs = REPAIRS,
): Promise<ObjectOutcome | undefined> {
  const { store, bucket, target } = context;
  const copied = attempt.answer.is === "done" ? attempt.answer.value : undefined;
  const notAsBefore = (message: string): ObjectOutcome => ({ ...id, outcome: "notAsBefore", message });
  if (repairs === 0) return notAsBefore("somebody else's changes could not be put back on top of the copy");

  const close = await lookClosely(store, id, bucket.aclOwner !== undefined);
  if (isMissing(close)) return undefined;
  if (close.is !== "done") return notAsBefore(`could not be read back: ${describe(close)}`);
  const actual = close.value;
  const isThere = copied ? isOurs(copied, actual.state) : mayHaveMade(attempt, actual.state);
  if (!isThere || !isEncryptedAs(actual.state.encryption, target)) return undefined;

  const underneath = await changedUnderneath(context, attempt, lost, actual);
  if (underneath.is === "unreadable") return notAsBefore(underneath.message);
  if (!copied) {
    const isCopy = await isLostCopy(context, actual, attempt, lost);
    if (isCopy.is !== "done") return notAsBefore(`its versions could not be looked at: ${describe(isCopy)}`);
    if (!isCopy.value) return undefined;
  }
  const lockedBelow = underneath.below?.state.lock ? underneath.below.state.versionId : attempt.lockedBelow;
  const made = { ...attempt, lockedBelow };
  const judged =
    underneath.is === "as seen"
      ? judgeAsSeen(id, made, underneath.below, actual)
      : await putOnTop(context, id, made, lost, underneath, actual, repairs);
  // Not where it was overtaken: what has come on top may go away again.
  if (!copied && judged && judged.outcome !== "changedMeanwhile") context.awaitedHere.found(attempt, actual.state);
  return judged;
}

/** The same where nothing is due on top of the copy. */
function judgeAsSeen(
  id: ObjectId,
  { by, wanted, lockedBelow, answer }: CopyAttempt,
  below: Appearance | undefined,
  actual: Appearance,
): ObjectOutcome | undefined {
  if (lockedBelow !== undefined && !actual.state.lock) {
    const message = `somebody locked version ${lockedBelow} while it was being copied`;
    return { ...id, outcome: "notAsBefore", message };
  }
  // What differs because it was changed before S3 read it, and was copied as changed, is as it should be.
  const differsFromBelow = new Set(below && differences(below, actual));
  const differing = differences(wanted, actual).filter((aspect) => !below || differsFromBelow.has(aspect));
  if (differing.length === 0) return { ...id, outcome: by };
  const isSeen = answer.is === "done";
  const { versionId } = isSeen ? answer.value : actual.state;
  // Of a copy that nobody saw, tags may have been taken away as well as given. S3 is not known to lose any.
  if (!isSeen && staysUnderneath(versionId) && areInPlace(differing)) return { ...id, outcome: by };
  if (isTheirDoing(differing, actual, staysUnderneath(versionId))) {
    return { ...id, outcome: staysUnderneath(versionId) ? by : "changedMeanwhile" };
  }
  // Not seen, it is somebody else's after all, who wrote the same.
  if (!isSeen) return undefined;
  return { ...id, outcome: "notAsBefore", message: `differs after the copy: ${differing.join(", ")}` };
}

/** The same where something is due on top of it. Nothing if somebody was faster: then it has to be looked at anew. */
async function putOnTop(
  context: VisitContext,
  id: ObjectId,
  attempt: CopyAttempt,
  lost: readonly CopyAttempt[],
  { due, source }: Extract<Underneath, { is: "changed" }>,
  actual: Appearance,
  repairs: number,
): Promise<ObjectOutcome | undefined> {
  const { store, target } = context;
  const { by, lockedBelow } = attempt;
  const notAsBefore = (message: string): ObjectOutcome => ({ ...id, outcome: "notAsBefore", message });
  const answer = await replace(store, context, {
    ...{ source, key: actual.state.key, ifMatch: actual.state.etag, encryption: target },
    ...{ wanted: due, seen: actual, lockedBelow, sendTags: true },
  });
  // What was in its way may have come to nothing: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
  if (isInConflict(answer)) return judgeCopy(context, id, attempt, lost, repairs - 1);
  if (answer.is === "refused" && (isOvertaken(answer) || isMissing(answer))) return undefined; // theirs is on top
  if (answer.is === "refused") {
    return notAsBefore(`a change of somebody else could not be put back on top of the copy: ${describe(answer)}`);
  }
  const repair: CopyAttempt = { by, seen: actual, wanted: due, lockedBelow, answer };
  const judged = await judgeCopy(context, id, repair, lost, repairs - 1);
  if (judged || answer.is === "done") return judged;
  // Where nobody knows whether S3 made it, it may not be there, or come while that is looked at.
  const before = await judgeCopy(context, id, attempt, lost, repairs - 1);
  return before ?? judgeCopy(context, id, repair, lost, repairs - 1);
}

const isInConflict = (answer: Answer<Copied>): boolean => answer.is === "refused" && answer.status === 409;

/** Written once more since, or, with versioning suspended, become a delete marker that cannot be copied. */
const isOvertaken = ({ status, code, message }: Refused): boolean =>
  status === 412 || (code === "InvalidRequest" && /delete marker/.test(message));

const isOurs = (copied: Copied, now: ObjectState): boolean =>
  copied.etag === now.etag && (copied.versionId === undefined || copied.versionId === now.versionId);
