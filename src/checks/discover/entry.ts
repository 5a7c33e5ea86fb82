import { stringify } from "yaml";
import { FleetError } from "../../fleet/mistakes";
import { parseFleet } from "../../fleet/parse";
import { visible } from "../../reencrypt/report";
import { bytesInWords, counted } from "../../reencrypt/report/words";
import { known } from "../preflight/looked";
import { type DiscoveredBucket, unseenOf } from "./found";
import type { Guess } from "./guess";

/** A text as YAML reads it as text: a bucket may be called 123 or null. */
export const scalar = (text: string): string => stringify(text, { lineWidth: 0 }).trimEnd();

/** One line, whatever strangers wrote: control characters are shown as such. */
export const comment = (text: string): string => `# ${visible(text)}`;

/** What was seen of a bucket, in one line. */
export function seenOf(bucket: DiscoveredBucket): string {
  const { size } = bucket;
  const encryption = known(bucket.encryption);
  const blocks = encryption?.blockedEncryptionTypes.includes("SSE-C") ? ", SSE-C blocked" : "";
  const counts = size
    ? `${size.objects === undefined ? "" : `${counted(size.objects, "object")}, `}${bytesInWords(size.bytes)} (${size.day})`
    : "size not known";
  return `${counts}; default encryption ${encryption ? `${encryption.algorithm}${blocks}` : "not known"}`;
}

/** The fields that a bucket's entry has, in order. */
const fieldsOf = (bucket: DiscoveredBucket, guess: Guess): string[] => [
  `name: ${scalar(bucket.name)}`,
  "stage: prepare",
  ...guess.classes.slice(0, 1).map((name) => `class: ${name}`),
  ...(guess.needsAes256 ? ["encryption: AES256"] : []),
  ...(guess.external ? ["policy: external", "defaultEncryption: external"] : []),
  ...guess.sourceKeys.map((arn) => `sourceKeys: [${scalar(arn)}]`),
];

/** What the fleet's own rules have against an entry; empty where it may stand as it is. */
function mistakesOf(bucket: DiscoveredBucket, fields: readonly string[]): string[] {
  const { account, region, partition } = bucket;
  const entry = `{ ${fields.join(", ")} }`;
  const text = `state: { backend: local, directory: state }
accounts:
  - { name: draft, id: ${scalar(account)}, partition: ${partition}, regions: { ${scalar(region)}: { buckets: [${entry}] } } }
`;
  try {
    parseFleet(text, "draft");
    return [];
  } catch (error) {
    const place = /^draft: (?:accounts\[0\]\.regions\.\S+?\.buckets\[0\]\.)?/;
    if (error instanceof FleetError) return error.mistakes.map((mistake) => mistake.replace(place, ""));
    throw error;
  }
}

export interface Entry {
  /** Whether the fleet takes it. The lines are comments where it does not. */
  readonly valid: boolean;
  /** YAML of one member of the list `buckets`, not indented. */
  readonly lines: readonly string[];
}

/** A bucket as the fleet would have it, with what was seen and why it was guessed. */
export function entryOf(bucket: DiscoveredBucket, guess: Guess): Entry {
  const fields = fieldsOf(bucket, guess);
  const mistakes = mistakesOf(bucket, fields);
  const yaml = fields.map((field, index) => `${index === 0 ? "- " : "  "}${field}`);
  const notes = [
    seenOf(bucket),
    ...guess.because,
    ...unseenOf(bucket).map((why) => `not read, so nothing was guessed from it: ${why}`),
  ];
  return {
    valid: mistakes.length === 0,
    lines: [
      ...notes.map(comment),
      ...(mistakes.length === 0
        ? yaml
        : [...mistakes.map((mistake) => comment(`not in the draft: ${mistake}`)), ...yaml.map(comment)]),
    ],
  };
}
