import type { Answer, Copied, ObjectState } from "../s3/object-store";
import type { Appearance } from "./appearance";
import { staysUnderneath } from "./replace";

/**
 * Milliseconds after its intent in which a copy may have been committed.
 *
 * S3 lets no request in that was signed more than 15 minutes ago, and a copy of 5 GiB takes minutes.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-auth-using-authorization-header.html
 */
const LONGEST_COPY_MS = 60 * 60_000;

/** S3's clock and that of an intent differ by less: where ours is further off, requests and intents go by S3's. */
const CLOCK_SKEW_MS = 15 * 60_000;

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
  /** A version that somebody locked while it was being copied, before this copy. @default none */
  readonly lockedBelow?: string;
  /** When a process that is gone was about to send it, in milliseconds since the epoch. @default sent by this one */
  readonly recalledFrom?: number;
  readonly answer: Answer<Copied>;
}

/** A copy whose answer never came, to this process or to one that is gone: it may have had its effect, or have it yet. */
export const isLost = (attempt: Attempt | undefined): attempt is CopyAttempt =>
  attempt !== undefined && attempt.by !== "updated" && attempt.answer.is === "unknown";

/**
 * Whether a version can be such a copy: not what it was to replace, and of its time.
 *
 * Under a KMS key each copy has an ETag of its own. What has that of the source was put by somebody, and then updated.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html
 */
export function mayHaveMade(
  { by, seen, recalledFrom }: CopyAttempt,
  { versionId, etag, encryption, lastModified }: ObjectState,
): boolean {
  if (staysUnderneath(versionId) && versionId === seen.state.versionId) return false;
  if ((encryption.is === "aws:kms" || encryption.is === "aws:kms:dsse") && etag === seen.state.etag) return false;
  if (recalledFrom === undefined) return true;
  const since = lastModified - recalledFrom;
  // An upload in parts has the date of its beginning, and may take days.
  return since > -CLOCK_SKEW_MS && (since < LONGEST_COPY_MS || by === "copiedInParts");
}
