import type { Waiver } from "../../fleet/fleet";
import { type Check, check } from "./check";
import { encryptionChecks } from "./encryption-checks";
import { enforcementChecks } from "./enforcement";
import { exposureChecks } from "./exposure-checks";
import type { AuditFacts } from "./facts";
import { keyChecks } from "./key-checks";

function waiverChecks({ question }: AuditFacts): Check[] {
  const { fleet, today } = question;
  if (!fleet || fleet.accept.length === 0) return [];
  const over = fleet.accept.filter(({ until }) => until < today);
  const shown = (waivers: readonly Waiver[]) => waivers.map(({ what, until }) => `${what} until ${until}`).join(", ");
  return [
    over.length > 0
      ? check(question, "waivers", "fail", `run out: ${shown(over)}`)
      : check(question, "waivers", "pass", shown(fleet.accept)),
  ];
}

/** Every check of a configuration, in the order of the catalogue. A pure function of what was seen. */
export const auditConfiguration = (facts: AuditFacts): Check[] => [
  ...encryptionChecks(facts),
  ...enforcementChecks(facts),
  ...keyChecks(facts),
  ...exposureChecks(facts),
  ...waiverChecks(facts),
];
