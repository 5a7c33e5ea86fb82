import type { EncryptionTarget } from "../../fleet/fleet";
import type { Encryption, ObjectId, ObjectState } from "../../s3/object-store";
import { minimumDays } from "../cost/prices";
import { type Decision, decide, type Engine } from "../decide";
import type { Group } from "../groups";
import type { Outcome } from "../outcome";
import type { EncryptionStatus, InventoryLine } from "./line";
import { UnreadableInventory } from "./manifest";

export interface CountContext {
  readonly target: EncryptionTarget;
  readonly engine: Engine;
  /** Only keys that begin with it. @default all */
  readonly prefix?: string;
  /** Whether keys of objects under SSE-C are given: they are taken to be the right ones. */
  readonly customerKeys: boolean;
  /** Of the bucket: what is copied would be locked, and so is not copied. */
  readonly defaultRetention: boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Objects that are drawn from those that the inventory cannot tell. */
  readonly sample: number;
  /** From 0 up to 1. */
  readonly random: () => number;
}

/** Current objects of a bucket, by what a conversion would do with them. */
export interface InventoryCount {
  readonly objects: number;
  readonly bytes: number;
  /** Lines that are no current object. */
  readonly noncurrent: number;
  readonly deleteMarkers: number;
  /** Of what is sure. */
  readonly groups: readonly Group[];
  /** Encrypted as asked for, if under that key: an inventory has no key ARN. Outcomes are those of another key. */
  readonly unsure: {
    readonly groups: readonly Group[];
    readonly objects: number;
    readonly sample: readonly ObjectId[];
  };
}

/** Columns without which nothing can be counted. */
export const neededColumns = ["size", "storage_class", "encryption_status"] as const;

/**
 * Counts what an inventory says, by the decisions of a conversion.
 *
 * What only a look at an object can tell is not in it: who owns it, whether a restore of it has ended, annotations,
 * and what lies beneath it where versioning is suspended.
 */
export async function countInventory(
  lines: AsyncIterable<InventoryLine>,
  context: CountContext,
): Promise<InventoryCount> {
  const { prefix = "" } = context;
  const sure = new Map<string, GroupSum>();
  const unsure = new Map<string, GroupSum>();
  const sample: ObjectId[] = [];
  const counts = { objects: 0, bytes: 0, noncurrent: 0, deleteMarkers: 0 };
  let drawnFrom = 0;
  for await (const line of lines) {
    if (!line.key.startsWith(prefix)) continue;
    if (!line.isLatest) counts.noncurrent++;
    else if (line.isDeleteMarker) counts.deleteMarkers++;
    else {
      const isUnsure = mayBeRight(line, context.target);
      add(isUnsure ? unsure : sure, line, outcomeOf(line, context), context.now);
      counts.objects++;
      counts.bytes += line.size ?? 0;
      if (isUnsure) draw(sample, { key: line.key }, ++drawnFrom, context);
    }
  }
  return {
    ...counts,
    groups: [...sure.values()],
    unsure: { groups: [...unsure.values()], objects: drawnFrom, sample },
  };
}

/** A share of what is unsure is right already, and the rest is not. */
export function withShare({ groups, unsure }: InventoryCount, share: number): readonly Group[] {
  const part = (group: Group, of: number, outcome: Outcome): Group => ({
    ...{ ...group, outcome },
    ...{ objects: group.objects * of, bytes: group.bytes * of, earlyByteDays: group.earlyByteDays * of },
  });
  const both = unsure.groups.flatMap((group) => [
    part(group, share, "alreadyRight"),
    part(group, 1 - share, group.outcome),
  ]);
  return [...groups, ...both.filter(({ objects }) => objects > 0)];
}

const algorithms = {
  "NOT-SSE": "none",
  "SSE-S3": "AES256",
  "SSE-KMS": "aws:kms",
  "DSSE-KMS": "aws:kms:dsse",
  "SSE-C": "customer",
} as const satisfies Record<EncryptionStatus, Encryption["is"]>;

/** An inventory does not name the key, and no key has this name. */
const UNKNOWN_KEY = "";

/** @throws UnreadableInventory where a line leaves it out */
function encryptionOf({ key, encryption, bucketKey = false }: InventoryLine): Encryption {
  if (encryption === undefined) throw new UnreadableInventory(`it does not say how ${key} is encrypted`);
  return { is: algorithms[encryption], keyArn: UNKNOWN_KEY, bucketKey };
}

/** Whether everything but the key is as the target says. @throws UnreadableInventory where a line leaves it out */
export function isAsTarget(line: InventoryLine, target: EncryptionTarget): boolean {
  if (encryptionOf(line).is !== target.algorithm) return false;
  return target.algorithm !== "aws:kms" || line.bucketKey === undefined || line.bucketKey === target.bucketKey;
}

/** Whether it depends on the key, which an inventory does not name. */
const mayBeRight = (line: InventoryLine, target: EncryptionTarget): boolean =>
  target.algorithm !== "AES256" && isAsTarget(line, target);

const outcomes = {
  nothing: "alreadyRight",
  update: "updated",
  copy: "copied",
  multipartCopy: "copiedInParts",
  refuse: "cannot",
} as const satisfies Record<Decision["do"], Outcome>;

function outcomeOf(line: InventoryLine, context: CountContext): Outcome {
  const { target, engine, customerKeys, defaultRetention, now } = context;
  if (line.encryption === "SSE-C" && !customerKeys) return "cannot";
  const decision = decide(stateOf(line), target, { engine, noncurrent: false, now }).do;
  const isCopy = decision === "copy" || decision === "multipartCopy";
  return isCopy && defaultRetention ? "cannot" : outcomes[decision];
}

const archives = new Set(["GLACIER", "DEEP_ARCHIVE"]);
/** As inventories and as HeadObject name them. */
const archiveTiers = new Set(["ARCHIVE", "DEEP_ARCHIVE", "ARCHIVE_ACCESS", "DEEP_ARCHIVE_ACCESS"]);

const stateOf = (line: InventoryLine): ObjectState => ({
  ...{ key: line.key, etag: "", size: line.size ?? 0, lastModified: line.lastModified ?? 0, lock: line.lock },
  ...{ encryption: encryptionOf(line), storageClass: line.storageClass ?? "STANDARD" },
  archived: archives.has(line.storageClass ?? "") || archiveTiers.has(line.accessTier ?? ""),
  ...{ headers: {}, metadata: {}, missingMetadata: 0 },
});

type GroupSum = { -readonly [Name in keyof Group]: Group[Name] };

const MS_A_DAY = 86_400_000;

function add(groups: Map<string, GroupSum>, line: InventoryLine, outcome: Outcome, now: number): void {
  const { storageClass = null, size = 0, lastModified = now } = line;
  const before = inWords(line);
  const name = `${outcome} ${before} ${storageClass}`;
  let group = groups.get(name);
  if (!group) {
    const common = { outcome, prefix: null, before, after: null, storageClass };
    group = { ...common, objects: 0, bytes: 0, earlyByteDays: 0 };
    groups.set(name, group);
  }
  const ageDays = Math.max(0, Math.floor((now - lastModified) / MS_A_DAY));
  group.objects++;
  group.bytes += size;
  group.earlyByteDays += size * Math.max(0, minimumDays(storageClass) - ageDays);
}

/** As reports say it, without the key. */
function inWords({ encryption = "NOT-SSE", bucketKey }: InventoryLine): string {
  if (encryption === "NOT-SSE") return "not encrypted";
  return encryption === "SSE-KMS" ? `SSE-KMS, bucket key ${bucketKey ? "on" : "off"}` : encryption;
}

/** Each of those seen so far is in the sample with the same chance. */
export function draw(
  sample: ObjectId[],
  one: ObjectId,
  seen: number,
  { sample: size, random }: Pick<CountContext, "sample" | "random">,
): void {
  if (sample.length < size) sample.push(one);
  else {
    const at = Math.floor(random() * seen);
    if (at < size) sample[at] = one;
  }
}
