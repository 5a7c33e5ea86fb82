import { type RefusalReason, refusalReasons } from "./decide";
import { type ObjectOutcome, type Outcome, outcomes } from "./outcome";
import type { SweepTally } from "./tally";

/** Why an object cannot be converted, and what would help, in one line each. */
export const refusalTexts: Readonly<Record<RefusalReason, string>> = {
  customerKey: "SSE-C: cannot be read without its customer key (--customer-key-file)",
  archived: "archived: has to be restored before it can be copied",
  locked: "Object Lock: a retention or legal hold is in the way",
  noncurrent: "noncurrent: a copy of it would become the current version",
  needsCopy: "only a copy can convert it: use --engine auto",
  updateNotAvailable: "the server has no UpdateObjectEncryption: --allow-copy copies instead",
  updateWithoutEffect: "the server's UpdateObjectEncryption changes nothing: --allow-copy copies instead",
  nullVersionWouldBeLost: "versioning is suspended: a copy would destroy the noncurrent null version",
  defaultRetention: "the bucket's default retention would lock the copy",
  foreignOwner: "owned by another account: a copy would change its owner",
  aclCannotBeResent: "its ACL has no grants, or one of WRITE, which a copy cannot carry",
  metadataCannotBeResent: "above 5 GiB with metadata that S3 does not show in full",
  annotationsCannotBeResent: "above 5 GiB with annotations, which a copy in parts cannot carry",
  keyTooLong: "its key leaves no room for the prefix of the backup",
  notBackedUp: "no finished backup covers it: run at-rest backup first",
  deletedThen: "it was deleted when it was backed up: a delete marker would have to be put on top",
};

/** The first words of the reason's line. */
const inShort = (reason: RefusalReason): string => refusalTexts[reason].replace(/:.*/, "");

const labels: Readonly<Record<Outcome, string>> = {
  alreadyRight: "already right",
  updated: "updated",
  copied: "copied",
  copiedInParts: "copied in parts",
  reported: "updated by a job",
  readBack: "of those, read back",
  notAsReported: "not as reported",
  notAsBefore: "not as before",
  changedMeanwhile: "changed meanwhile",
  gone: "deleted meanwhile",
  backedUp: "backed up",
  carried: "backed up before",
  markerNoted: "delete markers",
  restored: "restored",
  kept: "left as they are",
  notCompliant: "not compliant",
  noncurrentRight: "noncurrent, right",
  noncurrentLeft: "noncurrent, not right",
  underKey: "under the key",
  notUnderKey: "not under the key",
  cannot: "cannot be done",
  failed: "failed",
};

const notes: Readonly<Partial<Record<Outcome, string>>> = {
  updated: "no data moves",
  copiedInParts: "above 5 GiB",
  reported: "so its completion report says; not read back",
  readBack: "chosen evenly at random, and right",
  notAsReported: "chosen evenly at random, and not updated",
  notAsBefore: "encrypted as asked, and something else of them differs",
  changedMeanwhile: "their new content is already as it should be",
  carried: "unchanged since; the manifest names that copy",
  markerNoted: "named in the manifest",
  kept: "they are there, and are not as in the backup",
  noncurrentLeft: "no part of the verdict",
};

const dryRunLabels: Readonly<Partial<Record<Outcome, string>>> = {
  updated: "to be updated",
  copied: "to be copied",
  copiedInParts: "to be copied in parts",
};

/** Shown even where nothing ended that way, so that nobody has to wonder. */
const alwaysShown: ReadonlySet<Outcome> = new Set(["alreadyRight", "cannot", "failed"]);

export const grouped = (value: number): string => value.toLocaleString("en-US");

/** Control characters as escapes: keys come from strangers, and a terminal obeys them. */
export const visible = (text: string): string =>
  text.replace(
    /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/** An outcome as a person reads it. A dry run speaks of what is to be done. */
export const labelOf = (outcome: Outcome, dryRun: boolean): string =>
  (dryRun ? dryRunLabels[outcome] : undefined) ?? labels[outcome];

/** The outcomes in a column of counts, one line each. */
export function countLines(
  { counts, because }: SweepTally,
  dryRun: boolean,
  always: ReadonlySet<Outcome> = alwaysShown,
): string[] {
  const shown = outcomes.filter((outcome) => counts[outcome] || always.has(outcome));
  const rows = shown.map((outcome) => {
    const label = labelOf(outcome, dryRun);
    const reasons = refusalReasons
      .filter((reason) => because[reason])
      .map((reason) => `${grouped(because[reason] ?? 0)} ${inShort(reason)}`);
    const note = outcome === "cannot" && reasons.length > 0 ? reasons.join(", ") : (notes[outcome] ?? "");
    return { label, count: grouped(counts[outcome] ?? 0), note: counts[outcome] ? note : "" };
  });
  const labelWidth = Math.max(...rows.map(({ label }) => label.length));
  const countWidth = Math.max(...rows.map(({ count }) => count.length));
  return rows.map(({ label, count, note }) =>
    `  ${label.padEnd(labelWidth)}  ${count.padStart(countWidth)}      ${note}`.trimEnd(),
  );
}

/** One line for an object that needs somebody's attention. */
export function exceptionLine({ key, versionId, outcome, because, message }: ObjectOutcome): string {
  const version = versionId === undefined ? "" : ` (version ${versionId})`;
  const why = because ? refusalTexts[because] : (message ?? labels[outcome]);
  return visible(`${key}${version}: ${why}`);
}
