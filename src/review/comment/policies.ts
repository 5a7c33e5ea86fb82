import type { Statement } from "../../fleet/policy";
import { nameOf } from "../guards/policy";
import { lineDiff } from "../line-diff";
import { htmlCode, listed, markdown, phrase, shown } from "../phrase";
import type { Review } from "../review";
import { type PolicyChange, policiesOf } from "../rows";
import type { StatementChange } from "../statements";
import type { Block } from "./fit";

/** A statement's lines. JSON has no line of nothing but backticks, which alone would end the block of code. */
const linesOf = (statement: Statement | undefined): string[] =>
  statement === undefined ? [] : JSON.stringify(statement, null, 2).split("\n").map(shown);

const sidesOf = (change: StatementChange): [Statement | undefined, Statement | undefined] => [
  "before" in change ? change.before : undefined,
  "after" in change && change.is !== "kept" ? change.after : undefined,
];

function differenceOf(changes: readonly StatementChange[]): string[] {
  return changes
    .filter(({ is }) => is !== "kept")
    .flatMap((change) => {
      const [before, after] = sidesOf(change);
      return lineDiff(linesOf(before), linesOf(after)).map(({ sign, text }) => `${sign} ${text}`);
    });
}

function sidsOf(changes: readonly StatementChange[], wanted: StatementChange["is"]): string[] {
  const named = changes.flatMap((one, index) => (one.is === wanted ? [nameOf(one, index + 1)] : []));
  if (named.length === 0) return [];
  const text = markdown(listed([phrase`${{ parts: [`${wanted} `] }}${named[0] ?? phrase``}`, ...named.slice(1)]));
  return [wanted === "removed" || wanted === "changed" ? `**${text}**` : text];
}

function policyItem(stack: string, { address, bucket, changes }: PolicyChange): string {
  const where = bucket === undefined ? phrase`${stack}` : phrase`${stack} / ${bucket}`;
  const name = markdown(phrase`${where}, ${address}`);
  if (!changes) return `- ${name}: **known only after the apply**, so nobody can say what is kept`;
  const sids = (["removed", "changed", "added", "kept"] as const).flatMap((is) => sidsOf(changes, is));
  return [
    `- ${name}: ${sids.join("; ")}`,
    "",
    `  <details><summary>Statements of ${htmlCode(address)}</summary>`,
    "",
    ...["```diff", ...differenceOf(changes), "```"].map((line) => `  ${line}`),
    "",
    "  </details>",
  ].join("\n");
}

/** Policies that lose or change statements come first. */
export function policies({ stacks }: Review): Block {
  const all = stacks.flatMap(({ stack, plan }) => policiesOf(plan).map((one) => ({ stack, one })));
  const loses = ({ one }: (typeof all)[number]) =>
    !one.changes || one.changes.some(({ is }) => is === "removed" || is === "changed");
  const ordered = [...all].sort((a, b) => Number(loses(b)) - Number(loses(a)));
  return {
    what: "policies",
    heading: ["**Policies, by statement**", ""],
    items: ordered.map(
      ({ stack, one }) =>
        () =>
          policyItem(stack, one),
    ),
    spaced: true,
    share: 0.6,
  };
}
