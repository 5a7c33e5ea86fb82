import type { Answer, Copied, ObjectId, ObjectState } from "../s3/object-store";
import { type Appearance, differences, isMissing, lookClosely } from "./appearance";
import { type Engine, isEncryptedAs, LARGEST_COPY } from "./decide";
import type { Journal } from "./journal";
import { describe, type ObjectOutcome } from "./outcome";
import { type Plan, type PlanContext, plan } from "./plan";
import { replace } from "./replace";
import { changedUnderneath } from "./underneath";

/** Looks at one object that other people keep changing; then it is named, and the next sweep meets it again. */
const ATTEMPTS = 8;
const LONGEST_PAUSE_MS = 2_000;

export interface ConvertContext extends PlanContext {
  readonly journal: Journal;
  readonly engine: Engine;
  /** Whether copies may stand in where the server has no UpdateObjectEncryption. */
  readonly allowCopy: boolean;
}

/** The last change of ours that may have had an effect. */
type Attempt =
  | { readonly by: "updated"; readonly before: ObjectState; readonly answer: Answer<void> }
  | {
      readonly by: "copied" | "copiedInParts";
      /** What the copy replaced, as we saw it. */
      readonly seen: Appearance;
      /** What the copy was to look like. */
      readonly wanted: Appearance;
      readonly answer: Answer<Copied>;
    };

/** Brings objects to the target, one at a time, and tells how each one ended. Nothing is believed that HEAD does not show. */
export function converter(context: ConvertContext): (id: ObjectId) => Promise<ObjectOutcome> {
  let updateIsMissing = false;

  const planFor = async (id: ObjectId): Promise<Plan> => {
    const planned = await plan(context, id, context.engine);
    if (planned.do !== "update" || !updateIsMissing) return planned;
    return context.allowCopy ? plan(context, id, "copy") : { do: "refuse", because: "updateNotAvailable" };
  };

  return async (id) => {
    let last: Attempt | undefined;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const planned = await planFor(id);
      switch (planned.do) {
        case "gone":
          return { ...id, outcome: "gone" };
        case "refuse":
          return { ...id, outcome: "cannot", because: planned.because };
        case "fail":
          return { ...id, outcome: "failed", message: planned.message };
        case "nothing": {
          const judged = last
            ? await judge(context, id, planned.state, last)
            : { ...id, outcome: "alreadyRight" as const };
          if ("outcome" in judged) return judged;
          last = judged;
          break;
        }
        case "update": {
          const answer = await update(context, planned.state);
          if (isLacking(answer)) {
            updateIsMissing = true;
            continue;
          }
          last = { by: "updated", before: planned.state, answer };
          break;
        }
        default:
          last = await copy(context, planned.appearance);
      }
      if (!mayBeRepeated(last.answer)) return { ...id, outcome: "failed", message: describeEnd(last.answer) };
      if (last.answer.is !== "done") await pause(context, attempt);
    }
    return { ...id, outcome: "failed", message: `not done after ${ATTEMPTS} attempts: ${describeEnd(last?.answer)}` };
  };
}

const update = ({ store, target }: ConvertContext, state: ObjectState): Promise<Answer<void>> => {
  if (target.algorithm !== "aws:kms") throw new Error(`an update cannot lead to ${target.algorithm}`);
  // Named by version: what an application has written since is not ours to re-key unseen.
  return store.updateEncryption({ key: state.key, versionId: state.versionId, encryption: target });
};

async function copy({ store, journal, target }: ConvertContext, seen: Appearance): Promise<Attempt> {
  const { key, etag, size } = seen.state;
  // The source version is not pinned: with an equal ETag that would bring old metadata back over newer one.
  const request = { source: { key, ifMatch: etag }, key, ifMatch: etag, encryption: target, wanted: seen };
  const answer = await replace(store, journal, request);
  return { by: size > LARGEST_COPY ? "copiedInParts" : "copied", seen, wanted: seen, answer };
}

/** 405 and 501 are a server without the call. A 403 is not: it may be a lock, which a copy must not get around. */
const isLacking = (answer: Answer<void>): boolean =>
  answer.is === "refused" && (answer.status === 501 || answer.status === 405);

/** Answers after which the object is to be looked at again: a change, a lost race, or nothing that can be relied on. */
const mayBeRepeated = (answer: Answer<unknown>): boolean =>
  answer.is !== "refused" || answer.status === 409 || answer.status === 412 || isMissing(answer);

const describeEnd = (answer: Answer<unknown> | undefined): string =>
  !answer || answer.is === "done"
    ? "S3 said that it was done, and HEAD still shows another encryption"
    : describe(answer);

const pause = ({ clock }: ConvertContext, attempt: number): Promise<void> =>
  clock.sleep(clock.random() * Math.min(LONGEST_PAUSE_MS, 50 * 2 ** attempt));

/** Whose doing is it that the object is now as the target says, and is it otherwise what it was? */
async function judge(
  context: ConvertContext,
  id: ObjectId,
  now: ObjectState,
  last: Attempt,
): Promise<ObjectOutcome | Attempt> {
  if (last.by === "updated") return judgeUpdate(id, last.before, now);

  const { store, bucket } = context;
  const { answer, seen, wanted } = last;
  if (answer.is === "refused" || answer.is === "throttled") return { ...id, outcome: "changedMeanwhile" }; // it had no effect
  if (answer.is === "done" && !isOurs(answer.value, now)) return { ...id, outcome: "changedMeanwhile" };
  const current = { ...id, versionId: id.versionId ?? now.versionId };
  const close = await lookClosely(store, current, bucket.aclOwner !== undefined);
  if (isMissing(close)) return { ...id, outcome: "changedMeanwhile" };
  if (close.is !== "done")
    return { ...id, outcome: "notAsBefore", message: `could not be read back: ${describe(close)}` };
  const actual = close.value;
  if (actual.state.etag !== now.etag) return { ...id, outcome: "changedMeanwhile" };

  const underneath = await changedUnderneath(context, seen, wanted, actual);
  if (underneath.is === "unreadable") return { ...id, outcome: "notAsBefore", message: underneath.message };
  if (underneath.is === "changed") return { by: last.by, seen: actual, ...underneath };

  const lost = differences(wanted, actual);
  if (lost.length === 0 && isEncryptedAs(actual.state.encryption, context.target)) return { ...id, outcome: last.by };
  if (answer.is !== "done") return { ...id, outcome: "changedMeanwhile" };
  return { ...id, outcome: "notAsBefore", message: `differs after the copy: ${lost.join(", ")}` };
}

const isOurs = (copied: Copied, now: ObjectState): boolean =>
  copied.etag === now.etag && (copied.versionId === undefined || copied.versionId === now.versionId);

function judgeUpdate(id: ObjectId, before: ObjectState, now: ObjectState): ObjectOutcome {
  const written =
    now.etag !== before.etag || now.versionId !== before.versionId || now.lastModified !== before.lastModified;
  if (written) return { ...id, outcome: "changedMeanwhile" };
  const lost = differences({ state: before, tags: [] }, { state: now, tags: [] });
  if (lost.length === 0) return { ...id, outcome: "updated" };
  return { ...id, outcome: "notAsBefore", message: `differs after the update: ${lost.join(", ")}` };
}
