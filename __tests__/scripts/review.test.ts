import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { readBaseFleet } from "../../scripts/commands/support/base-fleet";
import { stageRecords } from "../../scripts/commands/support/stage-records";
import { Stop } from "../../scripts/commands/support/stop";
import { loadFleet } from "../../src/fleet/load";
import { auditPath, preflightPath, snapshotPath } from "../../src/fleet/names";
import { settingsDigest } from "../../src/fleet/preflight-record";
import { formatSnapshot } from "../../src/fleet/snapshot";
import { planText } from "../review/arrange";
import { account, bucket, fleetText, type Stages, stack } from "../review/fleets";
import { liveBucket } from "../stacks/arrange";
import { type Ended, ended } from "../support/at-rest-world";

const region = "eu-west-1";
const keyArn = `arn:aws:kms:${region}:${account}:key/1`;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "at-rest-review-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(resolve(directory, path)), { recursive: true });
  writeFileSync(resolve(directory, path), text);
}

const fleetAt = (stages: Stages, file = "fleet.yaml") => {
  write(file, fleetText(stages));
  return loadFleet(join(directory, file));
};

const encrypting: Stages = { uploads: "encrypt", reports: "prepare" };
const enforcing: Stages = { uploads: "enforce", reports: "prepare" };

describe("at-rest review", () => {
  const review = (...words: string[]): Promise<Ended> => {
    const script = resolve(__dirname, "../../scripts/at-rest.cjs");
    const environment = { PATH: process.env["PATH"] ?? "", HOME: directory };
    return ended(spawn(process.execPath, [script, "review", ...words], { cwd: directory, env: environment }));
  };

  test("reads a result with a plan that is cut, a stack that failed and one that nobody knows, each by itself", async () => {
    fleetAt(encrypting);
    write(snapshotPath(".", account, region, bucket), formatSnapshot(liveBucket(bucket)));
    write("plan/plans/sandbox-eu-west-1.json", planText("encrypt").slice(0, 5_000));
    write("plan/plans/nobody-eu-west-1.json", planText("encrypt"));
    const planned = { wave: 0, is: "planned", hash: "0".repeat(64), empty: false };
    const stacks = [
      { stack, ...planned },
      { stack: "nobody-eu-west-1", ...planned },
      { stack: "lost-eu-west-1", wave: 0, is: "failed", step: "plan", why: "AccessDenied" },
    ];
    write("plan/result.json", JSON.stringify({ format: 1, hash: "0".repeat(64), waves: {}, stacks }));

    const { exitCode, stderr } = await review("plan", "--base-fleet", "fleet.yaml", "--out", "out");
    expect(exitCode).toBe(1);
    expect(stderr).toContain("review.md: Do not merge: 3 errors.");
    const { findings } = JSON.parse(readFileSync(join(directory, "out/review.json"), "utf8"));
    expect(findings).toMatchObject([
      { id: "plan-unreadable", stack, evidence: "it is no JSON, or was cut" },
      { id: "stack-not-in-fleet", stack: "lost-eu-west-1" },
      { id: "stack-not-in-fleet", stack: "nobody-eu-west-1" },
    ]);
  });

  test.each([
    ["nothing", {}],
    ["other files", { "README.md": "# plans\n", "package.json": '{ "name": "app" }', "cut.json": '{ "format' }],
    ["Terraform's own plan", { [`${stack}.tfplan`]: "PK" }],
  ])("a directory with %s in it has no plan, and how one is made is said", async (_, files) => {
    fleetAt(encrypting);
    mkdirSync(join(directory, "here"));
    for (const [name, text] of Object.entries(files)) write(join("here", name), text);
    const { exitCode, stdout, stderr } = await review("here");
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toMatch(/^here: no plan is there, /);
    expect(stderr).toContain("at-rest plan, then at-rest review .at-rest/plan.");
  });

  test("a plan that was cut is a finding, if it has a stack's name", async () => {
    fleetAt(encrypting);
    write(snapshotPath(".", account, region, bucket), formatSnapshot(liveBucket(bucket)));
    write(`here/${stack}.json`, planText("encrypt").slice(0, 5_000));
    const { exitCode, stdout } = await review("here");
    expect(exitCode).toBe(1);
    expect(stdout).toContain("**error `plan-unreadable`**");
  });

  test("of one plan says nothing of other stacks, and asks the records beside the fleet", async () => {
    fleetAt(encrypting);
    fleetAt({ uploads: "prepare", reports: "prepare" }, "base.yaml");
    write(snapshotPath(".", account, region, bucket), formatSnapshot(liveBucket(bucket)));
    write(`${stack}.json`, planText("encrypt"));
    const { exitCode, stdout } = await review(`${stack}.json`, "--base-fleet", "base.yaml");
    expect(exitCode).toBe(1);
    expect(stdout).toContain(
      `\`stage-without-preflight\`** \`${stack}\` / \`${bucket}\`: to stage \`encrypt\`: \`no preflight of`,
    );
  });
});

describe("records beside the fleet", () => {
  const move = (stages: Stages, from: "prepare" | "encrypt", keyOfStack: string | undefined = keyArn) => {
    const fleet = fleetAt(stages);
    const [target] = fleet.targets;
    const [first] = target?.buckets ?? [];
    if (!target || !first) throw new Error("a bucket");
    const records = stageRecords(fleet, "2026-11-27");
    return { records, first, move: { target, bucket: first, from, keyArn: keyOfStack } };
  };

  test("a preflight for the stage covers it, and one that cannot be read does not", () => {
    const { records, move: to, first } = move(encrypting, "prepare");
    expect(records.preflight(to)).toEqual([`no preflight of ${bucket} is recorded`]);
    const path = preflightPath(directory, account, region, bucket);
    write(path, "{}");
    expect(records.preflight(to)).toEqual([expect.stringContaining(path)]);
    const record = {
      version: 2,
      account,
      region,
      bucket,
      stage: "prepare",
      judgedFor: "encrypt",
      settings: settingsDigest(first),
      target: { algorithm: "aws:kms", keyArn, bucketKey: true },
      roleArn: "x",
      canaries: false,
      findings: [],
    };
    write(path, JSON.stringify(record));
    expect(records.preflight(to)).toEqual([]);
  });

  test("an audit against the stack's key covers stage enforce, and one against another key does not", () => {
    const { records, move: to } = move(enforcing, "encrypt");
    expect(records.audit(to)).toEqual(["it was never audited"]);
    const record = {
      version: 1,
      account,
      region,
      bucket,
      stage: "encrypt",
      target: { algorithm: "aws:kms", keyArn, bucketKey: true },
      day: "2026-11-26",
      objects: { looked: true, notCompliant: 0, failed: 0, cannot: {} },
      configuration: [{ id: "default-encryption", result: "pass", partOfVerdict: true }],
    };
    write(auditPath(directory, account, region, bucket), JSON.stringify(record));
    expect(records.audit(to)).toEqual([]);
    expect(records.audit({ ...to, keyArn: `${keyArn}2` })).toEqual([expect.stringContaining("it was audited against")]);
    expect(records.audit({ ...to, keyArn: undefined })).toEqual(["the plan does not say which key the stack has"]);
  });
});

describe("the base branch's fleet", () => {
  const git = (...words: string[]) =>
    execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b", ...words], { cwd: directory, stdio: "pipe" });

  test("is what git has at the revision, or nothing where it has none", () => {
    git("init", "-q");
    git("commit", "-q", "--allow-empty", "-m", "nothing");
    fleetAt(encrypting);
    git("add", "fleet.yaml");
    git("commit", "-q", "-m", "fleet");
    const now = fleetAt(enforcing);
    expect(readBaseFleet(now, { base: "HEAD" })?.targets[0]?.buckets[0]?.stage).toBe("encrypt");
    expect(readBaseFleet(now, { base: "HEAD~1" })).toBeNull();
    expect(readBaseFleet(now, {})).toBeUndefined();
  });

  test.each(["--output=x", "nobody", "a..b;c"])("%s is refused", (base) => {
    git("init", "-q");
    const fleet = fleetAt(encrypting);
    expect(() => readBaseFleet(fleet, { base })).toThrow(Stop);
  });
});
