import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { bucketOutputOf, parseStackOutputs } from "../src/fleet/outputs";
import { Application } from "./demo/application";
import { encryptionRows, keyNames } from "./demo/comparison";
import { Narrator } from "./demo/narrator";
import { observeAll, observedIn, prove } from "./demo/proof";
import { buckets, reports, seed, uploads } from "./demo/seed";
import {
  atRest,
  checkForeignStatement,
  checkNothingToChange,
  checkPut,
  loseAndRestore,
  moveToStage,
  type Story,
} from "./demo/story";
import { createWorld } from "./demo/world";

const account = "111111111111";
const region = "eu-west-1";
const stack = `sandbox-${region}`;

const help = `Takes a fleet of legacy buckets all the way to proven encryption, on this machine, with no AWS account.

Usage: npm run demo [-- [--keep] [--debug]]

  --keep   leave the local AWS running at the end, and print how to look around with the aws command
  --debug  show where an error comes from
  --help   this text

Needs Terraform 1.11 or newer on the PATH. Exits with 0 if everything that it checks holds, else with 1.`;

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
  try {
    const keyArn = await rollOut(story, application);
    await application.stop();
    const after = await observeAll(story, seeded);
    prove(story, { application, lostWrites: await application.lostWrites(), seeded, before, after, keyArn });
  } finally {
    await application.stop(); // also when something above failed: it would go on for ever
  }
};

/** Every stage in turn, under the application's feet. Returns the ARN of the key that the stacks have made. */
const rollOut = async (story: Story, application: Application): Promise<string> => {
  const { world, narrator, operator } = story;
  const headerless = { how: "without a header", as: operator, bucket: uploads } as const;
  await checkPut(story, "a put without an encryption header is accepted", {
    ...headerless,
    expected: "stored under AES256",
  });

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

  narrator.step(
    "Back up",
    "A server-side copy of every object, under S3's own keys: losing the KMS key would lose no backup.",
  );
  await atRest(story, "backup --fleet fleet.yaml --yes", [0, 3]);
  await loseAndRestore(story, uploads, "video/master.mxf");

  narrator.step(
    "Stage encrypt",
    "New objects go under the key from here on. Wrong choices and plain HTTP are refused; no header still works.",
  );
  await moveToStage(story, "encrypt");
  await checkPut(story, "the same put is still accepted, and encrypted with KMS", {
    ...headerless,
    expected: "stored under aws:kms",
  });
  await checkPut(story, "a put that asks for another encryption is refused", {
    ...headerless,
    how: "with AES256",
    encryption: { ServerSideEncryption: "AES256" },
    expected: "AccessDenied",
  });

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
  await checkPut(story, "the same put without a header is refused", { ...headerless, expected: "AccessDenied" });
  await checkPut(story, "with the key it is accepted", {
    ...headerless,
    how: "with aws:kms and the key",
    encryption: { ServerSideEncryption: "aws:kms", SSEKMSKeyId: keyArn },
    expected: "stored under aws:kms",
  });
  await checkPut(story, "on the AES256 bucket it is refused without a header", {
    ...headerless,
    bucket: reports,
    expected: "AccessDenied",
  });
  const asAes256 = { bucket: reports, encryption: { ServerSideEncryption: "AES256" } } as const;
  await checkPut(story, "and accepted with AES256", {
    ...asAes256,
    how: "with AES256",
    as: operator,
    expected: "stored under AES256",
  });
  await checkPut(story, "plain HTTP is refused", {
    ...asAes256,
    how: "with AES256 over plain HTTP",
    as: world.plainHttpClient(),
    expected: "AccessDenied",
  });

  narrator.step(
    "Proof",
    "Terraform has nothing left to change, and every object is looked at again by a witness that shares no code with the tool.",
  );
  await checkNothingToChange(story);
  await checkForeignStatement(story);
  return keyArn;
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
    options: { keep: { type: "boolean" }, debug: { type: "boolean" }, help: { type: "boolean", short: "h" } },
  });
  if (options.help) return console.log(help);
  const world = await createWorld(account, region);
  process.once("SIGINT", () => world.close().finally(() => process.exit(130)));
  process.once("SIGTERM", () => world.close().finally(() => process.exit(143)));
  try {
    const narrator = new Narrator();
    const operator = world.client(world.operator);
    const story = { world, narrator, operator, stackDirectory: join(world.directory, "cdktf.out/stacks", stack) };
    await world.run("terraform", ["version"]); // rather now than after a minute
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
  const debug = process.argv.includes("--debug") && error instanceof Error;
  console.error(`\nThe demo stopped: ${debug ? error.stack : error}`);
  process.exitCode = 1;
});
