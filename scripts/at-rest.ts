import { Command, CommanderError } from "commander";
import { Stop } from "./commands/support/stop";
import { say } from "./commands/support/terminal";

// The engines field says which versions of Node are supported; the SDK's own reminder would be in every output.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";

interface CommandFile {
  readonly name: string;
  readonly summary: string;
  readonly load: () => { define(command: Command): void };
}

/** One command a file, loaded only when it is asked for: the AWS SDK takes its time. */
const commands: readonly CommandFile[] = [
  { name: "plan", summary: "plan every stack, and say what its changes are", load: () => require("./commands/plan") },
  {
    name: "review",
    summary: "judge plans, and write the comment for a pull request",
    load: () => require("./commands/review"),
  },
  { name: "apply", summary: "apply the changes that were approved", load: () => require("./commands/apply") },
  {
    name: "discover",
    summary: "draft a fleet from the buckets that are there, or say what it lacks",
    load: () => require("./commands/discover"),
  },
  {
    name: "outputs",
    summary: "read what the stacks answered, and check it against the fleet",
    load: () => require("./commands/outputs"),
  },
  {
    name: "snapshot",
    summary: "write down what is live in a bucket, for git",
    load: () => require("./commands/snapshot"),
  },
  { name: "preflight", summary: "say what a stage would break", load: () => require("./commands/preflight") },
  {
    name: "estimate",
    summary: "say how long a conversion takes, and what it costs",
    load: () => require("./commands/estimate"),
  },
  { name: "backup", summary: "copy objects into the backup bucket", load: () => require("./commands/backup") },
  {
    name: "restore",
    summary: "bring objects of a backup back, and overwrite nothing unless told to",
    load: () => require("./commands/restore"),
  },
  {
    name: "reencrypt",
    summary: "bring existing objects under the chosen encryption",
    load: () => require("./commands/reencrypt"),
  },
  {
    name: "audit",
    summary: "prove that objects and configuration are as they should be, or say what is not",
    load: () => require("./commands/audit"),
  },
  {
    name: "key-usage",
    summary: "say what depends on a KMS key, and whether deleting it would lose data",
    load: () => require("./commands/key-usage"),
  },
];

const exitCodes = `
Exit codes: 0 all compliant; 1 some failed; 2 usage, configuration or could not look; 3 some cannot be converted; 130 interrupted.`;

const sameFromHereOn = (command: Command): Command =>
  command
    .exitOverride()
    .showHelpAfterError("(--help shows what there is)")
    .addHelpText("after", exitCodes)
    .configureOutput({ writeErr: (text) => process.stderr.write(text) });

/** Whoever reads the output has gone, as `head` does. A run's journal does not depend on it. */
function endWithReader(stream: NodeJS.WriteStream): void {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit();
    throw error;
  });
}

async function main(words: readonly string[]): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) endWithReader(stream);
  const program = sameFromHereOn(new Command("at-rest"))
    .description("Bring the objects of live S3 buckets under the encryption of the fleet, and prove it.")
    .addHelpText("before", "");
  for (const { name, summary, load } of commands) {
    const command = sameFromHereOn(program.command(name).summary(summary).description(summary));
    if (words.includes(name)) load().define(command);
    command.optionsGroup("Other:").option("--debug", "show where an error comes from");
  }
  await program.parseAsync([...words], { from: "user" });
}

const words = process.argv.slice(2);

main(words).catch((error: unknown) => {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2;
    return;
  }
  process.exitCode = error instanceof Stop ? error.exitCode : 1;
  say(error instanceof Error ? error.message : String(error));
  if (error instanceof Stop && error.remedy) say(error.remedy);
  if (words.includes("--debug") && error instanceof Error && error.stack) say(error.stack);
  else if (!(error instanceof Stop)) say("This was not foreseen: --debug shows where it comes from.");
});
