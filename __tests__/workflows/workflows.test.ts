import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Command } from "commander";
import { parse } from "yaml";

const root = resolve(__dirname, "../..");
const folder = join(root, ".github/workflows");

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Record<string, unknown>;
}
type Permissions = Record<string, string>;
interface Job {
  readonly uses?: string;
  readonly steps?: readonly Step[];
  readonly permissions?: Permissions;
  readonly environment?: string;
  readonly needs?: string | readonly string[];
  readonly with?: Record<string, unknown>;
  readonly strategy?: Record<string, unknown>;
  readonly "timeout-minutes"?: number;
}
interface Workflow {
  readonly on: Record<string, unknown>;
  readonly permissions: Permissions;
  readonly concurrency?: { readonly group: string; readonly "cancel-in-progress": boolean };
  readonly jobs: Record<string, Job>;
}

const read = (path: string): string => readFileSync(join(root, path), "utf8");
const workflows: Record<string, Workflow> = Object.fromEntries(
  readdirSync(folder).map((name) => [name.replace(".yml", ""), parse(read(`.github/workflows/${name}`))]),
);
const action: { runs: { steps: Step[] } } = parse(read(".github/actions/setup/action.yml"));
const jobs = Object.entries(workflows).flatMap(([workflow, { jobs: own }]) =>
  Object.entries(own).map(([name, job]) => ({ name: `${workflow}.${name}`, job })),
);
const steps = [...jobs.flatMap(({ job }) => job.steps ?? []), ...action.runs.steps];

// Each seen at this release in at least two independent public repositories' workflows.
const pinned: Record<string, string> = {
  "actions/checkout": "3d3c42e5aac5ba805825da76410c181273ba90b1", // v7.0.1
  "actions/download-artifact": "3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c", // v8.0.1
  "actions/setup-node": "48b55a011bda9f5d6aeb4c2d9c7362e8dae4041e", // v6.4.0
  "actions/upload-artifact": "043fb46d1a93c77aae656e7c1c64a875d1fc6a0a", // v7.0.1
  "aws-actions/configure-aws-credentials": "e6de054238d6b7531b4efff3b6587d9aade6a06c", // v6.2.3
  "hashicorp/setup-terraform": "dfe3c3f87815947d99a8997f908cb6525fc44e9e", // v4.0.1
};

test("every action is one of a few, at a full commit", () => {
  const used = steps.flatMap(({ uses }) => uses ?? []).filter((uses) => !uses.startsWith("./"));
  expect(used.filter((uses) => pinned[uses.split("@")[0] ?? ""] !== uses.split("@")[1])).toEqual([]);
  expect(new Set(used.map((uses) => uses.split("@")[0]))).toEqual(new Set(Object.keys(pinned)));
});

test("a job may do what is written here, and nothing else", () => {
  for (const { permissions } of Object.values(workflows)) expect(permissions).toEqual({ contents: "read" });
  const more = jobs.flatMap(({ name, job }) => (job.permissions ? [[name, job.permissions]] : []));
  const wave = { actions: "write", contents: "read", "id-token": "write", "pull-requests": "read" };
  expect(Object.fromEntries(more)).toEqual({
    "deploy.wave": wave,
    "drift.plan": { contents: "read", "id-token": "write" },
    "drift.issues": { contents: "read", issues: "write" },
    "plan.plan": { contents: "read", "id-token": "write" },
    "review.review": { actions: "read", contents: "read", "pull-requests": "write", statuses: "write" },
    "wave.rollout": wave,
  });
});

test("no secret is used, and no checkout leaves its token behind", () => {
  const text = readdirSync(folder)
    .map((name) => read(`.github/workflows/${name}`))
    .join();
  expect(text).not.toMatch(/secrets\.|AWS_ACCESS_KEY|AWS_SECRET/);
  const checkouts = steps.filter(({ uses }) => uses?.startsWith("actions/checkout@"));
  expect(checkouts.filter((step) => step.with?.["persist-credentials"] !== false)).toEqual([]);
});

test("what strangers write is never part of a script, only of its environment", () => {
  const scripts = steps.flatMap(({ run }) => run ?? []);
  expect(scripts.filter((script) => script.includes("$" + "{{"))).toEqual([]);
});

test("only a wave may apply, in its environment; a pull request's own code gets the role that plans", () => {
  const roleOf = ({ steps: own = [] }: Job) =>
    own.flatMap(({ with: given }) => (given?.["role-to-assume"] ? [given["role-to-assume"]] : []));
  const roles = jobs.flatMap(({ name, job }) => roleOf(job).map((role) => [name, role]));
  const variable = (name: string) => `$${`{{ vars.${name} }}`}`;
  expect(Object.fromEntries(roles)).toEqual({
    "drift.plan": variable("AT_REST_PLAN_ROLE"),
    "plan.plan": variable("AT_REST_PLAN_ROLE"),
    "wave.rollout": variable("AT_REST_APPLY_ROLE"),
  });
  expect(workflows["wave"]?.jobs["rollout"]?.environment).toMatch(/^wave-/);
  expect(Object.entries(workflows).flatMap(([name, { on }]) => ("pull_request" in on ? [name] : []))).toEqual([
    "ci",
    "plan",
  ]);
  expect(Object.values(workflows).filter(({ on }) => "pull_request_target" in on)).toEqual([]);
});

test("the review runs as the default branch has it, and takes the pull request as data", () => {
  const review = workflows["review"];
  expect(Object.keys(review?.on ?? {})).toEqual(["workflow_run"]);
  const [first, second, ...rest] = review?.jobs["review"]?.steps ?? [];
  expect(first?.with).not.toHaveProperty("ref");
  expect(second?.with).toMatchObject({ path: "proposed" });
  // Mentioned as an argument of the default branch's command, and run or installed nowhere.
  const scripts = rest.flatMap(({ run, uses }) => run ?? uses ?? []).filter((text) => text.includes("proposed"));
  expect(scripts).toEqual([
    expect.stringContaining("npx at-rest review plan --fleet proposed/fleet.yaml --base-fleet fleet.yaml"),
  ]);
  expect(JSON.stringify(review)).not.toContain('"working-directory"');
});

test("artifacts are redacted plans: neither Terraform's own nor journals", () => {
  const uploads = steps.filter(({ uses }) => uses?.startsWith("actions/upload-artifact@"));
  expect(uploads.map((step) => String(step.with?.["path"]).trim().split("\n"))).toEqual(
    uploads.map(() => [".at-rest/plan/result.json", ".at-rest/plan/plans/"]),
  );
});

test("every job ends some time, and no deployment is cancelled", () => {
  const endless = jobs.filter(({ job }) => job.uses === undefined && job["timeout-minutes"] === undefined);
  expect(endless).toEqual([]);
  for (const [name, { concurrency }] of Object.entries(workflows)) {
    if (name !== "wave") expect(concurrency?.group).toMatch(new RegExp(`^${name}`));
  }
  expect(workflows["deploy"]?.concurrency?.["cancel-in-progress"]).toBe(false);

  const rollout = workflows["wave"]?.jobs["rollout"];
  const minutes = Number(/--stop-after (\d+)/.exec(JSON.stringify(rollout))?.[1]);
  expect(minutes).toBeLessThanOrEqual((rollout?.["timeout-minutes"] ?? 0) - 20);
  expect(rollout?.["timeout-minutes"]).toBeLessThan(360);
});

test("deploy rolls out the waves of the fleet, one after the other, until one fails", () => {
  const { waves, wave } = workflows["deploy"]?.jobs ?? {};
  expect(JSON.stringify(waves)).toContain("npx at-rest matrix --from");
  expect(wave).toMatchObject({ needs: "waves", uses: "./.github/workflows/wave.yml" });
  expect(wave?.strategy).toEqual({
    "max-parallel": 1,
    "fail-fast": true,
    matrix: `$${"{{ fromJSON(needs.waves.outputs.matrix) }}"}`,
  });
});

test("a wave finds the states of the others, by which it may begin, and leaves its own for them", () => {
  const scripts = workflows["wave"]?.jobs["rollout"]?.steps?.flatMap(({ run }) => run ?? []) ?? [];
  const place = (what: string) => scripts.findIndex((script) => script.includes(what));
  expect(place('aws s3 sync "$RUNS/waves" .at-rest/rollout')).toBeGreaterThan(-1);
  expect(place('aws s3 sync "$RUNS/waves" .at-rest/rollout')).toBeLessThan(place("npx at-rest rollout"));
  expect(place('aws s3 sync .at-rest/rollout "$RUNS/waves"')).toBeGreaterThan(place("npx at-rest rollout"));
  // The next machine would wait for a process of this one, whose id somebody else may have there.
  const kept = scripts.find((script) => script.includes('aws s3 sync .at-rest "$RUNS/wave-$WAVE"')) ?? "";
  for (const left of ["*lock-*", "*.pid", "*/private/*"]) expect(kept).toContain(`--exclude "${left}"`);
});

test("the commands and options that workflows and their page use are there", () => {
  const text = [
    ...readdirSync(folder).map((name) => read(`.github/workflows/${name}`)),
    ...readdirSync(join(root, ".github/scripts")).map((name) => read(`.github/scripts/${name}`)),
    read("docs/gitops.md"),
  ].join("\n");
  const used = new Map<string, Set<string>>();
  for (const [, command = "", rest = ""] of text.matchAll(/npx at-rest ([a-z]+)([^\n|;&>]*)/g)) {
    const options = used.get(command) ?? new Set();
    for (const [option] of rest.matchAll(/--[a-z-]+/g)) options.add(option);
    used.set(command, options);
  }
  expect([...used.keys()]).toContain("plan");
  for (const [command, options] of used) {
    const file = join(root, "scripts/commands", `${command}.ts`);
    const defined = new Command(command);
    require(file).define(defined);
    const known = defined.options.map(({ long }) => long);
    expect({ command, missing: [...options].filter((option) => !known.includes(option)) }).toEqual({
      command,
      missing: [],
    });
  }
});
