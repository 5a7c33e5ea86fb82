import { describeEncryption } from "./audit";
import { minimumDays } from "./cost/prices";
import type { ObjectOutcome, Outcome } from "./outcome";

/** Objects of a page that have this in common. Sums of them say what a report has to say without knowing any object. */
export interface Group {
  readonly outcome: Outcome;
  /** Keys up to their first slash; empty for keys without one; null for the rest of a page with many of them. */
  readonly prefix: string | null;
  /** Encryption in words. Null where HeadObject did not show it. */
  readonly before: string | null;
  readonly after: string | null;
  readonly storageClass: string | null;
  readonly objects: number;
  readonly bytes: number;
  /** Bytes times the days that they have left of their class's minimum duration. */
  readonly earlyByteDays: number;
}

/** Prefixes of a page that are told apart. */
const PREFIXES = 8;
/** Characters of a prefix that are kept. Keys may be 1,024 bytes long. */
const LONGEST_PREFIX = 80;

export const sameGroup = (group: Omit<Group, "objects" | "bytes" | "earlyByteDays">): string =>
  JSON.stringify([group.outcome, group.prefix, group.before, group.after, group.storageClass]);

function prefixOf(key: string): string {
  const prefix = key.slice(0, key.indexOf("/") + 1);
  return prefix.length <= LONGEST_PREFIX ? prefix : Array.from(prefix).slice(0, LONGEST_PREFIX).join("");
}

/** Nothing where no object was watched. */
export function groupsOf(objects: readonly ObjectOutcome[]): { readonly groups?: readonly Group[] } {
  const groups = new Map<string, { -readonly [Name in keyof Group]: Group[Name] }>();
  const prefixes = new Set<string>();
  for (const { key, outcome, seen } of objects) {
    if (!seen) continue;
    const first = prefixOf(key);
    if (prefixes.size < PREFIXES) prefixes.add(first);
    const { size = 0, ageDays = 0, storageClass = null } = seen;
    const common = {
      outcome,
      prefix: prefixes.has(first) ? first : null,
      before: seen.before ? describeEncryption(seen.before) : null,
      after: seen.after ? describeEncryption(seen.after) : null,
      storageClass,
    };
    const name = sameGroup(common);
    let group = groups.get(name);
    if (!group) {
      group = { ...common, objects: 0, bytes: 0, earlyByteDays: 0 };
      groups.set(name, group);
    }
    group.objects++;
    group.bytes += size;
    group.earlyByteDays += size * Math.max(0, minimumDays(storageClass) - ageDays);
  }
  return groups.size > 0 ? { groups: [...groups.values()] } : {};
}
