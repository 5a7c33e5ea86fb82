import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { PutObjectCommand, type PutObjectCommandInput, type S3Client, S3ServiceException } from "@aws-sdk/client-s3";
import { bucketOutputOf, parseStackOutputs } from "../src/fleet/outputs";
import { Application } from "./demo/application";
import { changedObjects, encryptionRows, keyNames } from "./demo/comparison";
import { Narrator } from "./demo/narrator";
import { type ObservedBucket, observe } from "./demo/observer";
import { contracts, reports, type Seeded, seed, uploads } from "./demo/seed";
import { applyEssentials, planEssentials } from "./demo/terraform-text";
import { createWorld, root, type World } from "./demo/world";

const account = "111111111111";
const region = "eu-west-1";
const stack = `sandbox-${region}`;
const buckets = [uploads, contracts, reports] as const;

const help = `Takes a fleet of legacy buckets all the way to proven encryption, on this machine, with no AWS account.

Usage: npm run demo [-- --keep]

  --keep   leave the local AWS running at the end, and print how to look around with the aws command
  --help   this text

Needs Terraform 1.11 or newer on the PATH. Exits with 0 if everything that it checks holds, else with 1.`;

interface Story {
  readonly world: World;
  readonly narrator: Narrator;
  /** As the operator of the platform team. */
  readonly operator: S3Client;
  readonly stackDirectory: string;
}

/** Runs one of the project's own commands as a user types it, and shows what it printed. */
const atRest = async (
  { world, narrator }: Story,
  parameters: string,
  expected: readonly number[] = [0],
): Promise<void> => {
  narrator.command(`npx at-rest ${parameters}`);
  const script = join(root, "scripts/at-rest.cjs");
  const finished = await world.run(process.execPath, [script, ...parameters.split(" ")], world.directory);
  narrator.output(`${finished.stdout}${finished.stderr}`.replaceAll(`${world.directory}/`, ""));
  if (!expected.includes(finished.exitCode))
    throw new Error(`at-rest ${parameters} ended with ${finished.exitCode}; expected ${expected.join(" or ")}.`);
  if (finished.exitCode !== 0) narrator.say(`(exit code ${finished.exitCode})`);
};

const terraform = async (story: Story, parameters: string, show: (stdout: string) => string): Promise<void> => {
  story.narrator.command(`terraform ${parameters}`);
  const finished = await story.world.run("terraform", [...parameters.split(" "), "-no-color"], story.stackDirectory);
  if (finished.exitCode !== 0) throw new Error(`terraform ${parameters} failed:\n${finished.stdout}${finished.stderr}`);
  story.narrator.output(show(finished.stdout));
};

/** What a merged pull request sets off: synthesise, plan, and apply the very plan that was reviewed. */
const moveToStage = async (story: Story, stage: string): Promise<void> => {
  const { world, narrator } = story;
  world.setStage(stage);
  narrator.command(`sed -i 's/stage: .*/stage: ${stage}/' fleet.yaml && npx cdktf synth`);
  const synth = await world.run("npx", ["cdktf", "synth", "--output", join(world.directory, "cdktf.out")]);
  if (synth.exitCode !== 0) throw new Error(`cdktf synth failed:\n${synth.stdout}${synth.stderr}`);
  await terraform(
    story,
    "init -input=false",
    (text) => text.match(/^Terraform has been successfully initialized!/m)?.[0] ?? text,
  );
  await terraform(story, "plan -input=false -out=plan", planEssentials);
  await terraform(story, "apply -input=false plan", applyEssentials);
};

/** Puts a small object and says how it went in the words of S3. */
const tryPut = async (
  { narrator }: Story,
  how: string,
  s3: S3Client,
  bucket: string,
  encryption: Partial<PutObjectCommandInput> = {},
): Promise<string> => {
  const outcome = await s3
    .send(new PutObjectCommand({ Bucket: bucket, Key: "hello.txt", Body: "hello", ...encryption }))
    .then(({ ServerSideEncryption }) => `200 OK, stored under ${ServerSideEncryption ?? "no encryption"}`)
    .catch((error: unknown) => {
      if (error instanceof S3ServiceException) return error.name;
      throw error;
    });
  narrator.say(`put s3://${bucket}/hello.txt ${how.padEnd(34)} -> ${outcome}`);
  return outcome;
};

const observeAll = async ({ operator }: Story, seeded: Seeded): Promise<ReadonlyMap<string, ObservedBucket>> => {
  const observed = new Map<string, ObservedBucket>();
  for (const bucket of buckets) observed.set(bucket, await observe(operator, bucket, seeded.customerKeys));
  return observed;
};

const observedIn = (observed: ReadonlyMap<string, ObservedBucket>, bucket: string): ObservedBucket => {
  const found = observed.get(bucket);
  if (!found) throw new Error(`${bucket} was not observed`);
  return found;
};

const tell = async (story: Story): Promise<void> => {
  const { world, narrator, operator } = story;
  narrator.say(
    "Everything runs on this machine: a local AWS (S3, KMS, IAM, STS), the real Terraform, and a stand-in for its",
  );
  narrator.say(
    "provider hashicorp/aws. That shows the way and the tool's own logic. It does not show what AWS itself would answer.",
  );

  narrator.step(
    "Three buckets, as years of use have left them",
    "Before 2023 S3 stored what came without a header unencrypted.",
  );
  const seeded = await seed(world, operator);
  world.nameSourceKey(seeded.legacyKeyArn);
  const before = await observeAll(story, seeded);
  narrator.table(
    ["bucket", "encryption", "objects"],
    buckets.flatMap((bucket) => encryptionRows(bucket, keyNames(seeded.keyNames), observedIn(before, bucket))),
  );

  narrator.step(
    "An application lives in them",
    "It reads, writes, overwrites and deletes all the time. It knows nothing of encryption.",
  );
  const application = new Application(world.client(seeded.applicationCredentials), uploads, seeded.applicationKeys);
  application.start();
  const headerless = await tryPut(story, "without a header", operator, uploads);
  narrator.check("a put without an encryption header is accepted", headerless.startsWith("200"), headerless);

  narrator.step(
    "Write down what is live",
    "The snapshots go into git. From them the plan knows which policy statements to keep.",
  );
  await atRest(story, "snapshot --fleet fleet.yaml");

  narrator.step("Stage prepare", "Keys, roles and a backup bucket. Nothing of the legacy buckets is touched.");
  await moveToStage(story, "prepare");
  await atRest(story, "outputs --fleet fleet.yaml");
  const outputs = parseStackOutputs(
    JSON.parse(readFileSync(join(world.directory, "outputs", `${stack}.json`), "utf8")),
  );
  const keyArn = bucketOutputOf(outputs, uploads)?.keyArn;
  if (!keyArn) throw new Error(`the outputs of ${stack} name no key for ${uploads}`);

  narrator.step("Back up", "A server-side copy of every object, under a key of its own.");
  await atRest(story, "backup --fleet fleet.yaml --yes", [0, 3]);

  narrator.step(
    "Stage encrypt",
    "New objects go under the key from here on. Wrong choices and plain HTTP are refused; no header still works.",
  );
  await moveToStage(story, "encrypt");
  const underDefault = await tryPut(story, "without a header", operator, uploads);
  narrator.check(
    "the same put is still accepted, and encrypted with KMS",
    underDefault === "200 OK, stored under aws:kms",
    underDefault,
  );
  const wrong = await tryPut(story, "with AES256", operator, uploads, { ServerSideEncryption: "AES256" });
  narrator.check("a put that asks for another encryption is refused", wrong === "AccessDenied", wrong);

  narrator.step(
    "Convert what is already there",
    "In place, while the application goes on. Exit code 3: done, but some objects cannot be converted.",
  );
  await atRest(story, "reencrypt --fleet fleet.yaml --yes", [3]);
  await atRest(story, "audit --fleet fleet.yaml", [3]);

  narrator.step(
    "Stage enforce",
    "The application's team has released the header; from here on a put without it is refused.",
  );
  await application.release(keyArn);
  await moveToStage(story, "enforce");
  const refused = await tryPut(story, "without a header", operator, uploads);
  narrator.check("the same put without a header is refused", refused === "AccessDenied", refused);
  const withKey = await tryPut(story, "with aws:kms and the key", operator, uploads, {
    ServerSideEncryption: "aws:kms",
    SSEKMSKeyId: keyArn,
  });
  narrator.check("with the key it is accepted", withKey.startsWith("200"), withKey);
  const refusedReport = await tryPut(story, "without a header", operator, reports);
  narrator.check(
    "on the AES256 bucket it is refused without a header",
    refusedReport === "AccessDenied",
    refusedReport,
  );
  const withHeader = await tryPut(story, "with --sse AES256", operator, reports, { ServerSideEncryption: "AES256" });
  narrator.check("and accepted with AES256", withHeader.startsWith("200"), withHeader);
  const plainHttp = await tryPut(story, "with AES256 over plain HTTP", world.plainHttpClient(), reports, {
    ServerSideEncryption: "AES256",
  });
  narrator.check("plain HTTP is refused", plainHttp === "AccessDenied", plainHttp);

  narrator.step(
    "Proof",
    "Terraform has nothing left to change, and every object is looked at again by a witness that shares no code with the tool.",
  );
  narrator.command("terraform plan -detailed-exitcode");
  const plan = await world.run(
    "terraform",
    ["plan", "-input=false", "-detailed-exitcode", "-no-color"],
    story.stackDirectory,
  );
  narrator.check("terraform plan shows no changes", plan.exitCode === 0, planEssentials(plan.stdout) || plan.stderr);
  await application.stop();
  const after = await observeAll(story, seeded);
  prove(story, { application, lostWrites: await application.lostWrites(), seeded, before, after, keyArn });
};

interface Evidence {
  readonly application: Application;
  readonly lostWrites: readonly string[];
  readonly seeded: Seeded;
  readonly before: ReadonlyMap<string, ObservedBucket>;
  readonly after: ReadonlyMap<string, ObservedBucket>;
  readonly keyArn: string;
}

const prove = ({ narrator }: Story, evidence: Evidence): void => {
  const { application, lostWrites, seeded, before, after, keyArn } = evidence;
  const nameOf = keyNames(new Map([...seeded.keyNames, [keyArn, "alias/at-rest"]]));
  narrator.table(
    ["bucket", "encryption", "before", "after"],
    buckets.flatMap((bucket) => encryptionRows(bucket, nameOf, observedIn(before, bucket), observedIn(after, bucket))),
  );
  narrator.say("");
  const report = application.report();
  const attempts = `${report.writes} writes, ${report.reads} reads, ${report.deletes} deletes`;
  narrator.check("no request of the application failed", report.errors.length === 0, report.errors[0] ?? attempts);
  narrator.check(
    "every read returned what was written last",
    report.wrongReads.length === 0,
    report.wrongReads[0] ?? "yes",
  );
  narrator.check(
    "no write or delete of the application was lost",
    lostWrites.length === 0,
    lostWrites[0] ?? "all there",
  );
  for (const bucket of buckets) {
    const [was, is] = [observedIn(before, bucket), observedIn(after, bucket)];
    const changed = changedObjects(was, is, bucket === uploads ? application.touchedKeys : new Set());
    narrator.check(
      `${bucket}: content, metadata, tags, ACL, class, lock and redirect are what they were`,
      changed.length === 0,
      changed.length === 0
        ? `${was.current.size} objects`
        : `${changed.length} changed, first ${JSON.stringify(changed[0])}`,
    );
    const target = bucket === reports ? "SSE-S3" : `SSE-KMS ${keyArn}, bucket key`;
    const left = [...is.current].filter(
      ([key, { encryption }]) => encryption !== target && !seeded.inconvertible.has(key),
    );
    narrator.check(
      `${bucket}: every object that can be is under its target`,
      left.length === 0,
      left.length === 0 ? `${is.current.size} objects` : `${left.length} are not, first ${JSON.stringify(left[0])}`,
    );
  }
};

const keepRunning = async ({ world, narrator }: Story): Promise<void> => {
  narrator.say("\nThe local AWS goes on until Ctrl-C. To look around, in another terminal:\n");
  for (const name of ["AWS_ENDPOINT_URL", "AWS_CA_BUNDLE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"])
    narrator.say(`export ${name}=${world.environment[name]}`);
  narrator.say(`aws s3 ls s3://${uploads}/`);
  narrator.say(`aws s3api head-object --bucket ${uploads} --key empty`);
  narrator.say(`terraform -chdir=${join(world.directory, "cdktf.out/stacks", stack)} show`);
  await new Promise(() => undefined);
};

const main = async (): Promise<void> => {
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] = "true"; // of Node 20, which this project supports
  const { values: options } = parseArgs({
    options: { keep: { type: "boolean" }, help: { type: "boolean", short: "h" } },
  });
  if (options.help) return console.log(help);
  const world = await createWorld(account, region);
  process.once("SIGINT", () => world.close().finally(() => process.exit(130)));
  process.once("SIGTERM", () => world.close().finally(() => process.exit(143)));
  try {
    const narrator = new Narrator();
    const operator = world.client(world.operator);
    const story = { world, narrator, operator, stackDirectory: join(world.directory, "cdktf.out/stacks", stack) };
    await tell(story);
    const off = narrator.checks.filter(({ holds }) => !holds);
    console.log(`\n${narrator.checks.length - off.length} of ${narrator.checks.length} checks hold.`);
    for (const { claim, found } of off) console.log(`  does not hold: ${claim}: ${found}`);
    if (off.length > 0) process.exitCode = 1;
    if (options.keep) await keepRunning(story);
    console.log('\nNext: README.md, "On a real account"; or npm run demo -- --keep to look around.');
  } finally {
    await world.close();
  }
};

main().catch((error: unknown) => {
  console.error(`\nThe demo stopped: ${error instanceof Error ? error.stack : String(error)}`);
  process.exitCode = 1;
});
