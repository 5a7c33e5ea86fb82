import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateBucketCommand, HeadObjectCommand, ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3";
import { parse } from "yaml";
import { z } from "zod";
import { describeWith, findAwsCli } from "../clients/tools";
import { type AtRestWorld, atRestWorld, bucket, type Ended, region } from "../support/at-rest-world";
import { type FencedBlock, fencedBlocks } from "../support/fenced-blocks";
import { exitCodes, kill, lastOf, type Machines, machinesOf } from "../support/machines";

/** Each example is several processes of a second or more each, and a lease is thirty seconds of the real clock. */
jest.setTimeout(300_000);

const page = fencedBlocks("many-machines.md");
const tried = new Set<FencedBlock>();

/** The block of a language below a heading. */
function block(heading: string, language: string): string {
  const found = page.find((one) => one.heading === heading && one.language === language);
  if (!found) throw new Error(`docs/many-machines.md has no block of ${language} below ${heading}`);
  tried.add(found);
  return found.text;
}

const updated = Array.from({ length: 12 }, (_, index) => `logs/${index}`);
const copied = ["a", "images/1", "images/2", "z"];
/** Its copy can be made to wait, so that somebody is in the middle of its shard. */
const slow = "images/2";

/** Something that is waited for, until it is said to be there. */
function moment() {
  let come: () => void = () => undefined;
  const reached = new Promise<void>((resolved) => {
    come = resolved;
  });
  return { reached, come: () => come() };
}

let world: AtRestWorld;
let machines: Machines;
let inCopy: ReturnType<typeof moment>;
/** For what the slow copy waits. */
let copyMayEnd: Promise<void> | undefined;

beforeEach(async () => {
  inCopy = moment();
  copyMayEnd = undefined;
  world = await atRestWorld({
    step: async ({ key }) => {
      if (key !== slow || !copyMayEnd) return;
      inCopy.come();
      await copyMayEnd;
    },
  });
  const CreateBucketConfiguration = { LocationConstraint: region } as const;
  await world.s3.send(new CreateBucketCommand({ Bucket: "acme-runs", CreateBucketConfiguration }));
  for (const key of updated) await world.put(key);
  for (const key of copied) await world.putUnencrypted(key);
  const settings = world.aws.state.s3.buckets.get(bucket)?.settings;
  if (settings) settings.blockedEncryptionTypes = undefined;
  const secret = { SSECustomerAlgorithm: "AES256", SSECustomerKey: "k".repeat(32) };
  await world.s3.send(new PutObjectCommand({ Bucket: bucket, Key: "secret", Body: "secret", ...secret }));
  world.fleet("encrypt", {}, "backup: none");
  machines = machinesOf(world);
});
afterEach(async () => {
  machines.close();
  await world.close();
});

const linesOf = (text: string): string[] => text.replaceAll("\\\n", "").split("\n");
const shell = (command: string): Promise<Ended> => machines.start(["sh", "-c", command]).end;
const typed = (): string[] => linesOf(block("Shards", "console")).flatMap((line) => /^\$ (.+)$/.exec(line)?.[1] ?? []);

/** One report, of every object once, whoever has seen to it; only what is under SSE-C is left. */
async function expectWhole(shards: number): Promise<void> {
  const report = typed().find((command) => command.startsWith("at-rest report "));
  const { exitCode, stdout, stderr } = await shell(`${report} --json`);
  expect(JSON.parse(stdout)).toMatchObject({
    ...{ bucket, exitCode: 3, left: [], because: { customerKey: 1 } },
    counts: { updated: updated.length, copied: copied.length, cannot: 1 },
  });
  expect({ exitCode, stderr }).toEqual({ exitCode: 3, stderr: "" });
  const { Contents = [] } = await world.s3.send(new ListObjectsV2Command({ Bucket: "acme-runs" }));
  const worked = Contents.flatMap(({ Key = "" }) => /\/shards-\d+\/(\d+)\//.exec(Key)?.[1] ?? []);
  expect(new Set(worked).size).toBe(shards);
  for (const Key of [...updated, ...copied]) {
    const head = await world.s3.send(new HeadObjectCommand({ Bucket: bucket, Key }));
    expect(head).toMatchObject({ SSEKMSKeyId: world.keyArn, BucketKeyEnabled: true });
  }
}

test("a run that is kept in S3", async () => {
  expect((await shell(block("A run on many machines", "sh"))).exitCode).toBe(3);
});

test("a shard, and the report while others have not come to their end", async () => {
  const ends: Ended[] = [];
  for (const command of typed()) ends.push(await shell(command));
  const [first, report] = ends;
  expect([0, 3]).toContain(first?.exitCode);
  expect(report?.exitCode).toBe(130);
});

const workflowShape = z.object({
  jobs: z.object({
    shard: z.object({
      strategy: z.object({ matrix: z.object({ shard: z.array(z.number()) }) }),
      steps: z.array(z.object({ run: z.string().optional() })),
    }),
    report: z.object({ needs: z.literal("shard"), steps: z.array(z.object({ run: z.string().optional() })) }),
  }),
});

test("the jobs of a workflow's matrix, and the job that reports", async () => {
  const { shard, report } = workflowShape.parse(parse(block("GitHub Actions", "yaml"))).jobs;
  const { matrix } = shard.strategy;
  const runs = (job: typeof shard | typeof report) => job.steps.flatMap(({ run }) => run ?? []);
  // https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax: bash -e, where no shell is named
  const jobs = matrix.shard.map((number) => {
    const facts = new Map([
      ["matrix.shard", number],
      ["strategy.job-total", matrix.shard.length],
    ]);
    const command = runs(shard)
      .join("\n")
      .replaceAll(/\$\{\{ (\S+) \}\}/g, (_, name) => String(facts.get(name)));
    return machines.start(["bash", "-e", "-c", command]);
  });
  expect(await exitCodes(jobs)).toEqual(matrix.shard.map(() => 0));
  expect(await exitCodes([machines.start(["bash", "-e", "-c", runs(report).join("\n")])])).toEqual([3]);
  await expectWhole(matrix.shard.length);
});

const jobShape = z.object({
  spec: z.object({
    completionMode: z.literal("Indexed"),
    completions: z.number(),
    parallelism: z.number(),
    backoffLimit: z.number().min(1),
    template: z.object({
      spec: z.object({
        restartPolicy: z.literal("Never"),
        containers: z.tuple([z.object({ command: z.array(z.string()) })]),
      }),
    }),
  }),
});

/** What the kubelet puts in the place of `$(NAME)`; what it does not know stays. https://kubernetes.io/docs/tasks/inject-data-application/define-command-argument-container/ */
const expanded = (text: string, environment: Readonly<Record<string, string>>): string =>
  text.replaceAll(/\$\$|\$\(([^)]*)\)/g, (whole, name) => (whole === "$$" ? "$" : (environment[name] ?? whole)));

test("the pods of an Indexed Job, one of which is killed: the pod that comes in its place takes over", async () => {
  const { spec } = jobShape.parse(parse(block("Kubernetes", "yaml")));
  expect(spec.parallelism).toBe(spec.completions);
  const [{ command }] = spec.template.spec.containers;
  const pod = (index: number) => {
    const environment = { JOB_COMPLETION_INDEX: String(index) };
    return machines.start(
      command.map((word) => expanded(word, environment)),
      environment,
    );
  };
  copyMayEnd = new Promise(() => undefined); // of a process that is gone
  const pods = Array.from({ length: spec.completions }, (_, index) => pod(index));
  const last = await lastOf(pods);
  await inCopy.reached;
  kill(last);
  expect((await last.end).exitCode).toBe(null);
  copyMayEnd = undefined;
  const next = await pod(pods.indexOf(last)).end;
  expect(next.stderr).toContain("watched for 30 s, to see whether it is at work.");
  expect(next.stderr).toContain("Going on with s3://acme-runs/conversions/");
  expect(next.exitCode).toBe(0);
  expect((await exitCodes(pods)).filter((code) => code === 0)).toHaveLength(spec.completions - 1);
  await expectWhole(spec.completions);
});

describeWith(findAwsCli(), "the AWS CLI, which checks its commands", "pip install awscli", (awsCli) => {
  /**
   * Runs a block in which `aws` checks its parameters and sends nothing.
   *
   * @param file the text of the one that the block names
   * @returns the words of each call of `aws`
   */
  function calls(text: string, file: string): readonly (readonly string[])[] {
    const [, name = ""] = /file:\/\/(\S+)/.exec(text) ?? [];
    const directory = mkdtempSync(join(tmpdir(), "calls-"));
    try {
      writeFileSync(join(directory, name), file);
      const note = `"${process.execPath}" -e 'fs.appendFileSync("calls", JSON.stringify(process.argv.slice(1)) + "\\n")' -- "$@"`;
      // "output": validates the parameters, and returns a sample. https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-skeleton.html
      const check = `exec "${awsCli}" "$@" --generate-cli-skeleton output`;
      writeFileSync(join(machines.bin, "aws"), `#!/bin/sh\n${note} && ${check}\n`, { mode: 0o755 });
      const { status, stderr } = spawnSync("sh", ["-e", "-c", text], {
        cwd: directory,
        encoding: "utf8",
        env: { PATH: `${machines.bin}:${process.env["PATH"]}`, AWS_DEFAULT_REGION: region },
      });
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
      const noted = readFileSync(join(directory, "calls"), "utf8").trim().split("\n");
      return noted.map((line) => z.array(z.string()).parse(JSON.parse(line)));
    } finally {
      rmSync(directory, { recursive: true });
    }
  }
  const given = (words: readonly string[], option: string): string => words[words.indexOf(option) + 1] ?? "";

  test("the children of an array job", async () => {
    const definition = block("AWS Batch", "json");
    const { command } = z
      .object({ containerProperties: z.object({ command: z.array(z.string()) }) })
      .parse(JSON.parse(definition)).containerProperties;
    const [register, submit = []] = calls(block("AWS Batch", "sh"), definition);
    expect(register?.slice(0, 2)).toEqual(["batch", "register-job-definition"]);
    expect(given(submit, "--job-definition")).toBe(JSON.parse(definition).jobDefinitionName);
    const [, size] = /^size=(\d+)$/.exec(given(submit, "--array-properties")) ?? [];
    // https://docs.aws.amazon.com/batch/latest/userguide/job_env_vars.html
    const children = Array.from({ length: Number(size) }, (_, index) =>
      machines.start(command, { AWS_BATCH_JOB_ARRAY_INDEX: String(index), AWS_BATCH_JOB_ARRAY_SIZE: String(size) }),
    );
    expect(await exitCodes(children)).toEqual(children.map(() => 0));
    await expectWhole(children.length);
  });

  const overrides = z.object({
    containerOverrides: z.tuple([
      z.object({ name: z.string(), environment: z.array(z.object({ name: z.string(), value: z.string() })) }),
    ]),
  });

  test("tasks of ECS, one of which is stopped: the same loop once more goes on with its shard alone", async () => {
    const definition = block("Amazon ECS", "json");
    const { family, containerDefinitions } = z
      .object({
        family: z.string(),
        containerDefinitions: z.tuple([z.object({ name: z.string(), command: z.array(z.string()) })]),
      })
      .parse(JSON.parse(definition));
    const [{ name, command }] = containerDefinitions;
    const [register, ...runs] = calls(block("Amazon ECS", "sh"), definition);
    expect(register?.slice(0, 2)).toEqual(["ecs", "register-task-definition"]);
    const loop = () =>
      runs.map((words) => {
        expect([...words.slice(0, 2), given(words, "--task-definition")]).toEqual(["ecs", "run-task", family]);
        const [override] = overrides.parse(JSON.parse(given(words, "--overrides"))).containerOverrides;
        expect(override.name).toBe(name);
        return machines.start(command, Object.fromEntries(override.environment.map((one) => [one.name, one.value])));
      });

    const goOn = moment();
    copyMayEnd = goOn.reached;
    const tasks = loop();
    const last = await lastOf(tasks);
    await inCopy.reached;
    // To the container's first process alone, as `docker stop` does.
    last.child.kill("SIGTERM");
    await new Promise<void>((stopping) => {
      last.child.stderr.on("data", (text) => String(text).includes("Stopping") && stopping());
    });
    goOn.come();
    expect((await last.end).exitCode).toBe(130);

    const again = await Promise.all(loop().map(({ end }) => end));
    for (const [index, { exitCode, stderr }] of again.entries()) {
      expect([0, 3]).toContain(exitCode);
      expect(stderr).toContain(tasks[index] === last ? "Going on with s3://" : "came to its end before");
    }
    await expectWhole(tasks.length);
  });

  test("no block of the page is left untried", () => {
    expect(page.filter((one) => !tried.has(one))).toEqual([]);
  });
});
