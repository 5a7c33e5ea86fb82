import type { Answer, ObjectState } from "../s3/object-store";
import { type Appearance, isMissing, lookClosely } from "./appearance";
import type { ConvertContext } from "./convert";
import { LARGEST_COPY } from "./decide";
import type { Held, Intent } from "./journal";
import type { CopyAttempt } from "./judge";
import { staysUnderneath } from "./replace";

/**
 * Milliseconds after its intent in which a copy may have been committed.
 *
 * S3 lets no request in that was signed more than 15 minutes ago, and a copy of 5 GiB takes minutes.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-auth-using-authorization-header.html
 */
const LONGEST_COPY_MS = 60 * 60_000;

/** S3's clock and ours differ by less, or no request is let in. */
const CLOCK_SKEW_MS = 15 * 60_000;

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
export async function recall(
  context: ConvertContext,
  intents: readonly Intent[],
  current: ObjectState,
): Promise<Recalled> {
  const attempts: CopyAttempt[] = [];
  for (const intent of [...intents].reverse()) {
    const { versionId, source, seen, wanted = seen } = intent;
    if (!seen || !wanted || versionId === undefined || !mayHaveMade(current, intent)) continue;
    const replaced = await lookAt(context, intent.key, versionId);
    if (isMissing(replaced)) continue; // nothing is left to compare with
    if (replaced.is !== "done") return { is: "unreadable", answer: replaced };
    const copied = source === undefined || source === versionId ? replaced : await lookAt(context, intent.key, source);
    if (isMissing(copied)) continue;
    if (copied.is !== "done") return { is: "unreadable", answer: copied };
    attempts.push({
      by: copied.value.state.size > LARGEST_COPY ? "copiedInParts" : "copied",
      seen: withHeld(replaced.value, seen),
      wanted: withHeld(copied.value, wanted),
      answer: { is: "unknown", cause: "the process that sent the copy is gone" },
    });
  }
  return { is: "done", attempts };
}

/** Nothing that was locked is copied, so whatever lock is there came later. */
const withHeld = ({ state }: Appearance, held: Held): Appearance => ({ ...held, state: { ...state, lock: undefined } });

const lookAt = ({ store, bucket }: ConvertContext, key: string, versionId: string): Promise<Answer<Appearance>> =>
  lookClosely(store, { key, versionId }, bucket.aclOwner !== undefined);

/** Whether what is current can be the copy: not what the copy was to replace, and of that time. */
function mayHaveMade({ versionId, lastModified }: ObjectState, intent: Intent): boolean {
  if (!staysUnderneath(intent.versionId) || versionId === intent.versionId || intent.at === undefined) return false;
  const since = lastModified - intent.at;
  // An upload in parts has the date of its beginning, and may take days.
  return since > -CLOCK_SKEW_MS && (since < LONGEST_COPY_MS || intent.uploadId !== undefined);
}
