import { shownValue } from "../attributes";
import type { Finding } from "../finding";
import { destroys, keyType, replaces } from "../guards/guard";
import { childOf, textOf } from "../json";
import { type AttributeChange, attributeChanges, isChange } from "../normalise";
import { htmlCode, listed, markdown, type Phrase, phrase, plural } from "../phrase";
import type { Review, ReviewedStack } from "../review";
import { isPolicyAttribute, type Row } from "../rows";
import type { ResourceChange } from "../terraform-plan";
import type { Block } from "./fit";

/** Words of ours, chosen by a value. */
const words = (text: string): Phrase => ({ parts: [text] });

const place = ({ stack, bucket }: { stack: string; bucket?: string }): Phrase =>
  bucket === undefined ? phrase`${stack}` : phrase`${stack} / ${bucket}`;

export function destroyed({ stacks }: Review): Block {
  const rank = ({ type }: ResourceChange) =>
    type === keyType ? 0 : type === "aws_s3_bucket" ? 1 : type.startsWith("aws_s3") ? 2 : 3;
  const all = stacks
    .flatMap(({ stack, plan }) => plan.resources.filter(destroys).map((change) => ({ stack, change })))
    .sort((a, b) => rank(a.change) - rank(b.change));
  return {
    what: "destroyed or replaced resources",
    heading: ["**Destroyed or replaced**", ""],
    items: all.map(({ stack, change }) => {
      const what = words(replaces(change) ? "is replaced" : "is destroyed");
      return `- **${markdown(phrase`${change.address} in ${stack} ${what}`)}**`;
    }),
  };
}

const placeOf = (one: Finding): string => (one.stack === "" ? "" : ` ${markdown(place(one))}`);

/** One line each; of the same kind together, so that what to do is said once. */
function findingItems(findings: readonly Finding[]): string[] {
  const kinds = new Map<string, Finding[]>();
  for (const one of findings) kinds.set(one.id, [...(kinds.get(one.id) ?? []), one]);
  return [...kinds.values()].flatMap((same) => {
    const [first] = same;
    if (!first) return [];
    const name = `- **${first.level} \`${first.id}\`**`;
    if (same.length === 1) return [`${name}${placeOf(first)}: ${markdown(first.evidence)}. ${first.fix}`];
    const lines = same.map((one) => `  -${placeOf(one)}: ${markdown(one.evidence)}`);
    const [line = "", ...others] = lines;
    return [`${name}, ${same.length.toLocaleString("en-US")} times. ${first.fix}\n${line}`, ...others];
  });
}

const isOpen = ({ accepted }: Finding): boolean => accepted === undefined;

export function errors({ findings }: Review): Block {
  const open = findings.filter((one) => one.level === "error" && isOpen(one));
  return {
    what: "errors",
    heading: [`**${plural(open.length, "error stops", "errors stop")} this**`, ""],
    items: findingItems(open),
    share: 0.8,
  };
}

export function warnings({ findings }: Review): Block {
  const open = findings.filter((one) => one.level === "warning" && isOpen(one));
  return {
    what: "warnings",
    heading: [`**${plural(open.length, "warning asks", "warnings ask")} for a look**`, ""],
    items: findingItems(open),
    share: 0.6,
  };
}

export function accepted({ findings }: Review): Block {
  const items = findings.flatMap((one) =>
    one.accepted
      ? [
          `- **accepted** until ${markdown(phrase`${one.accepted.until}: ${one.accepted.reason}`)} - ${one.level} \`${one.id}\` ${markdown(phrase`${place(one)}: ${one.evidence}`)}`,
        ]
      : [],
  );
  return { what: "accepted findings", heading: ["**Accepted by the fleet**", ""], items, share: 0.7 };
}

export function notes({ findings }: Review): Block {
  return {
    what: "notes",
    heading: ["**Notes**", ""],
    items: findingItems(findings.filter((one) => one.level === "note" && isOpen(one))),
    share: 0.3,
  };
}

const stageCell = ({ stageBefore, stage }: Row): string => {
  if (stageBefore === undefined || stageBefore === stage) return stage;
  return `${stageBefore ?? "new"} -> ${stage}`;
};

export function table({ rows, findings }: Review): Block {
  const worried = new Set(findings.filter(({ level }) => level !== "note").map(({ bucket }) => bucket));
  const changed = rows.filter(({ changes, bucket }) => changes || worried.has(bucket));
  const important = [...changed].sort((a, b) => Number(worried.has(b.bucket)) - Number(worried.has(a.bucket)));
  return {
    what: "buckets",
    heading: ["| account | region | bucket | stage | default encryption | policy |", "|---|---|---|---|---|---|"],
    items: important.map((row) => {
      const { target, bucket, encryption, policy } = row;
      const cells = [phrase`${target.account.name}`, phrase`${target.region}`, phrase`${bucket}`].map(markdown);
      return `| ${[...cells, stageCell(row), markdown(encryption), markdown(policy)].join(" | ")} |`;
    }),
    share: 0.6,
  };
}

const path = ({ path: names }: AttributeChange): string =>
  names.map((name, index) => (typeof name === "number" ? `[${name}]` : `${index > 0 ? "." : ""}${name}`)).join("");

const attributePhrase = (one: AttributeChange): Phrase =>
  phrase`${path(one)} ${shownValue(one.before)} -> ${shownValue(one.after)}`;

export function keys({ stacks }: Review): Block {
  const items = stacks.flatMap(({ stack, plan }) =>
    plan.resources
      .filter((change) => change.type === keyType && isChange(change))
      .map((change) => {
        const attributes =
          change.actions.join() === "create"
            ? ["enable_key_rotation", "deletion_window_in_days"].flatMap((name) =>
                attributeChanges(change).filter((one) => one.path[0] === name),
              )
            : attributeChanges(change).filter((one) => !isPolicyAttribute(change.type, one.path[0]));
        const actions = words(change.actions.join(" and "));
        return `- ${markdown(phrase`${change.address} in ${stack}: ${actions}; ${listed(attributes.map(attributePhrase))}`).replace(/; $/, "")}`;
      }),
  );
  return { what: "key changes", heading: ["**Keys**", ""], items, share: 0.5 };
}

export function drift({ stacks }: Review): Block {
  const items = stacks.flatMap(({ stack, drift: changed }) =>
    changed.map(({ change, attributes }) => {
      const shown = attributes.filter((one) => !isPolicyAttribute(change.type, one.path[0]));
      const policy = shown.length < attributes.length ? [words("its policy")] : [];
      const what = change.actions.includes("delete")
        ? words("it is gone")
        : listed([...shown.map(attributePhrase), ...policy]);
      return `- ${markdown(phrase`${change.address} in ${stack}: ${what}`)}`;
    }),
  );
  return {
    what: "changes behind Terraform's back",
    heading: ["**Changed behind Terraform's back**, since the last apply, and not by this pull request", ""],
    items,
    share: 0.5,
  };
}

export function imports({ stacks }: Review): Block {
  const items = stacks.flatMap(({ stack, plan }) =>
    plan.resources.flatMap(({ address, importing }) => {
      if (importing === undefined) return [];
      const id = textOf(childOf(importing, "id")) ?? JSON.stringify(importing);
      return [`- ${markdown(phrase`${address} in ${stack}, from ${id}`)}`];
    }),
  );
  return {
    what: "imports",
    heading: ["**Imported**: taken into the state as they are, before they change", ""],
    items,
    share: 0.4,
  };
}

const countsText = ({ counts }: Pick<ReviewedStack, "counts">): string =>
  [
    `${counts.create} to add`,
    `${counts.update} to change`,
    `${counts.destroy} to destroy`,
    `${counts.replace} to replace`,
    `${counts.import} imported`,
    `${counts.forget} forgotten`,
  ].join(", ");

/** Always shown, whatever is cut. */
export const totals = ({ counts, failed, stacks }: Review): string =>
  `${countsText({ counts })}; ${plural(counts.drift, "resource was", "resources were")} changed behind Terraform's back; ${plural(stacks.length, "stack")} planned, ${failed} not.`;

function resourceLines(change: ResourceChange): string[] {
  const actions = words(change.actions.join(" and "));
  const taken = words(change.importing === undefined ? "" : ", imported");
  const moved = change.previousAddress === undefined ? phrase`` : phrase`, from ${change.previousAddress}`;
  const attributes = change.actions.includes("update") || replaces(change) ? attributeChanges(change) : [];
  return [
    `- ${markdown(phrase`${change.address}: ${actions}${taken}${moved}`)}`,
    ...attributes.map((one) =>
      isPolicyAttribute(change.type, one.path[0])
        ? `  - ${markdown(phrase`${path(one)}`)}: by statement, above`
        : `  - ${markdown(attributePhrase(one))}`,
    ),
  ];
}

export function details({ stacks }: Review): Block {
  return {
    what: "stacks in detail",
    heading: ["**Stack by stack**", ""],
    items: stacks
      .filter(({ empty }) => !empty)
      .map(({ stack, plan, counts, changes }) => () => {
        const outputs = changes.outputs.map(({ address }) => markdown(phrase`${address}`));
        return [
          `<details><summary>${htmlCode(stack)}: ${countsText({ counts })}</summary>`,
          "",
          ...plan.resources.filter(isChange).flatMap(resourceLines),
          ...(outputs.length > 0 ? [`- outputs: ${outputs.join(", ")}`] : []),
          "",
          "</details>",
        ].join("\n");
      }),
    spaced: true,
  };
}
