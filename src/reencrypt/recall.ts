import type { Answer } from "../s3/object-store";
import { type Appearance, isMissing, lookClosely } from "./appearance";
import type { CopyAttempt } from "./attempt";
import type { ConvertContext } from "./convert";
import { LARGEST_COPY } from "./decide";
import type { Held, Intent, Sent } from "./journal";
import { staysUnderneath } from "./replace";

/** What an earlier process of the run may have done to an object, newest first. */
export type Recalled =
  | { readonly is: "done"; readonly attempts: readonly CopyAttempt[] }
  | { readonly is: "unreadable"; readonly answer: Exclude<Answer<Appearance>, { is: "done" }> };

/**
 * The copies of an object that a process which is gone had begun, and never saw the end of.
 *
 * What they replaced, and what they were to look like, comes from the versions that are underneath by now, and from the
 * journal where that can be changed without a new version.
 */
export async function recall(context: ConvertContext, intents: readonly Intent[]): Promise<Recalled> {
  const attempts: CopyAttempt[] = [];
  for (const intent of [...intents].reverse()) {
    const { versionId, source, seen, wanted, lockedBelow, at } = intent;
    if (!seen || versionId === undefined || !staysUnderneath(versionId) || at === undefined) continue;
    const replaced = await lookAt(context, intent.key, versionId);
    if (isMissing(replaced)) continue; // nothing is left to compare with
    if (replaced.is !== "done") return { is: "unreadable", answer: replaced };
    const copied = source === undefined || source === versionId ? replaced : await lookAt(context, intent.key, source);
    if (isMissing(copied)) continue;
    if (copied.is !== "done") return { is: "unreadable", answer: copied };
    attempts.push({
      by: copied.value.state.size > LARGEST_COPY ? "copiedInParts" : "copied",
      seen: withHeld(replaced.value, seen),
      wanted: wanted ? withSent(copied.value, wanted) : withHeld(copied.value, seen),
      lockedBelow,
      recalledFrom: at,
      answer: { is: "unknown", cause: "the process that sent the copy is gone" },
    });
  }
  return { is: "done", attempts };
}

/** Nothing that was locked is copied, so whatever lock is there came later. */
const withHeld = ({ state }: Appearance, held: Held): Appearance => ({ ...held, state: { ...state, lock: undefined } });

const withSent = (source: Appearance, sent: Sent): Appearance => {
  const { storageClass, websiteRedirect } = sent;
  const { state, ...held } = withHeld(source, sent);
  return { ...held, state: { ...state, storageClass, websiteRedirect } };
};

const lookAt = ({ store, bucket }: ConvertContext, key: string, versionId: string): Promise<Answer<Appearance>> =>
  lookClosely(store, { key, versionId }, bucket.aclOwner !== undefined);
