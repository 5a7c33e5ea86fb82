import type { LifecycleRule } from "@aws-sdk/client-s3";
import { auditor, describeEncryption } from "../../reencrypt/audit";
import { isEncryptedAs } from "../../reencrypt/decide";
import { describe, type ObjectOutcome } from "../../reencrypt/outcome";
import type { PlanContext } from "../../reencrypt/plan";
import type { Visit } from "../../reencrypt/sweep";
import type { Answer, ListedVersion, ObjectId, ObjectState, ObjectStore } from "../../s3/object-store";
import { CUSTOMER_KEY_NEEDED } from "../../s3/object-store";
import { type Looked, unseen } from "../preflight/looked";
import { asksForTags, endInWords, endOf, type NoncurrentVersion } from "./lifecycle";

export interface VersionsContext extends PlanContext {
  readonly lifecycle: Looked<readonly LifecycleRule[]>;
}

/** What S3 shows of a version that is to be judged by lifecycle rules. */
type Shown = Pick<ObjectState, "size" | "lock">;

async function versionsOf(store: ObjectStore, key: string): Promise<Answer<readonly ListedVersion[]>> {
  const found: ListedVersion[] = [];
  let marker: { keyMarker?: string; versionIdMarker?: string } | undefined;
  for (;;) {
    const page = await store.listVersions({ prefix: key, ...marker, limit: 1000 });
    if (page.is !== "done") return page;
    found.push(...page.value.versions.filter((version) => version.key === key));
    // Keys that begin with this one come after it.
    if (!page.value.next || page.value.next.keyMarker !== key) return { is: "done", value: found };
    marker = page.value.next;
  }
}

/**
 * When a version became noncurrent, and how many noncurrent ones are newer: from the whole list of its key.
 *
 * Lists show versions and delete markers one after the other, so their times say in which order they came. What was
 * written within one second keeps the list's order, which is at most that second wrong.
 */
export function placeOf(
  versions: readonly ListedVersion[],
  versionId: string,
): Pick<NoncurrentVersion, "since" | "newer" | "newerMarkers"> | undefined {
  const fromTheNewest = [...versions].sort(
    (a, b) => Number(b.current) - Number(a.current) || b.lastModified - a.lastModified,
  );
  const place = fromTheNewest.findIndex((version) => version.versionId === versionId);
  const successor = fromTheNewest[place - 1];
  if (place < 1 || !successor) return undefined;
  const newer = fromTheNewest.slice(0, place).filter(({ current }) => !current);
  const newerMarkers = newer.filter(({ deleteMarker }) => deleteMarker).length;
  return { since: successor.lastModified, newer: newer.length - newerMarkers, newerMarkers };
}

async function endOfVersion(
  { store, lifecycle }: VersionsContext,
  { key, versionId = "" }: ObjectId,
  { size, lock }: Shown,
): Promise<string> {
  if (lifecycle.is === "unseen") return `its end is not known: ${unseen(lifecycle)}`;
  const rules = lifecycle.value;
  if (!rules.some(({ NoncurrentVersionExpiration }) => NoncurrentVersionExpiration)) return "no lifecycle rule ends it";
  const versions = await versionsOf(store, key);
  if (versions.is !== "done") return `its end is not known: ${describe(versions)}`;
  const place = placeOf(versions.value, versionId);
  if (!place) return "it is not noncurrent any more";
  const tags = asksForTags(rules) ? await store.getTags({ key, versionId }) : undefined;
  const lockedUntil = lock?.legalHold ? null : lock?.retention?.until;
  const known = tags?.is === "done" ? tags.value : undefined;
  return endInWords(endOf(rules, { key, size, ...place, tags: known, lockedUntil }));
}

/** Noncurrent versions are reported apart: no conversion may touch most of them, and lifecycle ends them. */
async function visitNoncurrent(context: VersionsContext, id: ObjectId): Promise<ObjectOutcome> {
  const seen = await context.store.head(id);
  const left = (message: string): ObjectOutcome => ({ ...id, outcome: "noncurrentLeft", message });
  if (seen.is === "refused" && seen.code === CUSTOMER_KEY_NEEDED) {
    // Its size is not known either, so a rule that asks for it cannot be decided.
    return left("SSE-C; when lifecycle ends it is not decided without its customer key");
  }
  if (seen.is === "refused" && (seen.status === 404 || seen.status === 405)) return { ...id, outcome: "gone" };
  if (seen.is !== "done") return left(`could not be looked at: ${describe(seen)}`);
  const { encryption } = seen.value;
  if (isEncryptedAs(encryption, context.target)) return { ...id, outcome: "noncurrentRight" };
  return left(`${describeEncryption(encryption)}; ${await endOfVersion(context, id, seen.value)}`);
}

/** Judges current versions, and reports noncurrent ones apart with the day on which their lifecycle ends them. */
export function versionsAuditor(context: VersionsContext): Visit {
  const current = auditor(context);
  return (id) => (id.versionId === undefined ? current(id) : visitNoncurrent(context, id));
}
