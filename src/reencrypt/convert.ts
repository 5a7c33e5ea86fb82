import { isDeepStrictEqual } from "node:util";
import type { Answer, ObjectId, ObjectState } from "../s3/object-store";
import { type Appearance, isMissing } from "./appearance";
import { type Attempt, isLost } from "./attempt";
import type { Awaited } from "./awaited-copies";
import { AwaitedHere } from "./awaited-here";
import { type Engine, LARGEST_COPY, type RefusalReason } from "./decide";
import type { Intent, Journal } from "./journal";
import { judge, judgeCopy, judgeUpdate } from "./judge";
import { describe, type ObjectOutcome } from "./outcome";
import { type Look, type Plan, type PlanContext, plan } from "./plan";
import { type Recalled, recall } from "./recall";
import { customerKeyMd5Of, replace } from "./replace";

/** Looks at one object that other people keep changing; then it is named, and the next sweep meets it again. */
const ATTEMPTS = 8;
const LONGEST_PAUSE_MS = 2_000;

export interface ConvertContext extends PlanContext {
  readonly journal: Journal;
  readonly engine: Engine;
  /** Whether copies may stand in where the server has no UpdateObjectEncryption, or one without effect. */
  readonly allowCopy: boolean;
  /** Told what somebody should hear of although no object has it as its outcome. @default nobody */
  readonly notice?: (message: string) => void;
  /** Copies of a current object that earlier processes of the run had begun. @default none */
  readonly awaited?: (key: string) => Awaited | undefined;
}

/** What the visits of a process go by. */
export interface VisitContext extends ConvertContext {
  readonly awaitedHere: AwaitedHere;
}

/** Objects that an update has to leave as they were, one after the other, before it counts as one without effect. */
const IDLE_UPDATES = 2;

/** What a bucket has taught about its updates. */
type UpdateTrial =
  /** `idle`: updates so far that were answered with 200 and changed nothing. */
  | { readonly is: "untried"; readonly idle: number }
  | { readonly is: "works" }
  | { readonly is: "useless"; readonly because: RefusalReason };

/** Brings objects to the target, one at a time, and tells how each one ended. Nothing is believed that HEAD does not show. */
export function converter(given: ConvertContext): (id: ObjectId) => Promise<ObjectOutcome> {
  let trial: UpdateTrial = { is: "untried", idle: 0 };
  let look: Look = "head";
  const awaited = new AwaitedHere(given.awaited ?? (() => undefined));
  const context: VisitContext = {
    ...given,
    store: awaited.watching(given.store),
    journal: awaited.noting(given.journal),
    awaitedHere: awaited,
  };

  const giveUpUpdates = (because: RefusalReason, why: string) => {
    if (trial.is === "useless") return;
    trial = { is: "useless", because };
    const instead = context.allowCopy ? "what is left is copied" : "without --allow-copy nothing is copied instead";
    context.notice?.(`${why}: ${instead}.`);
  };

  /** A server is known that says 200 and changes nothing. Once one update has been seen to take effect it is not this one. */
  const learn = (last: Attempt | undefined, planned: Plan) => {
    if (trial.is !== "untried" || last?.by !== "updated" || last.answer.is !== "done") return;
    if (planned.do === "nothing") trial = { is: "works" };
    else if (planned.do === "update" && isDeepStrictEqual(planned.state, last.before))
      trial = { is: "untried", idle: trial.idle + 1 };
    if (trial.is === "untried" && trial.idle >= IDLE_UPDATES) {
      giveUpUpdates("updateWithoutEffect", "UpdateObjectEncryption is answered with 200 and changes nothing");
    }
  };

  /** Copies that may have been made, newest first: those of this visit, and earlier ones by their intents. */
  const lostCopies = async (attempts: readonly Attempt[], intents: readonly Intent[]): Promise<Recalled> => {
    const recalled = await recall(context, intents);
    if (recalled.is === "unreadable") return recalled;
    return { is: "done", attempts: [...attempts.filter(isLost).reverse(), ...recalled.attempts] };
  };

  /** What it is now is as the target says: by whose doing? */
  const judgeAll = async (id: ObjectId, now: ObjectState, attempts: readonly Attempt[]): Promise<ObjectOutcome> => {
    const last = attempts.at(-1);
    const updated = last?.by === "updated" ? judgeUpdate(id, last.before, now) : undefined;
    if (updated && updated.outcome !== "changedMeanwhile") return updated;
    const lost = await lostCopies(attempts, awaited.isKnown(now) ? [] : awaited.of(id));
    if (lost.is === "unreadable") return notRecalled(id, lost);
    return judge(context, id, last, lost.attempts);
  };

  /** How it ended, or the change that was tried: after that it has to be looked at again. */
  const next = async (id: ObjectId, attempts: readonly Attempt[]): Promise<ObjectOutcome | Attempt> => {
    const last = attempts.at(-1);
    // What S3 says it has copied is read back whole; if it is not there any more, what is there is looked at anew.
    if (last && last.by !== "updated" && last.answer.is === "done") {
      const lost = await lostCopies(attempts, awaited.of(id));
      if (lost.is === "unreadable") return notRecalled(id, lost);
      const readBack = await judgeCopy(context, id, last, lost.attempts);
      if (readBack) return readBack;
    }

    let planned = await plan(context, id, context.engine, look);
    // Objects of a bucket are much alike: what one needed the next one is likely to need.
    look = "appearance" in planned ? "close" : "head";
    learn(last, planned);
    if (planned.do === "update" && trial.is === "useless") {
      planned = context.allowCopy ? await plan(context, id, "copy") : { do: "refuse", because: trial.because };
    }
    switch (planned.do) {
      case "gone":
        return { ...id, outcome: "gone" };
      case "refuse":
        return { ...id, outcome: "cannot", because: planned.because };
      case "fail":
        return { ...id, outcome: "failed", message: planned.message };
      case "nothing":
        return judgeAll(id, planned.state, attempts);
      case "update": {
        const answer = await update(context, planned.state);
        if (!isLacking(answer)) return { by: "updated", before: planned.state, answer };
        giveUpUpdates("updateNotAvailable", "This server has no UpdateObjectEncryption");
        return next(id, attempts);
      }
      default:
        return copy(context, planned.appearance);
    }
  };

  const convert = async (id: ObjectId): Promise<ObjectOutcome> => {
    const attempts: Attempt[] = [];
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const came = await next(id, attempts);
      if ("outcome" in came) return came;
      if (!mayBeRepeated(came.answer)) return { ...id, outcome: "failed", message: describeEnd(came.answer) };
      if (came.answer.is !== "done") await pause(context, attempt);
      attempts.push(came);
    }
    const end = describeEnd(attempts.at(-1)?.answer);
    return { ...id, outcome: "failed", message: `not done after ${ATTEMPTS} attempts: ${end}` };
  };

  return async (id) => {
    const outcome = await convert(id);
    const news = id.versionId === undefined ? awaited.news(id) : undefined;
    return news ? { ...outcome, awaited: news } : outcome;
  };
}

const notRecalled = (id: ObjectId, { answer }: Extract<Recalled, { is: "unreadable" }>): ObjectOutcome => ({
  ...{ ...id, outcome: "notAsBefore" },
  message: `what an interrupted process had copied could not be looked at: ${describe(answer)}`,
});

const update = ({ store, target }: ConvertContext, state: ObjectState): Promise<Answer<void>> => {
  if (target.algorithm !== "aws:kms") throw new Error(`an update cannot lead to ${target.algorithm}`);
  // Named by version: what an application has written since is not ours to re-key unseen.
  return store.updateEncryption({ key: state.key, versionId: state.versionId, encryption: target });
};

async function copy(context: ConvertContext, seen: Appearance): Promise<Attempt> {
  const { store, target, bucket } = context;
  const { key, etag, size, versionId, encryption } = seen.state;
  // Where the version stays underneath it can be compared with what was sent. Where it does not, S3 reads the tags last.
  const sendTags = bucket.versioning === "Enabled" || (bucket.versioning === "Suspended" && versionId !== "null");
  // The source version is not pinned: with an equal ETag that would bring old metadata back over newer one.
  const source = { key, ifMatch: etag, customerKeyMd5: customerKeyMd5Of(encryption) };
  const request = { source, key, ifMatch: etag, encryption: target, wanted: seen, seen, sendTags };
  const answer = await replace(store, context, request);
  return { by: size > LARGEST_COPY ? "copiedInParts" : "copied", seen, wanted: seen, answer };
}

/** A server without the call. A 403 may be a lock, which a copy must not get around; a 405 a delete marker. */
const isLacking = (answer: Answer<void>): boolean => answer.is === "refused" && answer.status === 501;

/** A lifecycle rule has archived it since it was looked at. https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
const archivedCodes: ReadonlySet<string> = new Set(["InvalidObjectState", "ObjectNotInActiveTierError"]);

/** Answers after which the object is to be looked at again: a change, a lost race, or nothing that can be relied on. */
const mayBeRepeated = (answer: Answer<unknown>): boolean =>
  answer.is !== "refused" ||
  answer.status === 409 ||
  answer.status === 412 ||
  archivedCodes.has(answer.code) ||
  isMissing(answer);

const describeEnd = (answer: Answer<unknown> | undefined): string =>
  !answer || answer.is === "done"
    ? "S3 said that it was done, and HEAD still shows another encryption"
    : describe(answer);

const pause = ({ clock }: ConvertContext, attempt: number): Promise<void> =>
  clock.sleep(clock.random() * Math.min(LONGEST_PAUSE_MS, 50 * 2 ** attempt));
