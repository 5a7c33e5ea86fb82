import { createHash } from "node:crypto";
import { z } from "zod";
import { type PrincipalAnswer, useOfObjects } from "./account-users";

/** How long a search may go on from an answer, in milliseconds: roles and their policies change. */
export const ANSWERS_KEPT_MS = 24 * 3_600_000;

/** What one request to IAM answered: a line of a file. */
export interface KeptAnswer {
  /** When, in UTC, as ISO 8601. */
  readonly at: string;
  /** The ARN of the role or user. */
  readonly principal: string;
  /** Of `questionOf`. */
  readonly question: string;
  /** By bucket. */
  readonly answers: Readonly<Record<string, PrincipalAnswer>>;
}

/** Where answers are kept while a search goes on, and what an earlier one had. */
export interface KeptAnswers {
  /** To a question that is asked now, by bucket; none that is too old. */
  of(question: string): ReadonlyMap<string, PrincipalAnswer> | undefined;
  keep(answer: KeptAnswer): void;
}

/** A digest of all that decides the answer besides the bucket. @param context of the principal */
export const questionOf = (context: Readonly<Record<string, string>>): string =>
  createHash("sha256")
    .update(JSON.stringify([useOfObjects, Object.entries(context).sort()]))
    .digest("hex");

const keptAnswer = z.strictObject({
  at: z.iso.datetime(),
  principal: z.string(),
  question: z.string(),
  answers: z.record(
    z.string(),
    z.strictObject({ reads: z.boolean(), writes: z.boolean(), hangsOn: z.array(z.string()) }),
  ),
});

export const formatKept = (answer: KeptAnswer): string => `${JSON.stringify(answer)}\n`;

/** Nothing for a line that is torn, or of another version: it is asked again. */
function parseKept(line: string): KeptAnswer | undefined {
  try {
    return keptAnswer.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}

/**
 * Answers that are not too old, by question and bucket. The latest one counts, wherever it stands.
 *
 * @param now milliseconds since 1970. An answer from after it is of a clock that was wrong, and counts as old
 */
export function readKept(text: string, now: number): Map<string, Map<string, PrincipalAnswer>> {
  const lines = text.split("\n").flatMap((line) => parseKept(line) ?? []);
  const young = lines.filter(({ at }) => now - Date.parse(at) <= ANSWERS_KEPT_MS && Date.parse(at) <= now);
  const found = new Map<string, Map<string, PrincipalAnswer>>();
  for (const { question, answers } of young.sort((one, other) => Date.parse(one.at) - Date.parse(other.at))) {
    const known = found.get(question) ?? new Map<string, PrincipalAnswer>();
    for (const [bucket, answer] of Object.entries(answers)) known.set(bucket, answer);
    found.set(question, known);
  }
  return found;
}
