import { spawn } from "node:child_process";
import { cpSync, readdirSync, readFileSync, rmSync, statSync, truncateSync } from "node:fs";
import { join, resolve } from "node:path";
import { HeadObjectCommand } from "@aws-sdk/client-s3";
import { createBucket } from "../../local/s3/state";
import { type AtRestWorld, account, atRestWorld, bucket, ended, region } from "../support/at-rest-world";

let world: AtRestWorld;
beforeEach(async () => {
  world = await atRestWorld();
});
afterEach(() => world.close());

// Each starts the command several times, which a busy machine takes its time for.
jest.setTimeout(240_000);

const OBJECTS = 40;
const runDirectory = (): string => join(world.directory, ".at-rest", bucket, "reencrypt");
const runs = (): string[] => readdirSync(runDirectory()).filter((name) => !name.startsWith("lock-"));
const journal = (): string => join(runDirectory(), runs()[0] ?? "", "journal.jsonl");
const convert = (...words: string[]): string[] => [
  ...["reencrypt", "--bucket", bucket, "--sse", "aws:kms", "--kms-key-arn", world.keyArn, "--yes"],
  ...words,
];

/** Unencrypted, so that each is copied, and each copy journaled before. */
const seedObjects = () => {
  for (let index = 0; index < OBJECTS; index++) {
    world.aws.seedObject({ bucket, key: `key-${index}`, body: `content ${index}` });
  }
};

const isConverted = async (Key: string): Promise<boolean> => {
  const { SSEKMSKeyId } = await world.s3.send(new HeadObjectCommand({ Bucket: bucket, Key }));
  return SSEKMSKeyId === world.keyArn;
};
const converted = async (): Promise<number> => {
  const all = await Promise.all(Array.from({ length: OBJECTS }, (_, index) => isConverted(`key-${index}`)));
  return all.filter(Boolean).length;
};

/** The same command, left in peace, finishes the one run that there is. */
const expectToBeFinished = async () => {
  const { exitCode, stderr } = await world.atRest(...convert());
  expect(stderr).toContain(`Going on with`);
  expect(exitCode).toBe(0);
  expect(await converted()).toBe(OBJECTS);
  expect(runs()).toHaveLength(1);
};

/** Slow enough to be met at work. */
const slowly = ["--concurrency", "1", "--max-requests-per-second", "20"];

const startSlowly = async () => {
  const copied = world.answered("CopyObject");
  const child = world.start(...convert(...slowly));
  const end = ended(child);
  await copied;
  return { child, end };
};

/** Resolves once a process has written these words to stderr. */
const saying = (child: ReturnType<AtRestWorld["start"]>, words: string) =>
  new Promise<void>((said) => {
    let text = "";
    child.stderr.on("data", (chunk) => {
      text += chunk;
      if (text.includes(words)) said();
    });
  });

test("a journal whose last line is torn costs that line, and the same command goes on", async () => {
  seedObjects();
  const { child, end } = await startSlowly();
  child.kill("SIGKILL");
  await end;
  const { size } = statSync(journal());
  truncateSync(journal(), size - 5);
  await expectToBeFinished();
});

test("a journal that cannot be written ends the run before anything else is changed, and says what to do", async () => {
  seedObjects();
  // No file may grow beyond 2 KiB, as on a disk that is full.
  const script = resolve(__dirname, "../../scripts/at-rest.cjs");
  const limited = ["-c", 'ulimit -f 2; exec "$@"', "bash", process.execPath, script, ...convert("--concurrency", "2")];
  const { directory: cwd, environment: env } = world;
  const { exitCode, stderr } = await ended(spawn("bash", limited, { cwd, env: { ...env }, stdio: "pipe" }));
  expect(stderr).toContain(`${journal().replace(`${world.directory}/`, "")} could not be written: EFBIG`);
  expect(stderr).toContain("Make room on the disk; then the same command goes on from here.");
  expect([1, 2]).toContain(exitCode); // 1 once a page that was written down says that something has been changed

  // Whatever was changed, the journal had said so before.
  const known = readFileSync(journal(), "utf8");
  for (let index = 0; index < OBJECTS; index++) {
    if (await isConverted(`key-${index}`)) expect(known).toContain(`"key":"key-${index}"`);
  }
  expect(await converted()).toBeLessThan(OBJECTS);
  await expectToBeFinished();
});

test("a journal of another bucket is not believed: it is named, and nothing is touched", async () => {
  seedObjects();
  world.aws.state.s3.buckets.set(
    "acme-others",
    createBucket({ name: "acme-others", account, region, partition: "aws", createdAt: 0 }),
  );
  world.aws.seedObject({ bucket: "acme-others", key: "key-1", body: "theirs" });
  const { child, end } = await startSlowly();
  child.kill("SIGKILL");
  await end;
  const others = join(world.directory, ".at-rest", "acme-others", "reencrypt");
  cpSync(runDirectory(), others, { recursive: true });
  world.writes.length = 0;

  const words = convert().map((word) => (word === bucket ? "acme-others" : word));
  const { exitCode, stderr } = await world.atRest(...words);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(join(".at-rest", "acme-others", "reencrypt", runs()[0] ?? "", "run.json"));
  expect(stderr).toContain(`bucket "${bucket}", not "acme-others"`);
  expect(stderr).toContain("--new-run");
  // Only the probe, on a key that no object has.
  expect(world.writes.filter((operation) => operation !== "UpdateObjectEncryption")).toEqual([]);

  const anew = await world.atRest(...words, "--new-run");
  expect(anew.exitCode).toBe(0);
  await expectToBeFinished();
});

test("a second process on the same run is told who is at work, and the first one finishes", async () => {
  seedObjects();
  const { child, end } = await startSlowly();
  child.kill("SIGSTOP"); // there, however long the other one takes
  const second = await world.atRest(...convert());
  expect(second.exitCode).toBe(2);
  expect(second.stderr).toContain(`process ${child.pid} on`);
  expect(second.stderr).toContain(`lock-${child.pid}@`);
  expect(second.stderr).toContain("Nothing was changed.");
  child.kill("SIGCONT");
  expect((await end).exitCode).toBe(0);
  expect(await converted()).toBe(OBJECTS);
});

describe.each(["SIGINT", "SIGTERM"] as const)("%s", (signal) => {
  test("once finishes and writes down what is in flight, and says how to go on", async () => {
    seedObjects();
    const { child, end } = await startSlowly();
    child.kill(signal);
    const { exitCode, stderr } = await end;
    expect(exitCode).toBe(130);
    expect(stderr).toContain("Stopping: what is in flight is being finished. Once more ends at once.");
    expect(stderr).toContain("The same command goes on from here.");
    // Everything that was changed is in a page.
    const pages = readFileSync(journal(), "utf8").match(/"copied":(\d+)/g) ?? [];
    expect(pages.reduce((sum, page) => sum + Number(page.split(":")[1]), 0)).toBe(await converted());
    expect(readdirSync(runDirectory())).toEqual(runs()); // no lock is left
    await expectToBeFinished();
  });

  test("twice ends at once, and the same command goes on", async () => {
    seedObjects();
    const { child, end } = await startSlowly();
    // What is in flight takes its time.
    world.aws.faults = { rates: { "*": { stallBefore: 1 } }, stallMilliseconds: 3_000 };
    const said = saying(child, "Once more ends at once");
    child.kill(signal);
    await said;
    child.kill(signal);
    expect((await end).exitCode).toBe(130);
    world.aws.faults = undefined;
    await expectToBeFinished();
  });
});

test("an unfinished run that was damaged is named, and not taken for one's own", async () => {
  seedObjects();
  const { child, end } = await startSlowly();
  child.kill("SIGKILL");
  await end;
  const file = join(runDirectory(), runs()[0] ?? "", "run.json");
  truncateSync(file, 20);
  const { exitCode, stderr } = await world.atRest(...convert());
  expect(exitCode).toBe(2);
  expect(stderr).toContain("run.json is not the file of a run of this format");
  rmSync(join(runDirectory(), runs()[0] ?? ""), { recursive: true });
  expect((await world.atRest(...convert())).exitCode).toBe(0);
});
