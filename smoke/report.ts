import type { Finished } from "../conformance/suite";
import type { CleanedUp } from "./clean-up";
import type { Answered } from "./probes/probe";

/** Something that was expected, and what was found. */
export interface Check {
  readonly claim: string;
  readonly holds: boolean;
  readonly found: string;
}

/** A part of the run: what it checked, and the error that it ended with, if it did. */
export interface Chapter {
  readonly name: string;
  readonly checks: readonly Check[];
  readonly error?: string;
}

export interface Report {
  readonly format: 1;
  readonly run: string;
  readonly startedAt: string;
  readonly account: string;
  readonly region: string;
  /** The host that was asked: AWS's own, unless this was a rehearsal. */
  readonly host: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly chapters: readonly Chapter[];
  readonly answers: readonly Answered[];
  readonly conformance: readonly Finished[];
  readonly cleanedUp: CleanedUp;
  readonly interrupted: boolean;
}

/** 0 if everything is as expected and nothing is left behind, 130 after Ctrl-C, else 1. An open point has no expectation. */
export function exitCodeOf({ chapters, conformance, cleanedUp, interrupted }: Report): 0 | 1 | 130 {
  if (interrupted) return 130;
  const asExpected =
    chapters.every(({ checks, error }) => error === undefined && checks.every(({ holds }) => holds)) &&
    conformance.every(({ result, left }) => result.is !== "fail" && left === undefined) &&
    cleanedUp.left.length === 0;
  return asExpected ? 0 : 1;
}

const controls = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g;

/** Text of AWS, or of Terraform, as one line of Markdown that means nothing else. */
const plain = (text: string): string =>
  text
    .replace(controls, " ")
    .replace(/[\\`*_[\]|~#]/g, "\\$&")
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;");

const row = (...cells: readonly string[]): string => `| ${cells.join(" | ")} |`;

function answersOf(answers: readonly Answered[]): string[] {
  return [
    "## Open points",
    "",
    row("question", "answer", "evidence", "what was sent"),
    row("---", "---", "---", "---"),
    ...answers.map(({ question, sends, answer }) =>
      row(
        plain(question),
        answer.is,
        plain(answer.is === "not asked" ? answer.because : answer.evidence),
        plain(sends),
      ),
    ),
    "",
  ];
}

function conformanceOf(finished: readonly Finished[]): string[] {
  const count = (is: string): number => finished.filter(({ result }) => result.is === is).length;
  return [
    "## Conformance suite",
    "",
    `${count("pass")} pass, ${count("fail")} fail, ${count("not supported")} not supported.`,
    "",
    ...finished.flatMap(({ area, case: one, result, left }) => [
      ...(result.is === "pass" ? [] : [`- ${result.is}: ${plain(area)}: ${plain(one.name)}: ${plain(result.because)}`]),
      ...(left === undefined ? [] : [`- left behind: ${plain(one.name)}: ${plain(left)}`]),
    ]),
    "",
  ];
}

/** The report for people. Its JSON is the report itself. */
export function markdown(report: Report): string {
  const versions = Object.entries(report.versions).map(([name, version]) => `${name} ${version}`);
  return [
    `# Smoke run ${report.run}`,
    "",
    `${report.startedAt}, ${plain(report.host)}, ${report.region}. ${plain(versions.join(", "))}.`,
    ...(report.interrupted ? ["", "**Stopped before its end.**"] : []),
    "",
    ...report.chapters.flatMap(({ name, checks, error }) => [
      `## ${plain(name)}`,
      "",
      ...checks.map(({ claim, holds, found }) => `- ${holds ? "ok" : "**OFF**"}: ${plain(claim)}: ${plain(found)}`),
      ...(error === undefined ? [] : [`- **stopped**: ${plain(error)}`]),
      "",
    ]),
    ...(report.answers.length > 0 ? answersOf(report.answers) : []),
    ...(report.conformance.length > 0 ? conformanceOf(report.conformance) : []),
    "## Clean-up",
    "",
    `${report.cleanedUp.removed.length} removed, ${report.cleanedUp.left.length} left.`,
    "",
    ...report.cleanedUp.left.map((what) => `- left: ${plain(what)}`),
    "",
  ].join("\n");
}

/** The same report without the account's id and the credentials, wherever they stand in what AWS said. */
export function withoutSecrets(report: Report, secrets: Readonly<Record<string, string>>): Report {
  const hidden = Object.entries(secrets).filter(([secret]) => secret !== "");
  return JSON.parse(JSON.stringify(report), (_, value: unknown) =>
    typeof value === "string" ? hidden.reduce((text, [secret, shown]) => text.replaceAll(secret, shown), value) : value,
  );
}
