import type { EncryptionTarget } from "../fleet/fleet";
import {
  type Acl,
  type Answer,
  CUSTOMER_KEY_NEEDED,
  type ListedVersion,
  type ObjectId,
  type ObjectState,
  type ObjectStore,
} from "../s3/object-store";
import { canBeResent } from "../s3/resend";
import { type Appearance, isMissing, lookClosely } from "./appearance";
import type { Clock } from "./clock";
import { decide, type Engine, type RefusalReason } from "./decide";
import { describe } from "./outcome";
import { versionsOfKey } from "./versions-of-key";

/** What of a bucket decides about its objects. */
export interface BucketTraits {
  readonly versioning: "Disabled" | "Enabled" | "Suspended";
  /** The bucket's owner, which is the caller's account, as a canonical user id; nothing where ACLs are off. */
  readonly aclOwner?: string;
  readonly objectLock: boolean;
  /** Object Lock gives new versions a retention. */
  readonly defaultRetention: boolean;
}

export interface PlanContext {
  /** Patient: it has waited and tried again by itself. */
  readonly store: ObjectStore;
  readonly target: EncryptionTarget;
  readonly bucket: BucketTraits;
  readonly clock: Clock;
  /** Whether a finished backup has an object with this ETag. @default nobody asks for one */
  readonly isBackedUp?: (state: ObjectState) => Promise<boolean>;
}

/** What is to be done with one object, with everything that doing it needs to know. */
export type Plan =
  | { readonly do: "nothing" | "update"; readonly state: ObjectState }
  | { readonly do: "copy" | "multipartCopy"; readonly appearance: Appearance }
  | { readonly do: "refuse"; readonly because: RefusalReason }
  | { readonly do: "gone" }
  | { readonly do: "fail"; readonly message: string };

/** `head` is enough to see that nothing, or an update, is to be done; a copy has to be preceded by a close look. */
export type Look = "head" | "close";

/**
 * Looks at an object and says what to do. Changes nothing: a dry run ends here.
 *
 * A version id means a noncurrent version. Where a copy is expected the close look comes first, and is the only one.
 */
export async function plan(context: PlanContext, id: ObjectId, engine: Engine, look: Look = "head"): Promise<Plan> {
  const { store, target, clock, bucket } = context;
  const circumstances = { engine, noncurrent: id.versionId !== undefined, now: clock.now() };
  if (look === "head") {
    const seen = await store.head(id);
    if (seen.is !== "done") return notSeen(seen);
    const decision = decide(seen.value, target, circumstances);
    if (decision.do === "refuse") return decision;
    if (decision.do === "nothing" || decision.do === "update") return { do: decision.do, state: seen.value };
  }
  const close = await lookClosely(store, id, bucket.aclOwner !== undefined);
  // It takes permissions that an object which needs no copy may well withhold.
  if (close.is === "refused" && close.status === 403 && look === "close") return plan(context, id, engine, "head");
  if (close.is !== "done") return notSeen(close);
  const decision = decide(close.value.state, target, circumstances);
  if (decision.do === "refuse") return decision;
  if (decision.do === "nothing" || decision.do === "update") return { do: decision.do, state: close.value.state };

  const because = await whyNotToCopy(context, close.value, decision.do === "multipartCopy");
  if (because.is !== "done") return notSeen(because);
  return because.value ? { do: "refuse", because: because.value } : { do: decision.do, appearance: close.value };
}

function notSeen(answer: Exclude<Answer<unknown>, { is: "done" }>): Plan {
  if (isMissing(answer)) return { do: "gone" };
  if (answer.is === "refused" && answer.code === CUSTOMER_KEY_NEEDED) return { do: "refuse", because: "customerKey" };
  return { do: "fail", message: `could not be looked at: ${describe(answer)}` };
}

/**
 * Whether a copy can be sent with an ACL: there is no header for none at all, nor for `WRITE`, which an object's ACL may
 * hold although it means nothing there. https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html
 */
const isSendable = ({ grants }: Acl): boolean =>
  grants.length > 0 && grants.every(({ permission }) => permission !== "WRITE");

/** What a copy would lose or change that no request can carry. */
async function whyNotToCopy(
  { store, bucket, isBackedUp }: PlanContext,
  { state, acl }: Appearance,
  inParts: boolean,
): Promise<Answer<RefusalReason | undefined>> {
  const because = (reason: RefusalReason | undefined) => ({ is: "done", value: reason }) as const;
  if (bucket.defaultRetention) return because("defaultRetention");
  if (acl && acl.owner !== bucket.aclOwner) return because("foreignOwner");
  if (acl && !isSendable(acl)) return because("aclCannotBeResent");
  if (inParts && !canBeResent(state)) return because("metadataCannotBeResent");
  if (inParts) {
    const annotated = await store.hasAnnotations({ key: state.key, versionId: state.versionId });
    if (annotated.is !== "done") return annotated;
    if (annotated.value) return because("annotationsCannotBeResent");
  }
  if (isBackedUp && !(await isBackedUp(state))) return because("notBackedUp");
  if (bucket.versioning !== "Suspended" || state.versionId === "null") return because(undefined);

  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/AddingObjectstoVersionSuspendedBuckets.html
  const hasNull = await hasNullVersion(store, state.key);
  return hasNull.is === "done" ? because(hasNull.value ? "nullVersionWouldBeLost" : undefined) : hasNull;
}

/**
 * Whether a key has a version with the id `null`, which a write would take the place of where versioning is suspended.
 *
 * @param counts whether such a version matters
 */
export async function hasNullVersion(
  store: ObjectStore,
  key: string,
  counts: (version: ListedVersion) => boolean = () => true,
): Promise<Answer<boolean>> {
  for await (const page of versionsOfKey(store, key)) {
    if (page.is !== "done") return page;
    if (page.value.some((version) => version.versionId === "null" && counts(version)))
      return { is: "done", value: true };
  }
  return { is: "done", value: false };
}
