import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { seeded } from "../bench/random";
import { presets } from "../local/faults/presets";
import { differences } from "./end-state";
import { Journal } from "./journal";
import { chooseKill, inWords, type KillPlan } from "./kill-plan";
import { PROGRAM, type ProcessEnd, runProcess } from "./process";
import type { AboutObject } from "./request";
import { runsInS3 } from "./runs-in-s3";
import { runsOnDisk } from "./runs-on-disk";
import { plain, type Scenario } from "./scenario";
import { seedBucket } from "./seeding";
import { createWorld, REGION, type World } from "./world";

const CALM = "calm-bucket";
const STORM = "storm-bucket";
/** Has the runs of the latter, if they are kept in S3. */
const RUNS = "runs-bucket";

/** The probe for UpdateObjectEncryption asks for such a key, which no object has. */
const PROBE = "at-rest-probe-";

/** Times that a process may give up before it has begun, because of faults, once nobody kills any more. */
const FALSE_STARTS = 10;

export interface OrdealProps {
  /** What Node runs. @default the command as it is */
  readonly program?: string;
  readonly scenario: Scenario;
  readonly seed: number;
  readonly objects: number;
  /** How often processes are killed at most: the run may come to its end before. */
  readonly kills: number;
  /** Whether the run is kept in S3: who goes on waits for the lock of who was killed. @default in a directory */
  readonly inS3?: boolean;
}

export interface OrdealEnd {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly processes: number;
  readonly kills: number;
  readonly requests: number;
  readonly pages: number;
  /** Processes that found pages in the journal and went on. */
  readonly resumed: number;
  readonly tornLines: number;
  readonly exceptions: number;
  /** Uploads whose id never reached the journal. */
  readonly unknownUploads: number;
  readonly violations: readonly string[];
  readonly story: readonly string[];
}

/** Converts a bucket under faults while its process is killed again and again, and another like it in peace. */
export async function runOrdeal(props: OrdealProps): Promise<OrdealEnd> {
  const directory = mkdtempSync(join(tmpdir(), "chaos-"));
  try {
    return await ordealIn(directory, props);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function ordealIn(
  directory: string,
  { program = PROGRAM, scenario, seed, objects, kills, inS3 = false }: OrdealProps,
): Promise<OrdealEnd> {
  const random = seeded(seed);
  const world = await createWorld();
  const [calm, storm] = [CALM, STORM].map((name) => world.createBucket(name, scenario));
  if (!calm || !storm) throw new Error("there are no buckets");
  for (const bucket of [calm, storm]) await seedBucket(world, bucket, scenario, objects, seed);
  const theirs = new Set(storm.uploads.keys());
  await world.spoilKeys();
  const violations: string[] = [];
  const story: string[] = [`${scenario.name}, seed ${seed}, ${objects} keys`];

  const peaceful = await runProcess({ program, world, directory, words: wordsOf("reencrypt", CALM, world, scenario) });
  const calmJournal = new Journal(runsOnDisk(join(directory, ".at-rest", CALM, "reencrypt")));
  calmJournal.read();
  if (calmJournal.exitCode === undefined) throw new Error(`The undisturbed run did not end: ${peaceful.stderr}`);

  world.aws.faults = { ...presets["mixed"], seed, stallMilliseconds: 300, slowMilliseconds: 100 };
  const kept = inS3
    ? runsInS3(world.createBucket(RUNS, plain), `${STORM}/reencrypt/`)
    : runsOnDisk(join(directory, ".at-rest", STORM, "reencrypt"));
  const journal = new Journal(kept);
  const words = [...wordsOf("reencrypt", STORM, world, scenario), ...(inS3 ? ["--run-directory", `s3://${RUNS}`] : [])];
  const onRequest = ({ kind, bucket, key }: AboutObject) => {
    if (bucket !== STORM) return;
    journal.read();
    if (key.startsWith(PROBE) || !journal.has(key)) return;
    violations.push(`${kind} of ${JSON.stringify(key)}, which the journal has in sweep ${journal.sweep} already`);
  };
  let killed = 0;
  let processes = 0;
  let requests = 0;
  let resumed = 0;
  let falseStarts = 0;
  let stormy: ProcessEnd | undefined;
  while (journal.exitCode === undefined && falseStarts <= FALSE_STARTS) {
    const kill = killed < kills ? chooseKill(random) : undefined;
    resumed += journal.pages > 0 ? 1 : 0;
    const before = `process ${++processes}, sweep ${journal.sweep}, ${journal.pages} pages in the journal`;
    stormy = await runProcess({ program, world, directory, words, kill, onRequest });
    journal.read();
    requests += stormy.requests;
    const wasKilled = stormy.killedAt !== undefined && stormy.exitCode === null;
    if (wasKilled) killed++;
    story.push(`${before}; ${tellEnd(stormy, kill)}`);
    if (stormy.stuck !== undefined)
      violations.push(`process ${processes} did not come to an end: ${stormy.stuck}; ${stormy.stderr}`);
    else if (!wasKilled && journal.exitCode === undefined) {
      falseStarts++;
      // Faults may keep it from looking, and then it has to say so. Nothing else ends it before its time.
      if (stormy.exitCode !== 2)
        violations.push(`process ${processes} ended with ${stormy.exitCode}: ${stormy.stderr}`);
    } else if (!wasKilled && journal.exitCode !== stormy.exitCode) {
      violations.push(`the journal ends with ${journal.exitCode}, and the process with ${stormy.exitCode}`);
    }
    if (violations.length > 0) break;
  }
  world.aws.faults = undefined;
  violations.push(...journal.violations);
  if (journal.begun.length !== 1) violations.push(`there are ${journal.begun.length} runs where one goes on`);

  if (violations.length === 0) {
    violations.push(...differences(calm, storm, scenario));
    violations.push(...compareReports(calmJournal, journal));
    const audits = await Promise.all(
      [CALM, STORM].map((name) =>
        runProcess({ program, world, directory, words: wordsOf("audit", name, world, scenario) }),
      ),
    );
    const [one, other] = audits.map(findings);
    if (one !== other) violations.push(`the audit says ${other}, and of the undisturbed bucket ${one}`);
    story.push(`audit: ${other}`);
  }
  const open = [...storm.uploads.keys()].filter((id) => !theirs.has(id));
  for (const id of theirs) if (!storm.uploads.has(id)) violations.push("somebody else's upload is gone");
  for (const id of open) {
    const key = storm.uploads.get(id)?.key;
    if (journal.uploadIds.has(id)) violations.push(`the upload of ${JSON.stringify(key)} is journaled, and still open`);
  }
  return {
    scenario,
    seed,
    processes,
    kills: killed,
    requests,
    pages: journal.pages,
    resumed,
    tornLines: journal.damagedLines,
    exceptions: journal.exceptions.length,
    unknownUploads: open.length,
    violations,
    story,
  };
}

function wordsOf(command: "reencrypt" | "audit", bucket: string, world: World, { sse, words }: Scenario): string[] {
  const key = sse === "AES256" ? [] : ["--kms-key-arn", world.keys.own];
  const where = ["--bucket", bucket, "--region", REGION, "--sse", sse, ...key, "--role-arn", world.roleArn];
  if (command === "reencrypt") return [command, ...where, ...words, "--yes", "--json"];
  return [command, ...where, ...(words.includes("all") ? ["--versions", "all"] : []), "--json"];
}

const tellEnd = ({ exitCode, killedAt, requests, stderr }: ProcessEnd, kill: KillPlan | undefined): string => {
  const plan = kill ? `${inWords(kill)}: ` : "";
  // It may have come to its end while its last request was still being answered.
  if (killedAt !== undefined && exitCode === null) return `${plan}killed at ${killedAt} after ${requests} requests`;
  return `${plan}ended with ${exitCode} after ${requests} requests${exitCode === 2 ? `: ${stderr.trim()}` : ""}`;
};

/** Versions, requests and sessions have new names each time, and the bucket's is in some messages. */
const plainly = (value: unknown): string =>
  JSON.stringify(value)
    .replaceAll(STORM, CALM)
    .replaceAll(/"versionId":"[^"]*",?/g, "")
    .replaceAll(/at-rest-\d+/g, "at-rest")
    .replaceAll(/ ?\(x-amz-request-id[^)]*\)/g, "");

function compareReports(calm: Journal, storm: Journal): string[] {
  const [one, other] = [calm, storm].map(({ exceptions }) => exceptions.map(plainly).sort());
  const wrong = isDeepStrictEqual(one, other)
    ? []
    : [`the run names ${other?.join(", ")}, and the undisturbed one ${one?.join(", ")}`];
  if (calm.exitCode !== storm.exitCode) wrong.push(`exit code ${storm.exitCode}, and undisturbed ${calm.exitCode}`);
  return wrong;
}

/** What an audit found, of its JSON document. */
function findings({ stdout, exitCode }: ProcessEnd): string {
  if (stdout === "") return `nothing, with exit code ${exitCode}`;
  const { counts, because } = JSON.parse(stdout);
  const inOrder = (counted: object) => Object.fromEntries(Object.entries(counted).sort());
  return plainly({ counts: inOrder(counts), because: inOrder(because), exitCode });
}
