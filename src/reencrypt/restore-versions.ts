import { CUSTOMER_KEY_NEEDED, type ListedVersion, type ObjectStore } from "../s3/object-store";
import { isMissing, lookClosely } from "./appearance";
import { isKept, type KeptEntry, type ManifestEntry } from "./manifest/entry";
import { describe, type ObjectOutcome } from "./outcome";
import { staysUnderneath } from "./replace";
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
} from "./restore-copy";
import type { Visit } from "./sweep";
import { versionsOfKey } from "./versions-of-key";

/** In a row, without a version more than before. */
const ATTEMPTS = 5;

/** Whether a key's newest version was a delete marker. Where older ones stood `listVersions` does not tell, nor does a manifest. */
export const wasDeleted = (entries: readonly ManifestEntry[]): boolean =>
  entries.some((entry) => !isKept(entry) && entry.current);

/** Whether a key has versions that a restore of all of them would bring back, or has to name. */
export const hasVersions = (entries: readonly ManifestEntry[]): boolean => entries.some(isKept);

/**
 * Of one key, the oldest first: a manifest has them as S3 lists them. One that became the current one while it was being
 * backed up is in it twice.
 */
export const historyOf = (entries: readonly ManifestEntry[]): readonly KeptEntry[] =>
  [...new Map(entries.filter(isKept).map((entry) => [entry.versionId, entry])).values()].reverse();

/**
 * Brings all versions of a key back, one after the other, into a bucket with versioning enabled.
 *
 * | what the key has there                              | what is done                              |
 * |-----------------------------------------------------|-------------------------------------------|
 * | no version                                          | all are written, the oldest first         |
 * | the oldest ones of the manifest, and no other       | the rest is written on top                |
 * | all of the manifest's, and no other                 | nothing: already right                    |
 * | anything else, also a delete marker on top of these | nothing: left as it is                    |
 *
 * Each version is written only if the one below is still on top. So neither a process that goes on nor a late request of
 * one that was killed writes a version twice, unless it has the ETag of the one below: then a condition cannot tell them.
 */
export function versionsRestorer(context: RestoreContext): Visit {
  return async ({ key }) => {
    const entries = await context.entriesOf(key);
    if (!hasVersions(entries)) return failed(key, "the manifest does not have it");
    if (wasDeleted(entries)) return { key, outcome: "cannot", because: "deletedThen" };
    return restoreHistory(context, key, historyOf(entries));
  };
}

async function restoreHistory(
  context: RestoreContext,
  key: string,
  entries: readonly KeptEntry[],
): Promise<ObjectOutcome> {
  const history: Kept[] = [];
  // All of them before the first is written: a history that cannot be completed is not begun.
  for (const [place, entry] of entries.entries()) {
    const kept = await readKept(context, entry);
    if ("outcome" in kept) return ofVersion(kept, place, entries.length);
    history.push(kept);
  }
  const notAsBefore = new Map<number, string>();
  let most = -1;
  for (let left = ATTEMPTS; left > 0; left--) {
    const there = await standing(context, key, history);
    if ("outcome" in there) return there;
    if (there.is === "others") return { key, outcome: most < 0 ? "kept" : "changedMeanwhile" };
    if (there.count === history.length)
      return most < 0 ? { key, outcome: "alreadyRight" } : ended(key, history, notAsBefore);
    if (there.count > most) left = ATTEMPTS;
    most = there.count;
    const stopped = await writeFrom(context, history, there, notAsBefore);
    if (stopped !== "unsure") return stopped ?? ended(key, history, notAsBefore);
  }
  return failed(key, `not done after ${ATTEMPTS} attempts: ${most} of ${history.length} versions are there`);
}

type Standing =
  /** The oldest of the manifest, so many of them. */
  { readonly is: "begun"; readonly count: number; readonly condition: Condition } | { readonly is: "others" };

/** How far the key's versions are those of the manifest, content and attributes. */
async function standing(
  context: RestoreContext,
  key: string,
  history: readonly Kept[],
): Promise<Standing | ObjectOutcome> {
  const listed = await versionsOf(context.store, key);
  if (typeof listed === "string") return failed(key, `its versions could not be listed: ${listed}`);
  const versions = listed.filter(({ deleteMarker }) => !deleteMarker).reverse();
  const isDeleted = listed.some(({ deleteMarker, current }) => deleteMarker && current);
  if (isDeleted && versions.length > 0) return { is: "others" };
  let condition: Condition = { ifNoneMatch: "*" };
  for (const [place, { versionId }] of versions.entries()) {
    const looked = await lookClosely(context.store, { key, versionId }, context.bucket.aclOwner !== undefined);
    const kept = history[place];
    if (isMissing(looked) || (looked.is === "refused" && looked.code === CUSTOMER_KEY_NEEDED)) return { is: "others" };
    if (looked.is !== "done") return failed(key, `what is there could not be looked at: ${describe(looked)}`);
    if (!kept || !isAsKept(kept, looked.value)) return { is: "others" };
    condition = { ifMatch: looked.value.state.etag };
  }
  return { is: "begun", count: versions.length, condition };
}

/** As S3 lists them, or why it does not. */
async function versionsOf(store: ObjectStore, key: string): Promise<readonly ListedVersion[] | string> {
  const found: ListedVersion[] = [];
  for await (const page of versionsOfKey(store, key)) {
    if (page.is !== "done") return describe(page);
    found.push(...page.value);
  }
  return found;
}

/** Writes what is missing. `unsure`: what is there has to be looked at again. Nothing: all is written. */
async function writeFrom(
  context: RestoreContext,
  history: readonly Kept[],
  there: Extract<Standing, { is: "begun" }>,
  notAsBefore: Map<number, string>,
): Promise<ObjectOutcome | "unsure" | undefined> {
  let { condition } = there;
  for (const [place, kept] of history.entries()) {
    if (place < there.count) continue;
    const put = await putBack(context, kept, condition);
    if (put.is === "unknown" || (put.is === "refused" && isOvertaken(put.status))) return "unsure";
    const { key } = kept.entry;
    if (put.is !== "done") {
      return ofVersion(failed(key, `could not be restored: ${describe(put)}`), place, history.length);
    }
    if (!staysUnderneath(put.value.versionId)) return failed(key, "versioning is not enabled any more");
    const judged = await judge(context, kept, put.value);
    if (judged.outcome === "changedMeanwhile") return judged;
    if (judged.outcome === "failed") return ofVersion(judged, place, history.length);
    if (judged.outcome === "notAsBefore") notAsBefore.set(place, judged.message ?? "it differs");
    condition = { ifMatch: put.value.etag };
  }
  return undefined;
}

/** The first of three is the oldest. */
const nameOf = (place: number, of: number): string => `version ${place + 1} of ${of}`;

const ofVersion = (outcome: ObjectOutcome, place: number, of: number): ObjectOutcome =>
  outcome.message === undefined ? outcome : { ...outcome, message: `${nameOf(place, of)}: ${outcome.message}` };

const ended = (key: string, { length }: readonly Kept[], notAsBefore: ReadonlyMap<number, string>): ObjectOutcome =>
  notAsBefore.size === 0
    ? { key, outcome: "restored" }
    : {
        ...{ key, outcome: "notAsBefore" },
        message: [...notAsBefore].map(([place, message]) => `${nameOf(place, length)}: ${message}`).join("; "),
      };
