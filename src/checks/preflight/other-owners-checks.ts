import { accepts, type EnforcementRow, enforcementRows } from "../../fleet/fleet";
import { encryptionChecks } from "../audit/encryption-checks";
import { enforcementChecks } from "../audit/enforcement";
import type { Facts } from "./facts";
import { type Finding, finding } from "./finding";

/** What a bucket's other owners have not put yet, of what the stage asks. */
export interface Lacks {
  /** Rows that the live policy does not deny, or of which that cannot be decided here. */
  readonly rows: readonly EnforcementRow[];
  readonly defaultEncryption: boolean;
}

/** Looks as an audit will. Nothing where the fleet leaves neither to anybody, or where it could not be looked at. */
export function lackingOf({ intent, bucket }: Facts): Lacks {
  const { fleet, judgedFor } = intent;
  if (!fleet) return { rows: [], defaultEncryption: false };
  const question = { ...intent, fleet: { ...fleet, stage: judgedFor } };
  const looked = { question, configuration: bucket };
  const lacks = (checks: ReturnType<typeof encryptionChecks>, wanted: string): boolean =>
    checks.some(({ id, result }) => id === wanted && (result === "fail" || result === "could-not-look"));
  const enforcement = fleet.policy === "external" && bucket.policy.is === "seen" ? enforcementChecks(looked) : [];
  const encryption =
    fleet.defaultEncryption === "external" && bucket.encryption.is === "seen" ? encryptionChecks(looked) : [];
  return {
    rows: enforcementRows.filter((row) => !accepts(fleet, row) && lacks(enforcement, row)),
    defaultEncryption: lacks(encryption, "default-encryption"),
  };
}

/** Warnings at every stage: the rest works without, and the audit fails until it is there. */
export function otherOwnersChecks(facts: Facts): Finding[] {
  const { rows, defaultEncryption } = lackingOf(facts);
  return [
    ...(rows.length > 0 ? [finding("warning", "owners-policy-lacks", `not denied: ${rows.join(", ")}`)] : []),
    ...(defaultEncryption ? [finding("warning", "owners-encryption-differs", "it is not the target's")] : []),
  ];
}
