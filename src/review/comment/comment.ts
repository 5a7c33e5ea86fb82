import { plural } from "../phrase";
import type { Review } from "../review";
import { asMuchAsFits } from "./fit";
import { owners } from "./owners";
import { policies } from "./policies";
import { accepted, destroyed, details, drift, errors, imports, keys, notes, table, totals, warnings } from "./sections";

/** GitHub takes 65,536 characters in a comment. */
export const longestComment = 65_000;

/** By it a comment is found again, to be updated and not repeated. */
export const marker = "<!-- at-rest-review -->";

function destruction({ counts, failed }: Review): string {
  const { destroy, replace } = counts;
  if (destroy + replace > 0) {
    const parts = [
      ...(destroy > 0 ? [`${plural(destroy, "resource is", "resources are")} destroyed`] : []),
      ...(replace > 0 ? [`${plural(replace, "resource is", "resources are")} replaced`] : []),
    ];
    return `${parts.join(", ")}.`;
  }
  return failed > 0
    ? "Nothing is destroyed or replaced in what could be planned."
    : "Nothing is destroyed or replaced.";
}

/** Whether it is safe to merge, in one line. */
export function headline(review: Review): string {
  const { verdict, rows, findings, stacks } = review;
  const open = (wanted: string) =>
    findings.filter(({ level, accepted: waived }) => level === wanted && waived === undefined).length;
  const answer = {
    refused: `Do not merge: ${plural(open("error"), "error")}.`,
    look: `Look at ${plural(open("warning"), "warning")} before you merge.`,
    safe: "Safe to merge.",
    "nothing to do": "Nothing to do.",
  }[verdict];
  const change = rows.filter(({ changes }) => changes).length;
  const buckets = `${plural(rows.length, "bucket")}: ${change} change, ${rows.length - change} unchanged`;
  return `${answer} Encryption plan of ${plural(stacks.length, "stack")}, ${buckets}. ${destruction(review)}`;
}

function approval({ hash, waves, verdict }: Review): string[] {
  if (verdict === "nothing to do") return [`Changes: \`${hash}\` (none).`];
  const lines = [
    `Changes: \`${hash}\`. Applied after the merge only if they are still these: \`at-rest apply --approved\`.`,
  ];
  if (waves.length < 2) return lines;
  return [...lines, "", ...waves.map(({ wave, hash: own }) => `- wave ${wave}: \`${own}\``)];
}

/**
 * The comment for a pull request, in GitHub's Markdown: the same text for the same plans, at most 65,000 characters.
 *
 * What plans, policies and fleets say is in code spans and blocks that it cannot leave.
 */
export function comment(review: Review): string {
  const top = [`### ${headline(review)}`, "", totals(review), ""];
  const bottom = [...approval(review), "", marker, ""];
  const blocks = [
    destroyed(review),
    errors(review),
    warnings(review),
    accepted(review),
    table(review),
    owners(review),
    policies(review),
    keys(review),
    drift(review),
    imports(review),
    notes(review),
    details(review),
  ];
  const room = longestComment - [...top, ...bottom].join("\n").length - 1;
  return [...top, ...asMuchAsFits(blocks, room), ...bottom].join("\n");
}
