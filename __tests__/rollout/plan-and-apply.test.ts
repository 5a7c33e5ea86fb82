import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Target } from "../../src/fleet/fleet";
import { applyStacks } from "../../src/rollout/apply";
import { readApproved } from "../../src/rollout/approved";
import { type Failed, lineOf, type Planned, planStacks, stackDirectory } from "../../src/rollout/plan";
import { clearResult, readResult, resultOf, resultPaths, writeResult } from "../../src/rollout/result";
import { reasonOf, type Terraform, type TerraformRun } from "../../src/rollout/terraform";
import { planText } from "../review/arrange";
import { fleetOf, targetOf } from "../support/fleets";

const one = targetOf(fleetOf("[{ name: acme-uploads }]"));
const targets: Target[] = ["a", "b", "c"].map((stackName, wave) => ({
  ...one,
  stackName,
  account: { ...one.account, wave },
}));

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "at-rest-plan-"));
  for (const target of targets) mkdirSync(stackDirectory(directory, target), { recursive: true });
  clearResult(join(directory, "out"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const fine = (stdout = ""): TerraformRun => ({ exitCode: 0, stdout, stderr: "" });
const wrong = (stderr: string): TerraformRun => ({ exitCode: 1, stdout: "", stderr });
const denied = wrong(
  '\n\x1b[31mError: \x1b[0mconfiguring AWS: AccessDenied: not authorized\n\n  with provider["aws"],\n  on cdk.tf.json line 3\n',
);
const expired = wrong("\nError: updating KMS Key: ExpiredTokenException: The security token is expired\n");

/** Stands in for the program: what it answers to a command in a stack, and in which order it was asked. */
function scripted(answers: Record<string, TerraformRun> = {}) {
  const asked: string[] = [];
  let atOnce = 0;
  let most = 0;
  const terraform: Terraform = async (where, [command = "", ...parameters]) => {
    const name = `${command} ${where.slice(-1)}`;
    asked.push(name);
    most = Math.max(most, ++atOnce);
    const out = parameters.find((text) => text.startsWith("-out="))?.slice("-out=".length);
    if (out !== undefined) writeFileSync(out, "the state");
    await new Promise((done) => setImmediate(done));
    atOnce--;
    return answers[name] ?? fine(command === "show" ? planText("rotation") : "");
  };
  return { terraform, asked, most: () => most };
}

const plan = (terraform: Terraform, more: Partial<Parameters<typeof planStacks>[0]> = {}) =>
  planStacks({
    targets,
    synthesised: directory,
    out: join(directory, "out"),
    parallelism: 2,
    lock: false,
    terraform,
    ...more,
  });

const outcomes = (results: readonly (Planned | Failed)[]) =>
  results.map((result) => (result.is === "planned" ? "planned" : `${result.step}: ${result.why}`));

test("stacks are initialised one after the other, and then planned so many at a time", async () => {
  const { terraform, asked, most } = scripted();
  expect(outcomes(await plan(terraform))).toEqual(["planned", "planned", "planned"]);
  expect(asked.slice(0, 3)).toEqual(["init a", "init b", "init c"]);
  expect(most()).toBe(2);
});

test.each([true, false])("with lock: %s Terraform is told so, and asks nobody anything", async (lock) => {
  const asked: (readonly string[])[] = [];
  const terraform: Terraform = async (_, parameters) => {
    asked.push(parameters);
    return wrong("");
  };
  const initialised: Terraform = (where, parameters) =>
    parameters[0] === "init" ? Promise.resolve(fine()) : terraform(where, parameters);
  await plan(initialised, { lock, targets: [one].map((target) => ({ ...target, stackName: "a" })) });
  expect(asked).toEqual([expect.arrayContaining(["plan", "-input=false", `-lock=${lock}`])]);
});

test("whatever goes wrong with a stack hides none of the others", async () => {
  const { terraform, asked } = scripted({ "init a": wrong(""), "plan b": denied });
  expect(outcomes(await plan(terraform))).toEqual([
    "init: terraform ended with 1 and said nothing",
    "plan: configuring AWS: AccessDenied: not authorized",
    "planned",
  ]);
  expect(asked).not.toContain("plan a");
});

test("a plan that cannot be read, and a stack that is not there, are failures of their stack", async () => {
  const { terraform } = scripted({
    "show a": fine('{"format_version":"2.0"}'),
    "show b": fine(planText("rotation").slice(0, 999)),
  });
  rmSync(stackDirectory(directory, targets[2] ?? one), { recursive: true });
  expect(outcomes(await plan(terraform))).toEqual([
    'show: its format is "2.0", and this reads 1.x',
    expect.stringMatching(/^show: .*JSON/),
    expect.stringMatching(/^synth: .*not synthesised$/),
  ]);
});

test("the result is hashes and redacted plans, which can be read back; Terraform's own plans are nobody else's", async () => {
  const out = join(directory, "out");
  const results = await plan(scripted({ "plan c": denied }).terraform);
  const written = resultOf(results.map(lineOf));
  writeResult(out, written);
  expect(readResult(out)).toEqual(written);
  expect(Object.keys(written.waves)).toEqual(["0", "1", "2"]);
  const [first] = results;
  expect(readApproved(out)).toEqual([
    expect.objectContaining({
      stack: "a",
      hash: first?.is === "planned" ? first.hash : "",
      changes: expect.anything(),
    }),
    expect.objectContaining({ stack: "b" }),
  ]);
  expect(statSync(resultPaths(out).planFile("a")).mode & 0o777).toBe(0o600);
  expect(readFileSync(resultPaths(out).plan("a"), "utf8")).not.toContain("prior_state");

  // It may come from a pull request, and its stacks name files.
  const elsewhere = written.stacks.map((line) => ({ ...line, stack: `../${line.stack}` }));
  writeResult(out, { ...written, stacks: elsewhere });
  expect(() => readResult(out)).toThrow("is not as at-rest plan writes it");

  clearResult(out);
  expect(existsSync(resultPaths(out).planFile("a"))).toBe(false);
  expect(readApproved(out)).toEqual([]);
});

test("a directory of somebody else's is left alone, and one of a run that was killed is taken over", () => {
  const theirs = join(directory, "theirs");
  mkdirSync(join(theirs, "plans"), { recursive: true });
  writeFileSync(join(theirs, "plans/holiday.txt"), "Norway");
  expect(() => clearResult(theirs)).toThrow("not from a run of this tool");
  expect(readFileSync(join(theirs, "plans/holiday.txt"), "utf8")).toBe("Norway");
  clearResult(join(directory, "out"));
  clearResult(join(directory, "out"));
});

test("credentials that are lost midway fail their stacks, and what is applied stays told as applied", async () => {
  const plans = (await plan(scripted().terraform)).filter((result) => result.is === "planned");
  const [a, b, c] = plans;
  if (!a || !b || !c) throw new Error("three plans");
  const { terraform, asked } = scripted({ "apply b": expired });
  const results = await applyStacks({
    plans: [a, b, { ...c, empty: true }],
    synthesised: directory,
    parallelism: 1,
    terraform,
  });
  expect(results.map(({ is }) => is)).toEqual(["applied", "failed", "unchanged"]);
  expect(results[1]).toMatchObject({
    step: "apply",
    why: "updating KMS Key: ExpiredTokenException: The security token is expired",
  });
  expect(asked).toEqual(["apply a", "apply b"]);
});

test("of what Terraform says the errors are told, one after the other and not without end", () => {
  const frame = "╷\n│ Error: first\n│ \n│   on cdk.tf.json line 1:\n│ because of it\n╵\n╷\n│ Error: second\n╵\n";
  expect(reasonOf(wrong(frame))).toBe("first because of it; second");
  // Terraform wraps what AWS says, and only its own lines name an address or a place.
  const wrapped = [
    "╷",
    "│ Error: creating KMS Key: api error AccessDeniedException: not authorized to perform: kms:CreateKey",
    "│ with an explicit deny in a service control policy",
    "│ ",
    '│   with aws_kms_key.keys["eu west"],',
    "│   on cdk.tf.json line 12, in resource.aws_kms_key.keys:",
    '│   12:       "description": "Objects",',
    "│ ",
    "╵",
  ];
  expect(reasonOf(wrong(wrapped.join("\n")))).toBe(
    "creating KMS Key: api error AccessDeniedException: not authorized to perform: kms:CreateKey with an explicit deny in a service control policy",
  );
  // An issue has it in a block of code that a line of its own would leave: Markdown ends lines at CR too.
  expect(reasonOf(wrong("Error: reading a\r@acme/admins\r\nbucket"))).toBe("reading a @acme/admins bucket");
  expect(reasonOf(wrong(`Error: ${"x".repeat(5_000)}`)).length).toBeLessThan(700);
});
