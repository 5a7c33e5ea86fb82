import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { loadFleet } from "../../src/fleet/load";
import { comment } from "../../src/review/comment/comment";
import { review } from "../../src/review/review";
import { readPlan } from "../../src/review/terraform-plan";
import { ownersPart } from "../../stacks/policies/owners-part";
import { wholeNumber } from "../flags";
import { machine, type Report } from "../report";

const root = resolve(__dirname, "../..");
const template = join(root, "__tests__/review/plans/encrypt.json");

const ids = (count: number): string[] => Array.from({ length: count }, (_, index) => String(500_000_000_000 + index));

const entry = (id: string, stage: string): string => `
  - name: team-${id}
    id: "${id}"
    regions: { eu-west-1: { buckets: [{ name: acme-${id}-uploads, newBucket: true, stage: ${stage} }, { name: acme-${id}-reports, encryption: AES256 }] } }`;

/** Plans of real shape and size: one of Terraform's own, in the name of so many accounts. */
function seed(directory: string, accounts: readonly string[]): void {
  const plan = JSON.stringify(JSON.parse(readFileSync(template, "utf8")));
  mkdirSync(join(directory, "plans"));
  for (const id of accounts) {
    const text = plan
      .replaceAll("111111111111", id)
      .replaceAll("sandbox", `team-${id}`)
      .replaceAll("acme-", `acme-${id}-`);
    writeFileSync(join(directory, "plans", `team-${id}-eu-west-1.json`), text);
  }
  const head = "state: { backend: local, directory: state }\naccounts:";
  for (const [name, stage] of [
    ["fleet.yaml", "encrypt"],
    ["base.yaml", "prepare"],
  ] as const) {
    writeFileSync(join(directory, name), `${head}${accounts.map((id) => entry(id, stage)).join("")}\n`);
  }
}

interface Timed<T> {
  readonly value: T;
  readonly seconds: number;
  /** User and system: what it would take on a machine that does nothing else. */
  readonly cpu: number;
}

function timed<T>(work: () => T): Timed<T> {
  const [from, before] = [performance.now(), process.cpuUsage()];
  const value = work();
  const { user, system } = process.cpuUsage(before);
  return { value, seconds: (performance.now() - from) / 1e3, cpu: (user + system) / 1e6 };
}

/** How long `at-rest review` takes for so many plans: its parts in this process, and the command as a whole. */
export async function reviewBenchmark(words: readonly string[]): Promise<readonly Report[]> {
  const { values } = parseArgs({ args: [...words], options: { plans: { type: "string", default: "1000" } } });
  const accounts = ids(wholeNumber("--plans", values.plans));
  const directory = mkdtempSync(join(tmpdir(), "at-rest-bench-review-"));
  try {
    seed(directory, accounts);
    const fleets = timed(() => ["fleet.yaml", "base.yaml"].map((name) => loadFleet(join(directory, name))));
    const plans = timed(() =>
      accounts.map((id) => {
        const stack = `team-${id}-eu-west-1`;
        return { stack, plan: readPlan(readFileSync(join(directory, "plans", `${stack}.json`), "utf8")) };
      }),
    );
    const [fleet, base] = fleets.value;
    if (!fleet || !base) throw new Error("there are two fleets");
    const records = { preflight: () => [], audit: () => [] };
    const judged = timed(() =>
      review({
        fleet,
        base,
        snapshots: new Map(),
        plans: plans.value,
        records,
        partOf: ownersPart,
        today: "2026-11-27",
      }),
    );
    const written = timed(() => comment(judged.value));
    const command = timed(() =>
      spawnSync(
        process.execPath,
        [join(root, "scripts/at-rest.cjs"), "review", "plans", "--base-fleet", "base.yaml", "--out", "out"],
        { cwd: directory, encoding: "utf8" },
      ),
    );
    if (!command.value.stderr.includes("review.md")) throw new Error(command.value.stderr);
    const row = (part: string, { seconds, cpu }: Timed<unknown>) => ({
      part,
      seconds: Number(seconds.toFixed(2)),
      "CPU s": Number(cpu.toFixed(2)),
    });
    return [
      machine(),
      {
        title: `Review of ${accounts.length.toLocaleString("en-US")} plans`,
        rows: [
          row("reading two fleets", fleets),
          row("reading the plans", plans),
          row("judging them", judged),
          row("writing the comment", written),
          // A child's CPU is not this process's.
          { part: "at-rest review, the whole process", seconds: Number(command.seconds.toFixed(2)) },
        ],
      },
    ];
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
