import { type Answer, CUSTOMER_KEY_NEEDED, type ObjectState } from "../s3/object-store";
import { type Appearance, isMissing, lookClosely } from "./appearance";
import { isKept } from "./manifest/entry";
import { describe, type ObjectOutcome } from "./outcome";
import { hasNullVersion } from "./plan";
import {
  type Condition,
  failed,
  isAsKept,
  isOvertaken,
  judge,
  type Kept,
  putBack,
  type RestoreContext,
  readKept,
  restored,
} from "./restore-copy";
import type { Visit } from "./sweep";

const ATTEMPTS = 5;

/** What a key of the destination has now. */
type Target = { readonly is: "missing" } | { readonly is: "there"; readonly appearance: Appearance };

/**
 * Brings current objects of a manifest back, one key at a time. Each is written only if its key is as it was looked at:
 * an application that writes meanwhile wins.
 */
export function restorer(context: RestoreContext): Visit {
  return async ({ key }) => {
    const entry = (await context.entriesOf(key)).filter(isKept).find(({ current }) => current);
    if (!entry) return failed(key, "the manifest does not have it");
    const kept = await readKept(context, entry);
    if ("outcome" in kept) return kept;
    return restoreOne(context, kept);
  };
}

async function restoreOne(context: RestoreContext, kept: Kept): Promise<ObjectOutcome> {
  const { key } = kept.entry;
  let first: ObjectState | undefined;
  let unsure = false;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const target = await lookAt(context, key);
    if (target.is === "refused" && target.code === CUSTOMER_KEY_NEEDED) {
      return context.overwrite ? { key, outcome: "cannot", because: "customerKey" } : { key, outcome: "kept" };
    }
    if (target.is !== "done") return failed(key, `what is there could not be looked at: ${describe(target)}`);
    const now = target.value;
    if (now.is === "there") {
      const { state } = now.appearance;
      if (isAsKept(kept, now.appearance)) return unsure ? restored(kept) : { key, outcome: "alreadyRight" };
      if (attempt === 1) first = state;
      else if (!first || isWritten(first, state)) return { key, outcome: "changedMeanwhile" };
      if (!context.overwrite) return { key, outcome: "kept" };
    }
    const destroys = await wouldDestroy(context, key, now);
    if (destroys.is !== "done") return failed(key, `its versions could not be listed: ${describe(destroys)}`);
    if (destroys.value) return { key, outcome: "cannot", because: "nullVersionWouldBeLost" };
    const put = await putBack(context, kept, conditionOf(now));
    if (put.is === "done") return judge(context, kept, put.value);
    if (put.is === "throttled" || (put.is === "refused" && !isOvertaken(put.status))) {
      return failed(key, `could not be restored: ${describe(put)}`);
    }
    unsure ||= put.is === "unknown";
  }
  return failed(key, `not done after ${ATTEMPTS} attempts`);
}

/** A noncurrent `null` version, that is: what is current was looked at, and a delete marker holds nothing. */
async function wouldDestroy({ store, bucket }: RestoreContext, key: string, now: Target): Promise<Answer<boolean>> {
  const isNull = now.is === "there" && now.appearance.state.versionId === "null";
  if (bucket.versioning !== "Suspended" || isNull) return { is: "done", value: false };
  return hasNullVersion(store, key, ({ deleteMarker }) => !deleteMarker);
}

const isWritten = (before: ObjectState, now: ObjectState): boolean =>
  before.etag !== now.etag || before.versionId !== now.versionId || before.lastModified !== now.lastModified;

async function lookAt({ store, bucket }: RestoreContext, key: string): Promise<Answer<Target>> {
  const looked = await lookClosely(store, { key }, bucket.aclOwner !== undefined);
  if (isMissing(looked)) return { is: "done", value: { is: "missing" } };
  return looked.is === "done" ? { is: "done", value: { is: "there", appearance: looked.value } } : looked;
}

const conditionOf = (now: Target): Condition =>
  now.is === "missing" ? { ifNoneMatch: "*" } : { ifMatch: now.appearance.state.etag };
