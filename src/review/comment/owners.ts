import { isEmptyPart } from "../../fleet/owners-part";
import type { OwnersChange } from "../owners";
import { htmlCode, markdown, phrase, shown } from "../phrase";
import type { Review } from "../review";
import type { Block } from "./fit";

const pasted = (value: unknown): string[] => [
  "```json",
  ...JSON.stringify(value, null, 2).split("\n").map(shown),
  "```",
];

const sids = (all: readonly string[]): string => all.map((sid) => `\`${sid}\``).join(", ");

function item({ stack, bucket, part, noLongerAsked }: OwnersChange): string {
  const name = markdown(phrase`${stack} / ${bucket}`);
  if (!part) return `- ${name}: its key does not exist yet; \`at-rest preflight\` prints it after the apply`;
  const statements = part.statements.map(({ statement }) => statement);
  const asks = [
    ...(statements.length > 0 ? [`add ${sids(statements.map(({ Sid }) => String(Sid)))} to the policy`] : []),
    ...(part.defaultEncryption ? ["change the default encryption"] : []),
    ...(noLongerAsked.length > 0 ? [`take out ${sids(noLongerAsked)}`] : []),
  ];
  const line = `- ${name}: ${asks.join("; ")}`;
  if (isEmptyPart(part)) return line;
  return [
    line,
    "",
    `  <details><summary>To be pasted, for ${htmlCode(bucket)}</summary>`,
    "",
    ...[
      ...(statements.length > 0
        ? ["Statements, in place of those with the same Sid:", "", ...pasted(statements), ""]
        : []),
      ...(part.defaultEncryption
        ? ["Default encryption, as `put-bucket-encryption` takes it:", "", ...pasted(part.defaultEncryption), ""]
        : []),
    ].map((line) => (line === "" ? "" : `  ${line}`)),
    "  </details>",
  ].join("\n");
}

/** For people who own a bucket's policy or default encryption in another place. */
export function owners({ owners: changes }: Review): Block {
  return {
    what: "buckets with another owner's part",
    heading: [
      "**For other owners**: this project leaves these to them (`external`); `at-rest audit` fails until they are in force",
      "",
    ],
    items: changes.map((one) => () => item(one)),
    spaced: true,
    share: 0.5,
  };
}
