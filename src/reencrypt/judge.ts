import type { Answer, Copied, ObjectId, ObjectState, Refused } from "../s3/object-store";
import { type Appearance, differences, differencesShown, isMissing, isTheirDoing, lookClosely } from "./appearance";
import type { ConvertContext } from "./convert";
import { isEncryptedAs } from "./decide";
import { describe, type ObjectOutcome } from "./outcome";
import { replace, staysUnderneath } from "./replace";
import { changedUnderneath, looksLikeCopy } from "./underneath";

/** Times that other people's changes are put back on top of a copy before it is given up. */
const REPAIRS = 5;

/** A change of ours that may have had an effect. */
export type Attempt = UpdateAttempt | CopyAttempt;

interface UpdateAttempt {
  readonly by: "updated";
  readonly before: ObjectState;
  readonly answer: Answer<void>;
}

export interface CopyAttempt {
  readonly by: "copied" | "copiedInParts";
  /** What the copy replaced, as we saw it. */
  readonly seen: Appearance;
  /** What the copy was to look like. */
  readonly wanted: Appearance;
  readonly answer: Answer<Copied>;
}

/** A copy whose answer never came, to this process or to one that is gone: it may have had its effect, or have it yet. */
export const isLost = (attempt: Attempt | undefined): attempt is CopyAttempt =>
  attempt !== undefined && attempt.by !== "updated" && attempt.answer.is === "unknown";

/**
 * Whose doing is it that the object is now as the target says, and is it otherwise what it was?
 *
 * @param last our last change of it in this visit
 * @param lost copies of it whose answer never came, newest first. Only what looks like one of them counts as one.
 */
export async function judge(
  context: ConvertContext,
  id: ObjectId,
  now: ObjectState,
  last: Attempt | undefined,
  lost: readonly CopyAttempt[],
): Promise<ObjectOutcome> {
  if (last?.by === "updated") return judgeUpdate(id, last.before, now);
  for (const attempt of lost) {
    const judged = await judgeCopy(context, id, attempt);
    if (judged) return judged;
  }
  return { ...id, outcome: last ? "changedMeanwhile" : "alreadyRight" };
}

function judgeUpdate(id: ObjectId, before: ObjectState, now: ObjectState): ObjectOutcome {
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
 */
export async function judgeCopy(
  context: ConvertContext,
  id: ObjectId,
  attempt: CopyAttempt,
): Promise<ObjectOutcome | undefined> {
  const { store, bucket, target } = context;
  const notAsBefore = (message: string): ObjectOutcome => ({ ...id, outcome: "notAsBefore", message });
  let { seen, wanted } = attempt;
  let copied = attempt.answer.is === "done" ? attempt.answer.value : undefined;
  let lockedBelow: string | undefined;

  for (let repair = 0; repair < REPAIRS; repair++) {
    const close = await lookClosely(store, id, bucket.aclOwner !== undefined);
    if (isMissing(close)) return undefined;
    if (close.is !== "done") return notAsBefore(`could not be read back: ${describe(close)}`);
    const actual = close.value;
    if ((copied && !isOurs(copied, actual.state)) || !isEncryptedAs(actual.state.encryption, target)) return undefined;

    const underneath = await changedUnderneath(context, seen, wanted, actual);
    if (underneath.is === "unreadable") return notAsBefore(underneath.message);
    if (!copied && !looksLikeCopy(actual, wanted, underneath.below)) return undefined;
    if (underneath.below?.state.lock) lockedBelow = underneath.below.state.versionId;
    if (underneath.is === "as seen") {
      if (lockedBelow !== undefined && !actual.state.lock) {
        return notAsBefore(`somebody locked version ${lockedBelow} while it was being copied`);
      }
      // What differs because it was changed before S3 read it, and was copied as changed, is as it should be.
      const differsFromBelow = new Set(underneath.below && differences(underneath.below, actual));
      const lost = differences(wanted, actual).filter((aspect) => !underneath.below || differsFromBelow.has(aspect));
      if (lost.length === 0) return { ...id, outcome: attempt.by };
      const { versionId } = copied ?? actual.state;
      if (isTheirDoing(lost, actual, staysUnderneath(versionId))) {
        return { ...id, outcome: staysUnderneath(versionId) ? attempt.by : "changedMeanwhile" };
      }
      // Somebody else's after all, who wrote the same.
      return copied && notAsBefore(`differs after the copy: ${lost.join(", ")}`);
    }
    const { key, etag } = actual.state;
    const { due, source } = underneath;
    const request = { source, key, ifMatch: etag, encryption: target, wanted: due, seen: actual, sendTags: true };
    const answer = await replace(store, context, request);
    if (answer.is === "done") {
      copied = answer.value;
      seen = actual;
      wanted = due;
    } else if (answer.is === "refused" && (isOvertaken(answer) || isMissing(answer))) {
      return undefined; // written once more, and theirs is on top
    } else if (answer.is === "refused") {
      return notAsBefore(`a change of somebody else could not be put back on top of the copy: ${describe(answer)}`);
    }
  }
  return notAsBefore("somebody else's changes could not be put back on top of the copy");
}

/** Written once more since, or, with versioning suspended, become a delete marker that cannot be copied. */
const isOvertaken = ({ status, code, message }: Refused): boolean =>
  status === 409 || status === 412 || (code === "InvalidRequest" && /delete marker/.test(message));

const isOurs = (copied: Copied, now: ObjectState): boolean =>
  copied.etag === now.etag && (copied.versionId === undefined || copied.versionId === now.versionId);
