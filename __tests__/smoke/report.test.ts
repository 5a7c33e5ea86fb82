import { behaviour, s3Api } from "../../conformance/case";
import { exitCodeOf, markdown, type Report, withoutSecrets } from "../../smoke/report";

const report = (changes: Partial<Report> = {}): Report => ({
  format: 1,
  run: "0123abcd",
  startedAt: "2026-11-22T00:00:00.000Z",
  account: "111122223333",
  region: "eu-west-1",
  host: "s3.eu-west-1.amazonaws.com",
  versions: { node: "20.20.2", terraform: "1.11.4" },
  chapters: [{ name: "Stages", checks: [{ claim: "a plan", holds: true, found: "No changes" }] }],
  answers: [],
  conformance: [],
  cleanedUp: { removed: ["bucket a"], left: [] },
  interrupted: false,
  ...changes,
});
const finished = (is: "pass" | "fail", left?: string) => ({
  area: "Copies",
  case: behaviour("a copy", "CopyObject", s3Api("CopyObject"), async () => undefined),
  result: is === "pass" ? ({ is } as const) : ({ is, because: "it is 500" } as const),
  left,
});

test.each<[string, Partial<Report>, number]>([
  ["all as expected", { conformance: [finished("pass")] }, 0],
  ["a check that does not hold", { chapters: [{ name: "a", checks: [{ claim: "b", holds: false, found: "c" }] }] }, 1],
  ["a chapter that was stopped", { chapters: [{ name: "a", checks: [], error: "b" }] }, 1],
  ["a case that fails", { conformance: [finished("fail")] }, 1],
  ["a case that left something", { conformance: [finished("pass", "a bucket")] }, 1],
  ["something left behind", { cleanedUp: { removed: [], left: ["bucket b"] } }, 1],
  ["an interruption, whatever else", { interrupted: true, conformance: [finished("fail")] }, 130],
  [
    "an answer that nobody expected, for nobody can expect one",
    { answers: [{ question: "a", sends: "b", answer: { is: "other", evidence: "500" } }] },
    0,
  ],
])("the exit code of %s", (_, changes, exitCode) => {
  expect(exitCodeOf(report(changes))).toBe(exitCode);
});

test("the report names what was found, and what AWS says is no Markdown of ours", () => {
  const text = markdown(
    report({
      answers: [
        { question: "Is it?", sends: "a put", answer: { is: "no", evidence: "403: <b>no</b> | *none*\n# heading" } },
      ],
      conformance: [finished("fail")],
      cleanedUp: { removed: [], left: ["bucket b"] },
    }),
  );
  expect(text).toContain("- ok: a plan: No changes");
  expect(text).toContain("| Is it? | no | 403: &lt;b>no&lt;/b> \\| \\*none\\* \\# heading | a put |");
  expect(text).toContain("- fail: Copies: a copy: it is 500");
  expect(text).toContain("- left: bucket b");
});

test("account, credentials and session are in no part of what is attached", () => {
  const shown = withoutSecrets(
    report({
      chapters: [{ name: "a", checks: [], error: "111122223333: user of 111122223333 with topSecret" }],
      cleanedUp: { removed: ["bucket at-rest-backup-111122223333-eu-west-1"], left: [] },
    }),
    { "111122223333": "<account>", topSecret: "<secret>", "": "<token>" },
  );
  const text = `${JSON.stringify(shown)}${markdown(shown)}`;
  expect(text).not.toMatch(/111122223333|topSecret/);
  expect(shown.cleanedUp.removed).toEqual(["bucket at-rest-backup-<account>-eu-west-1"]);
});
