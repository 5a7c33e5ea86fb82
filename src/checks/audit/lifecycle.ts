import type { LifecycleRule } from "@aws-sdk/client-s3";
import { dayOf } from "../../fleet/days";
import type { Tag } from "../../s3/object-store";

/** A noncurrent version, as far as lifecycle rules ask about it. Times are milliseconds since the epoch. */
export interface NoncurrentVersion {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** When the version was written that took its place. */
  readonly since: number;
  /** Noncurrent versions of the key that are newer than it. */
  readonly newer: number;
  /** Noncurrent delete markers of the key that are newer than it. */
  readonly newerMarkers: number;
  /** Nothing where they could not be read. */
  readonly tags: readonly Tag[] | undefined;
  /** Until when Object Lock keeps it. Null: until somebody takes the legal hold away. @default nothing keeps it */
  readonly lockedUntil?: number | null;
}

/** What lifecycle rules say of a noncurrent version, and what could not be decided. */
export interface End {
  /** The first day, in UTC, on which S3 may delete it, as `YYYY-MM-DD`. Null: no rule ends it. */
  readonly on: string | null;
  /** The rule that ends it. */
  readonly rule?: string;
  /** Rules that may end it earlier, or at all, and why that is not known. */
  readonly undecided: readonly string[];
}

const MS_A_DAY = 86_400_000;

/**
 * A number of days after an event, rounded up to the next midnight UTC.
 *
 * Source: Amazon S3 User Guide, "Lifecycle configuration elements", "Lifecycle rules based on an object's age".
 */
const midnightAfter = (since: number, days: number): number =>
  (Math.floor((since + days * MS_A_DAY) / MS_A_DAY) + 1) * MS_A_DAY;

const nameOf = ({ ID }: LifecycleRule, place: number): string => ID || `rule ${place + 1}`;

type Match = { readonly is: "yes" | "no" } | { readonly is: "unknown"; readonly why: string };

function matches({ Filter, Prefix }: LifecycleRule, version: NoncurrentVersion): Match {
  const {
    Prefix: prefix,
    Tags: tags = [],
    ObjectSizeGreaterThan: above,
    ObjectSizeLessThan: below,
  } = Filter?.And ?? {
    Prefix: Filter?.Prefix ?? Prefix,
    Tags: Filter?.Tag ? [Filter.Tag] : [],
    ObjectSizeGreaterThan: Filter?.ObjectSizeGreaterThan,
    ObjectSizeLessThan: Filter?.ObjectSizeLessThan,
  };
  if (!version.key.startsWith(prefix ?? "")) return { is: "no" };
  if (above !== undefined && version.size <= above) return { is: "no" };
  if (below !== undefined && version.size >= below) return { is: "no" };
  if (tags.length === 0) return { is: "yes" };
  const { tags: own } = version;
  if (own === undefined) return { is: "unknown", why: "its tags could not be read" };
  return {
    is: tags.every(({ Key, Value }) => own.some(({ key, value }) => key === Key && value === Value)) ? "yes" : "no",
  };
}

/** Whether any rule looks at tags, so that they have to be read. */
export const asksForTags = (rules: readonly LifecycleRule[]): boolean =>
  rules.some(({ Filter }) => Filter?.Tag !== undefined || (Filter?.And?.Tags ?? []).length > 0);

/** Whether delete markers count as newer versions AWS does not say. */
function whyKept(kept: number, { newer, newerMarkers }: NoncurrentVersion): string | undefined {
  if (newer >= kept) return undefined;
  const markers = newerMarkers > 0 ? ` and ${newerMarkers} delete markers` : "";
  return `keeps ${kept} newer noncurrent versions, and there are ${newer}${markers}`;
}

/**
 * When lifecycle rules end a noncurrent version: of all rules that match, the one that comes first.
 *
 * A rule that keeps a number of newer noncurrent versions does not reach a version as long as it is among them. S3
 * deletes some time after the day, and not while a replication is pending.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
 */
export function endOf(rules: readonly LifecycleRule[], version: NoncurrentVersion): End {
  const undecided: string[] = [];
  let first: { time: number; rule: string } | undefined;
  for (const [place, rule] of rules.entries()) {
    const { NoncurrentDays: days, NewerNoncurrentVersions: kept = 0 } = rule.NoncurrentVersionExpiration ?? {};
    if (rule.Status !== "Enabled" || days === undefined) continue;
    const match = matches(rule, version);
    if (match.is === "no") continue;
    const name = nameOf(rule, place);
    const why = match.is === "unknown" ? match.why : whyKept(kept, version);
    if (why !== undefined) {
      undecided.push(`${name}: ${why}`);
      continue;
    }
    const time = midnightAfter(version.since, days);
    if (!first || time < first.time) first = { time, rule: name };
  }
  if (!first) return { on: null, undecided };
  const { rule } = first;
  const { lockedUntil } = version;
  if (lockedUntil === null) return { on: null, undecided: [`${rule}: a legal hold keeps it`, ...undecided] };
  return { on: dayOf(Math.max(first.time, lockedUntil ?? 0)), rule, undecided };
}

/** To be read after what the version is under. */
export function endInWords({ on, rule, undecided }: End): string {
  const open = undecided.length > 0 ? `; not decided: ${undecided.join(", ")}` : "";
  return on === null ? `no lifecycle rule ends it${open}` : `lifecycle rule ${rule} ends it from ${on} on${open}`;
}
