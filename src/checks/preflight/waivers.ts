import type { Waivable, Waiver } from "../../fleet/fleet";
import type { FindingId } from "./catalogue";
import type { Intent } from "./facts";
import { type Finding, finding, type Level } from "./finding";

const waiverOf = ({ fleet, today }: Intent, what: Waivable): Waiver | undefined =>
  fleet?.accept.find((waiver) => waiver.what === what && waiver.until >= today);

/** A finding until the fleet accepts `what` by name; then a note that says why. */
export function unlessAccepted(intent: Intent, what: Waivable, level: Level, id: FindingId, evidence: string): Finding {
  const waiver = waiverOf(intent, what);
  return waiver
    ? finding("note", id, `${evidence}; accepted until ${waiver.until}: ${waiver.reason}`)
    : finding(level, id, evidence);
}
