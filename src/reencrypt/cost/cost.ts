import type { EncryptionTarget } from "../../fleet/fleet";
import type { Group } from "../groups";
import type { Operations } from "../pacing";
import { requestsOf } from "../traffic";
import { classPrices, minimumDays, type PriceList } from "./prices";

/** What a run asks of AWS that is charged for. */
export interface Use {
  readonly operations: Operations;
  /** What was, or is to be, changed: those that need nothing do no harm here. */
  readonly changed: readonly Group[];
  readonly target: EncryptionTarget;
  /** Whether what a copy replaces stays as a noncurrent version. */
  readonly keepsVersions: boolean;
}

export interface CostItem {
  readonly what: string;
  readonly amount: number;
  readonly unit: string;
  /** US dollars; with a bucket key, if its requests are saved as AWS says that they can be. */
  readonly dollars: number;
  /** If nothing is saved. Absent where it is the same. */
  readonly dollarsAtMost?: number;
  readonly note?: string;
}

export interface Cost {
  readonly items: readonly CostItem[];
  readonly dollars: number;
  readonly dollarsAtMost: number;
  /** Storage classes that the price list does not have. */
  readonly unpriced: readonly string[];
  readonly basis: { readonly region: string; readonly asOf: string; readonly source: readonly string[] };
}

/** AWS bills in units of 1,024^3 bytes and calls them GB. */
const GB = 1024 ** 3;
const DAYS_A_MONTH = 30;
/**
 * Of each request to KMS without a bucket key: "by up to 99 percent" fewer.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
 */
export const leftByBucketKey = 0.01;

const isCopied = ({ outcome }: Group): boolean =>
  outcome === "copied" || outcome === "copiedInParts" || outcome === "notAsBefore";

/**
 * What AWS charges for a run, at list prices.
 *
 * Copies are charged by the class of what they write, an update like a PUT to Standard whatever the class.
 * Not in it: data transfer, which within a region costs nothing, events, replication, and the machine.
 */
export function costOf(use: Use, prices: PriceList): Cost {
  const items = [...requestItems(use, prices), ...kmsItems(use, prices), ...dataItems(use, prices)];
  const sum = (of: (item: CostItem) => number) => items.reduce((total, item) => total + of(item), 0);
  const classes = new Set(use.changed.filter(isCopied).map(({ storageClass }) => storageClass ?? "STANDARD"));
  return {
    items,
    dollars: sum(({ dollars }) => dollars),
    dollarsAtMost: sum(({ dollars, dollarsAtMost }) => dollarsAtMost ?? dollars),
    unpriced: [...classes].filter((name) => prices.classes[name] === undefined).sort(),
    basis: { region: prices.region, asOf: prices.asOf, source: prices.source },
  };
}

function requestItems({ operations, changed }: Use, prices: PriceList): CostItem[] {
  const standard = classPrices(prices, "STANDARD");
  const copies = requestsOf(operations, "copy");
  const item = (what: string, amount: number, perThousand: number): CostItem[] =>
    amount > 0 ? [{ what, amount, unit: "requests", dollars: (amount * perThousand) / 1000 }] : [];
  return [
    ...item("lists", requestsOf(operations, "list"), standard.writes),
    ...item("looks (HEAD, tags, ACL)", requestsOf(operations, "look"), standard.reads),
    ...item("updates", requestsOf(operations, "update"), standard.writes),
    ...item("copies, with their parts", copies, writePriceOf(changed, prices)),
  ];
}

/** Of the classes that were copied to, by how many objects were. */
function writePriceOf(changed: readonly Group[], prices: PriceList): number {
  const copied = changed.filter(isCopied);
  const objects = copied.reduce((sum, group) => sum + group.objects, 0);
  if (objects === 0) return classPrices(prices, "STANDARD").writes;
  const of = ({ storageClass, objects: number }: Group) => number * classPrices(prices, storageClass).writes;
  return copied.reduce((sum, group) => sum + of(group), 0) / objects;
}

function kmsItems({ operations, changed, target }: Use, prices: PriceList): CostItem[] {
  const writes = requestsOf(operations, "update", "copy");
  if (writes === 0) return [];
  const perRequest = prices.kms / 10_000;
  const sources = changed.filter(({ before }) => before !== null && /KMS/.test(before));
  const decrypted = sources.filter(({ before }) => !before?.endsWith("bucket key on"));
  const decrypts = decrypted.reduce((sum, { objects }) => sum + objects, 0);
  const items: CostItem[] = [];
  if (target.algorithm !== "AES256") {
    const bucketKey = target.algorithm === "aws:kms" && target.bucketKey;
    // Two layers of encryption take two data keys.
    const amount = target.algorithm === "aws:kms:dsse" ? 2 * writes : writes;
    items.push({
      what: "KMS, for the new encryption",
      amount,
      unit: "requests at most",
      dollars: amount * perRequest * (bucketKey ? leftByBucketKey : 1),
      ...(bucketKey && { dollarsAtMost: amount * perRequest, note: "a bucket key saves up to 99 %" }),
    });
  }
  if (decrypts > 0) {
    items.push({ what: "KMS, to decrypt", amount: decrypts, unit: "requests", dollars: decrypts * perRequest });
  }
  return items;
}

function dataItems({ changed, keepsVersions }: Use, prices: PriceList): CostItem[] {
  const copied = changed.filter(isCopied);
  const inGB = (of: (group: Group) => number) => copied.reduce((sum, group) => sum + of(group), 0) / GB;
  const dollars = (of: (group: Group, price: ReturnType<typeof classPrices>) => number) =>
    copied.reduce((sum, group) => sum + of(group, classPrices(prices, group.storageClass)), 0) / GB;
  const all: CostItem[] = [
    {
      what: "retrieval of what is copied",
      amount: inGB(({ bytes, storageClass }) => (classPrices(prices, storageClass).retrieval > 0 ? bytes : 0)),
      unit: "GB",
      dollars: dollars(({ bytes }, { retrieval }) => bytes * retrieval),
    },
    keepsVersions
      ? {
          what: "what was replaced, as noncurrent versions",
          amount: inGB(({ bytes }) => bytes),
          unit: "GB",
          dollars: dollars(({ bytes }, { storage }) => bytes * storage),
          note: "each month, until it is deleted",
        }
      : {
          what: "early deletion of what was replaced",
          amount: inGB(({ bytes, storageClass, earlyByteDays }) =>
            minimumDays(storageClass) > 0 && earlyByteDays > 0 ? bytes : 0,
          ),
          unit: "GB",
          dollars: dollars(({ earlyByteDays }, { storage }) => (earlyByteDays / DAYS_A_MONTH) * storage),
        },
  ];
  return all.filter(({ amount }) => amount > 0);
}

/** How many requests an estimate counts for what a dry run found: it has looked at everything once, and changed nothing. */
export function expectedOperations(groups: readonly Group[], lists: number): Operations {
  const objects = (outcomes: readonly string[]) =>
    groups.filter(({ outcome }) => outcomes.includes(outcome)).reduce((sum, group) => sum + group.objects, 0);
  const all = groups.reduce((sum, group) => sum + group.objects, 0);
  const updated = objects(["updated"]);
  const copied = objects(["copied"]);
  const bytesInParts = groups.filter(({ outcome }) => outcome === "copiedInParts");
  const inParts = objects(["copiedInParts"]);
  const parts = bytesInParts.reduce((sum, { bytes }) => sum + Math.ceil(bytes / PART), 0);
  const changed = updated + copied + inParts;
  return {
    // Each change is looked at before and after, and each object once more by the sweep that finds nothing to do.
    head: all + changed + (changed > 0 ? all : 0) + copied + inParts,
    getTags: 2 * (copied + inParts),
    list: changed > 0 ? 2 * lists : lists,
    updateEncryption: updated,
    copy: copied,
    createUpload: inParts,
    copyPart: parts,
    completeUpload: inParts,
  };
}

/** Bytes of a part, about. */
const PART = 512 * 1024 ** 2;
