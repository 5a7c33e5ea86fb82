import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const scripts = resolve(__dirname, "../../.github/scripts");
const [hash, other] = ["a".repeat(64), "b".repeat(64)];
const hasJq = spawnSync("jq", ["--version"]).status === 0;
if (!hasJq) console.warn("jq is not on the PATH: the workflows' scripts are not tried.");

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "scripts-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

/**
 * Runs a script with a `gh` that notes down how it is called and answers by the first answer whose pattern fits.
 * Where `gh` is asked with --jq, the answer goes through the real jq.
 */
function run(script: string, words: string[], environment: Record<string, string>, answers: [string, string][]) {
  const bin = join(directory, "bin");
  mkdirSync(bin, { recursive: true });
  const cases = answers.map(([pattern, answer], index) => {
    const file = join(directory, `answer-${index}`);
    writeFileSync(file, answer);
    return `*"${pattern}"*) answer=${file} ;;`;
  });
  writeFileSync(
    join(bin, "gh"),
    `#!/usr/bin/env bash
printf '%q ' "$@" >> ${join(directory, "calls")}; echo >> ${join(directory, "calls")}
case "$*" in ${cases.join("\n")} *) exit 0 ;; esac
filter=.
while [ $# -gt 0 ]; do [ "$1" = --jq ] && filter=$2; shift; done
jq -r "$filter" "$answer"
`,
    { mode: 0o755 },
  );
  writeFileSync(join(bin, "npx"), `#!/usr/bin/env bash\necho "npx $*" >> ${join(directory, "calls")}\nexit 1\n`, {
    mode: 0o755,
  });
  const { status, stdout, stderr } = spawnSync(join(scripts, script), words, {
    cwd: directory,
    encoding: "utf8",
    env: { PATH: `${bin}:${process.env["PATH"]}`, GITHUB_REPOSITORY: "acme/at-rest", ...environment },
  });
  return { status, stdout, stderr, calls: lines("calls") };
}

function lines(name: string): string[] {
  try {
    return readFileSync(join(directory, name), "utf8").trim().split("\n");
  } catch {
    return [];
  }
}

const bot = { login: "github-actions[bot]" };
const comment = (body: string, user = bot) => ({ id: 7, user, body: `<!-- at-rest-review -->\n${body}` });

const withJq = hasJq ? describe : describe.skip;

withJq("the approved changes", () => {
  const merged: [string, string] = ["/pulls", JSON.stringify([{ number: 12, merged_at: "2026-11-27T00:00:00Z" }])];
  const approved = (wave: string, body: string, user = bot) =>
    run("approved-changes.sh", [wave], { GITHUB_SHA: "c0ffee" }, [
      merged,
      ["/comments", JSON.stringify([comment(body, user)])],
    ]);
  const one = `### Safe\n\nChanges: \`${hash}\`. Applied after the merge only if they are still these.`;

  test("are those of the merged pull request's comment", () => {
    expect(approved("0", one)).toMatchObject({ status: 0, stdout: `hash=${hash}\n` });
  });

  test("are the wave's own where there are several", () => {
    const several = `Changes: \`${hash}\`.\n\n- wave 0: \`${hash}\`\n- wave 1: \`${other}\``;
    expect(approved("1", several).stdout).toBe(`hash=${other}\n`);
  });

  test("are never what anybody else has written", () => {
    const { status, stdout, stderr } = approved("0", one, { login: "mallory" });
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toContain("The review of pull request 12 names no changes.");
  });

  test("are nobody's for a commit that no pull request merged, unless somebody names them", () => {
    const pushed: [string, string][] = [["/pulls", "[]"]];
    const environment = { GITHUB_SHA: "c0ffee" };
    expect(run("approved-changes.sh", ["0"], environment, pushed)).toMatchObject({ status: 1, stdout: "" });
    const given = run("approved-changes.sh", ["0"], { ...environment, APPROVED: other }, pushed);
    expect(given).toMatchObject({ status: 0, stdout: `hash=${other}\n` });
  });
});

withJq("the review's comment", () => {
  const say = (code: string, comments: object[]) =>
    run("say-review.sh", ["review.md"], { PULL_REQUEST: "12", COMMIT: "c0ffee", CODE: code }, [
      ["/comments --paginate", JSON.stringify(comments)],
    ]).calls.filter((call) => call.includes("--method"));

  test("is made once and then kept up to date, next to a status", () => {
    expect(say("0", [{ id: 3, user: { login: "somebody" }, body: "<!-- at-rest-review -->" }])).toEqual([
      expect.stringContaining("--method POST repos/acme/at-rest/issues/12/comments -F body=@review.md"),
      expect.stringContaining("repos/acme/at-rest/statuses/c0ffee -f state=success"),
    ]);
    rmSync(join(directory, "calls"));
    expect(say("1", [comment("as it was")])).toEqual([
      expect.stringContaining("--method PATCH repos/acme/at-rest/issues/comments/7 -F body=@review.md"),
      expect.stringContaining("repos/acme/at-rest/statuses/c0ffee -f state=failure"),
    ]);
  });
});

withJq("the drift's issues", () => {
  test("are opened, updated and closed, one for each stack", () => {
    mkdirSync(join(directory, "plan"));
    const stack = (name: string, more: object) => ({
      stack: name,
      wave: 0,
      is: "planned",
      hash,
      empty: false,
      ...more,
    });
    const stacks = [
      stack("new", {}),
      stack("known", {}),
      stack("mended", { empty: true }),
      stack("right", { empty: true }),
      { stack: "lost", wave: 0, is: "failed", step: "plan", why: "AccessDenied\non a line of its own" },
    ];
    writeFileSync(join(directory, "plan/result.json"), JSON.stringify({ format: 1, hash, waves: {}, stacks }));
    const issues = [
      { number: 4, title: "Drift: known" },
      { number: 5, title: "Drift: mended" },
    ];
    const { status, calls, stderr } = run("drift-issues.sh", ["plan"], {}, [["issue list", JSON.stringify(issues)]]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    // Of main, whose stages are what they are: a warning that nobody compared them would be in every issue.
    expect(calls.filter((call) => call.startsWith("npx"))).toEqual([
      "npx at-rest review plan/plans/new.json --base-fleet fleet.yaml",
      "npx at-rest review plan/plans/known.json --base-fleet fleet.yaml",
    ]);
    expect(calls.filter((call) => /^issue (create|edit|close)/.test(call))).toEqual([
      expect.stringMatching(/^issue create --title Drift:\\ new --label drift/),
      expect.stringMatching(/^issue edit 4 /),
      expect.stringMatching(/^issue close 5 /),
      expect.stringMatching(/^issue create --title Drift:\\ lost --label drift/),
    ]);
  });
});

test.each<[string[], number, string, string]>([
  [[], 0, '{"wave":[0,2,11]}\n', ""],
  [["--from", "2"], 0, '{"wave":[2,11]}\n', ""],
  [["--from", "12"], 2, "", "has no wave from 12 on"],
  [["--wave", "1"], 2, "", "has no wave 1"],
])(
  "at-rest matrix %j gives deploy.yml the waves in their order, or says that there are none",
  (words, code, printed, said) => {
    const accounts = [11, 0, 2].map(
      (wave, index) =>
        `{ name: a${wave}, id: "11111111111${index}", wave: ${wave}, regions: { eu-west-1: { buckets: [{ name: acme-${wave} }] } } }`,
    );
    writeFileSync(
      join(directory, "fleet.yaml"),
      `state: { backend: local, directory: state }\naccounts: [${accounts.join()}]\n`,
    );
    const atRest = resolve(__dirname, "../../scripts/at-rest.cjs");
    const { status, stdout, stderr } = spawnSync(process.execPath, [atRest, "matrix", ...words], {
      cwd: directory,
      encoding: "utf8",
    });
    expect({ status, stdout }).toEqual({ status: code, stdout: printed });
    expect(stderr).toContain(said);
  },
);
