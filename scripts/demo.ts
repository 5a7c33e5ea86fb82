import { join } from "node:path";
import { parseArgs } from "node:util";
import { Application } from "./demo/application";
import { encryptionRows, keyNames } from "./demo/comparison";
import { loseAndRestore } from "./demo/loss";
import { Narrator } from "./demo/narrator";
import { observeAll, observedIn, prove } from "./demo/proof";
import { type Engine, rollOut } from "./demo/roll-out";
import { buckets, seed, uploads } from "./demo/seed";
import type { Story } from "./demo/story";
import { createWorld } from "./demo/world";

const account = "111111111111";
const region = "eu-west-1";
const stack = `sandbox-${region}`;

const help = `Takes a fleet of legacy buckets all the way to proven encryption, on this machine, with no AWS account.

Usage: npm run demo [-- [--keep] [--engine batch] [--debug]]

  --engine batch  let jobs of S3 Batch Operations update objects first
  --keep          leave the local AWS running at the end, and print how to look around with the aws command
  --debug         show where an error comes from
  --help          this text

Needs Terraform 1.11 or newer on the PATH. Exits with 0 if everything that it checks holds, else with 1.`;

const tell = async (story: Story, engine: Engine): Promise<void> => {
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
    const keyArn = await rollOut(story, { application, engine });
    await application.stop();
    const after = await observeAll(story, seeded);
    prove(story, { application, lostWrites: await application.lostWrites(), seeded, before, after, keyArn });
    await loseAndRestore(story, { key: seeded.richKey, before });
  } finally {
    await application.stop(); // also when something above failed: it would go on for ever
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
    options: {
      keep: { type: "boolean" },
      engine: { type: "string", default: "auto" },
      debug: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (options.help) return console.log(help);
  const { engine } = options;
  if (engine !== "auto" && engine !== "batch") throw new Error(`--engine is auto or batch, not ${engine}.`);
  const world = await createWorld(account, region);
  process.once("SIGINT", () => world.close().finally(() => process.exit(130)));
  process.once("SIGTERM", () => world.close().finally(() => process.exit(143)));
  try {
    const narrator = new Narrator();
    const operator = world.client(world.operator);
    const story = { world, narrator, operator, stackDirectory: join(world.directory, "cdktf.out/stacks", stack) };
    await world.run("terraform", ["version"]); // rather now than after a minute
    await tell(story, engine);
    const off = narrator.checks.filter(({ holds }) => !holds);
    console.log(`\n${narrator.checks.length - off.length} of ${narrator.checks.length} checks hold.`);
    for (const { claim, found } of off) console.log(`  does not hold: ${claim}: ${found}`);
    if (off.length > 0) process.exitCode = 1;
    if (options.keep) await keepRunning(story);
    console.log(
      '\nNext: docs/operations.md, or README.md, "On a real account"; or npm run demo -- --keep to look around.',
    );
  } finally {
    await world.close();
  }
};

main().catch((error: unknown) => {
  const debug = process.argv.includes("--debug") && error instanceof Error;
  console.error(`\nThe demo stopped: ${debug ? error.stack : error}`);
  process.exitCode = 1;
});
