import type { Waiver } from "../fleet/fleet";
import { compareText } from "./json";
import { type Phrase, plainText } from "./phrase";

export type Level = "error" | "warning" | "note";

interface Entry {
  readonly level: Level;
  readonly means: string;
  readonly fix: string;
}

/** Everything that a review can find. An id stays what it is: waivers name it. `docs/review.md` is this table. */
export const catalogue = {
  "plan-failed": {
    level: "error",
    means: "The stack could not be planned, so nothing is known of what would change.",
    fix: "Mend what Terraform names, and plan again.",
  },
  "plan-unreadable": {
    level: "error",
    means:
      "The plan's JSON is cut, of another format, or not what was hashed, or the plan invokes actions, which no hash covers.",
    fix: "Run at-rest plan again, with a Terraform whose plans have format 1.",
  },
  "plan-incomplete": {
    level: "error",
    means: "Terraform stopped in the middle or put changes off: there is more than is shown.",
    fix: "Plan again until it is complete.",
  },
  "stack-not-in-fleet": {
    level: "error",
    means: "The plan is of a stack that the fleet does not have.",
    fix: "Add its account and region to the fleet, or leave the plan out.",
  },
  "stack-not-planned": {
    level: "warning",
    means: "A stack of the fleet is not among the plans.",
    fix: "Plan every stack, unless this is one wave of several.",
  },
  "account-not-of-fleet": {
    level: "error",
    means:
      "A provider may touch another account or region than the stack's, or something of another account or region is changed.",
    fix: "Look at the provider's allowed_account_ids and at the credentials that planned.",
  },
  "key-destroyed": {
    level: "error",
    means: "The key is deleted: after its window whatever is under it is lost for good.",
    fix: "Keep the key. Old material costs little; objects that nobody can decrypt cannot be bought back.",
  },
  "key-replaced": {
    level: "error",
    means: "A new key takes the place of the old one, which is deleted with all that is under it.",
    fix: "Undo what forces the replacement; make a second key, convert to it, and keep the first.",
  },
  "bucket-destroyed": {
    level: "error",
    means: "A bucket is deleted.",
    fix: "Keep it: take its objects' lifetime to the lifecycle rules instead.",
  },
  "bucket-replaced": {
    level: "error",
    means: "A bucket is deleted and made again, without its objects.",
    fix: "Undo what forces the replacement.",
  },
  "policy-destroyed": {
    level: "error",
    means: "A bucket's whole policy is deleted, with everybody's statements.",
    fix: "Take the bucket to stage released, which forgets the policy and leaves it as it is.",
  },
  "policy-replaced": {
    level: "error",
    means: "A bucket's policy is deleted and put again: for a moment nothing is denied, and nobody is allowed.",
    fix: "Undo what forces the replacement.",
  },
  "encryption-destroyed": {
    level: "error",
    means: "A bucket's default encryption is reset to S3's own keys.",
    fix: "Take the bucket to stage released, which leaves it as it is.",
  },
  "encryption-replaced": {
    level: "error",
    means: "A bucket's default encryption is reset and set again: objects put in between are under S3's own keys.",
    fix: "Undo what forces the replacement.",
  },
  "protection-destroyed": {
    level: "error",
    means: "A setting that protects the backups is removed: versions, public access, ownership or lifecycle.",
    fix: "Keep it.",
  },
  forgotten: {
    level: "error",
    means: "Terraform forgets something that the fleet still has it hold.",
    fix: "Take the removed block out; only buckets at stage prepare or released are forgotten.",
  },
  "resource-destroyed": {
    level: "note",
    means: "A resource that holds no data is deleted or made again, such as a policy of the conversion role.",
    fix: "Nothing, if the bucket that it was for has left.",
  },
  "resource-not-ours": {
    level: "warning",
    means: "The plan changes something that this project's stacks do not make.",
    fix: "Read the change in full: the guards do not know this type.",
  },
  "not-imported": {
    level: "error",
    means: "A bucket's policy or default encryption is put without looking: what is live would be overwritten unseen.",
    fix: "Run at-rest snapshot, commit the file, and let the stack import what is there.",
  },
  "policy-statement-lost": {
    level: "error",
    means: "A statement that is live in the bucket's policy is not in the plan.",
    fix: "Run at-rest snapshot, so that the statement is kept; or delete it by hand first.",
  },
  "policy-statement-changed": {
    level: "error",
    means: "A live statement of somebody else's, or the policy around it, changes.",
    fix: "Run at-rest snapshot; statements of others are kept as they are.",
  },
  "policy-not-known": {
    level: "error",
    means: "The policy is known only after the apply, so nobody can say which statements are kept.",
    fix: "Apply stage prepare first: the key exists then, and the plan shows the policy.",
  },
  "denial-removed": {
    level: "warning",
    means: "A denial of this project's goes: what it refused is accepted again.",
    fix: "Nothing, if a stage goes back or a waiver says so.",
  },
  "public-allow": {
    level: "error",
    means: "A statement lets in everybody, and no condition names an account, an organisation or a network.",
    fix: "Name the principals, or add a condition such as aws:PrincipalOrgID.",
  },
  "public-allow-kept": {
    level: "warning",
    means: "A statement that is live already lets in everybody; it is kept.",
    fix: "Ask its owner whether that is meant.",
  },
  "encryption-weaker": {
    level: "error",
    means: "The default encryption goes from a KMS key to S3's own keys, or to what is known only after the apply.",
    fix: "Choose encryption: aws:kms, or accept this with a reason.",
  },
  "key-rotation-off": {
    level: "error",
    means: "Automatic rotation of the key is turned off.",
    fix: "Leave enable_key_rotation on: nothing has to be encrypted again after a rotation.",
  },
  "key-deletion-window-shortened": {
    level: "error",
    means: "There are fewer days left to notice that a key is being deleted.",
    fix: "Keep 30 days, the longest that KMS has.",
  },
  "key-disabled": {
    level: "error",
    means: "The key is disabled: every read and write of what is under it fails.",
    fix: "Keep it enabled.",
  },
  "key-lock-out": {
    level: "error",
    means: "The key's account loses the right to change the key's policy, or the check against that is switched off.",
    fix: "Keep kms:* for the account's root, and bypass_policy_lockout_safety_check off.",
  },
  "key-user-removed": {
    level: "warning",
    means: "A statement of the key's policy goes or changes: who read or wrote through it may no longer.",
    fix: "Make sure that nobody needs it: denied decryption looks like lost objects.",
  },
  "backup-less-protected": {
    level: "error",
    means: "The backup bucket gets less protection: versions, ACLs, public access, or what may be deleted with it.",
    fix: "Leave it as the stack makes it.",
  },
  "backup-retention-shortened": {
    level: "warning",
    means: "Backups, or their noncurrent versions, are deleted after fewer days, those that are there already as well.",
    fix: "Nothing, if that is meant: from then on nobody can go back to the older ones.",
  },
  "stage-skipped": {
    level: "error",
    means: "A bucket advances by more than one stage.",
    fix: "One stage a pull request; newBucket: true is for buckets that no client precedes.",
  },
  "stage-back": {
    level: "warning",
    means: "A bucket goes back by a stage.",
    fix: "Nothing, if that is meant: what is no longer held is forgotten, and stays live.",
  },
  "stage-without-preflight": {
    level: "error",
    means: "A bucket advances, and no recorded preflight covers it.",
    fix: "Run at-rest preflight for the bucket, read it, and commit its file in preflight/.",
  },
  "stage-without-audit": {
    level: "error",
    means: "A bucket advances to enforce, and no recorded audit covers it.",
    fix: "Run at-rest audit for the bucket, and commit what it records.",
  },
  "bucket-left-fleet": {
    level: "error",
    means: "A bucket is taken out of the fleet, or moved in it, without stage released.",
    fix: "Put it back, take it to stage released, apply, and remove it then.",
  },
  "stages-not-compared": {
    level: "warning",
    means: "Without the base branch's fleet nobody can say which stages change.",
    fix: "Name it with --base-fleet or --base.",
  },
  "changed-behind-terraform": {
    level: "warning",
    means: "Somebody changed this since Terraform last applied it.",
    fix: "Find out who and why: the next apply puts it back, unless the fleet takes it up.",
  },
  "waiver-expired": {
    level: "warning",
    means: "A waiver of the fleet has run out.",
    fix: "Decide again: extend it with a reason, or fix what it waived.",
  },
} as const satisfies Record<string, Entry>;

export type FindingId = keyof typeof catalogue;

export interface Finding {
  readonly id: FindingId;
  readonly level: Level;
  readonly stack: string;
  /** Nothing where it is the stack's, such as its key: then nobody can waive it. */
  readonly bucket?: string;
  readonly evidence: Phrase;
  readonly fix: string;
  /** By the fleet: then it stops nobody. */
  readonly accepted?: Pick<Waiver, "reason" | "until">;
}

export interface Where {
  readonly stack: string;
  readonly bucket?: string;
}

/** @param level @default the catalogue's */
export const finding = (
  id: FindingId,
  where: Where,
  evidence: Phrase,
  level: Level = catalogue[id].level,
): Finding => ({
  id,
  level,
  stack: where.stack,
  ...(where.bucket === undefined ? {} : { bucket: where.bucket }),
  evidence,
  fix: catalogue[id].fix,
});

const levels: readonly Level[] = ["error", "warning", "note"];

/** Errors first; then by id, stack, bucket and evidence, whatever the order of plans and guards. */
export const sorted = (findings: readonly Finding[]): Finding[] =>
  [...findings].sort(
    (a, b) =>
      levels.indexOf(a.level) - levels.indexOf(b.level) ||
      compareText(a.id, b.id) ||
      compareText(a.stack, b.stack) ||
      compareText(a.bucket ?? "", b.bucket ?? "") ||
      compareText(plainText(a.evidence), plainText(b.evidence)),
  );
