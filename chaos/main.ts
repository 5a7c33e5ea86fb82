import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { bundle } from "../bench/bundled";
import { wholeNumber } from "../bench/flags";
import { asTable, machine } from "../bench/report";
import { type OrdealEnd, runOrdeal } from "./ordeal";
import { scenarios } from "./scenario";

const help = `Kills the conversion with SIGKILL at random moments, under faults, until it is done; and checks what came of it.

  npm run chaos [-- --kills 200] [--objects 1000] [--seed N] [--kills-a-run 24] [--in-s3] [--bundle] [--story]

  --kills        in all, over as many buckets as it takes
  --kills-a-run  at most, of one bucket; then it may finish
  --in-s3        keep the run in a bucket: who goes on waits half a minute for the lock of who was killed
  --bundle       run the command from one file, which is made first: it starts in half the processor time
  --story        tell what happened to every process, not only where something went wrong

Checked: every run ends. No request is about a key that the journal has of that sweep. No key is journaled twice and none
is left out. Objects, exceptions, exit code and audit are as of the same bucket that was converted in peace. Nobody else's
upload was ended, and none is open whose id the journal has. Exit code 1 if anything else was seen.
`;

const row = (end: OrdealEnd) => ({
  bucket: end.scenario.name,
  seed: end.seed,
  processes: end.processes,
  kills: end.kills,
  "with pages in the journal": end.resumed,
  requests: end.requests,
  pages: end.pages,
  "torn lines": end.tornLines,
  exceptions: end.exceptions,
  "uploads without a journaled id": end.unknownUploads,
  violations: end.violations.length,
});

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      kills: { type: "string", default: "200" },
      objects: { type: "string", default: "1000" },
      seed: { type: "string", default: String(Date.now() % 1_000_000) },
      "kills-a-run": { type: "string", default: "24" },
      "in-s3": { type: "boolean", default: false },
      bundle: { type: "boolean", default: false },
      story: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  const options: Options = {
    kills: wholeNumber("--kills", values.kills),
    objects: wholeNumber("--objects", values.objects),
    seed: wholeNumber("--seed", values.seed, 0),
    killsARun: wholeNumber("--kills-a-run", values["kills-a-run"]),
    inS3: values["in-s3"],
    story: values.story,
  };
  const directory = mkdtempSync(join(tmpdir(), "chaos-program-"));
  try {
    await campaign(
      values.bundle ? await bundle([resolve(__dirname, "../scripts/at-rest.ts")], directory) : undefined,
      options,
    );
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

interface Options {
  readonly kills: number;
  readonly objects: number;
  readonly seed: number;
  readonly killsARun: number;
  readonly inS3: boolean;
  readonly story: boolean;
}

async function campaign(program: string | undefined, options: Options): Promise<void> {
  const { seed: first, kills: wanted, objects, killsARun, inS3, story } = options;
  const ends: OrdealEnd[] = [];
  const began = performance.now();
  for (let killed = 0; killed < wanted; ) {
    const scenario = scenarios[ends.length % scenarios.length] ?? scenarios[0];
    const kills = Math.min(killsARun, wanted - killed);
    const seed = first + ends.length;
    const end = await runOrdeal({ program, scenario, seed, objects, kills, inS3 });
    ends.push(end);
    killed += end.kills;
    process.stderr.write(`  ${killed} of ${wanted} kills\n`);
    if (story || end.violations.length > 0) {
      process.stderr.write([...end.story, ...end.violations.map((text) => `!! ${text}`), ""].join("\n"));
    }
    if (end.violations.length > 0) process.exitCode = 1;
  }
  const sum = (of: (end: OrdealEnd) => number): number => ends.reduce((total, end) => total + of(end), 0);
  const seconds = Math.round((performance.now() - began) / 1000);
  const title = `Chaos from seed ${first}: ${sum(({ kills }) => kills)} kills in ${seconds} s, ${sum(({ violations }) => violations.length)} violations`;
  process.stdout.write([asTable(machine()), asTable({ title, rows: ends.map(row) })].join("\n"));
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
});
