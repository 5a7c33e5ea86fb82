import { Command, CommanderError } from "commander";
import { version } from "../package.json";
import { Stop } from "./commands/support/stop";
import { say, sayError, sayOrigin } from "./commands/support/terminal";

// The engines field says which versions of Node are supported; the SDK's own reminder would be in every output.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";

interface CommandFile {
  readonly name: string;
  readonly summary: string;
  /** What they mean here. @default those of a run over objects */
  readonly exitCodes?: string;
  readonly load: () => { define(command: Command): void };
}

/** In the order in which one uses them. One command a file, loaded only when it is asked for: the AWS SDK takes its time. */
const commands: readonly CommandFile[] = [
  {
    name: "discover",
    summary: "draft a fleet from the buckets that are there, or say what it lacks",
    exitCodes: "0 drafted, or nothing differs; 1 new, gone or different; 2 something could not be read",
    load: () => require("./commands/discover"),
  },
  {
    name: "snapshot",
    summary: "write down what is live in each bucket, for git",
    exitCodes: "0 written, or as live; 1 --check found a difference; 2 something could not be read",
    load: () => require("./commands/snapshot"),
  },
  {
    name: "plan",
    summary: "plan every stack, and say what its changes are",
    exitCodes: "0 planned; 1 some could not be; 2 nothing was planned; with --detailed-exitcode as Terraform's",
    load: () => require("./commands/plan"),
  },
  {
    name: "review",
    summary: "judge plans, and write the comment for a pull request",
    exitCodes: "0 safe to merge, or after a look; 1 an error stops it; 2 nothing could be reviewed",
    load: () => require("./commands/review"),
  },
  {
    name: "apply",
    summary: "apply the changes that were approved, and no others",
    exitCodes: "0 applied; 1 some stacks failed; 2 nothing was applied",
    load: () => require("./commands/apply"),
  },
  {
    name: "outputs",
    summary: "read what the stacks answered, and check it against the fleet",
    exitCodes: "0 read; 2 not there, or not as the fleet says",
    load: () => require("./commands/outputs"),
  },
  {
    name: "preflight",
    summary: "say what a stage would break",
    exitCodes: "0 no errors; 1 errors; 2 something could not be looked at; 130 interrupted, can go on",
    load: () => require("./commands/preflight"),
  },
  {
    name: "estimate",
    summary: "say how long a conversion takes, and what it costs",
    exitCodes: "0 said; 2 a bucket could not be looked at",
    load: () => require("./commands/estimate"),
  },
  {
    name: "backup",
    summary: "copy objects into the backup bucket",
    exitCodes:
      "0 all copied; 1 some failed; 2 nothing was touched; 3 some cannot be copied; 130 interrupted, can go on",
    load: () => require("./commands/backup"),
  },
  {
    name: "reencrypt",
    summary: "bring existing objects under the chosen encryption",
    load: () => require("./commands/reencrypt"),
  },
  {
    name: "report",
    summary: "write the report of a run, or of all its shards, from what it has journaled",
    exitCodes: "those of the run; 2 there is none; 130 it has not come to its end, or a shard has not",
    load: () => require("./commands/report"),
  },
  {
    name: "audit",
    summary: "prove that objects and configuration are as they should be, or say what is not",
    exitCodes:
      "0 compliant; 1 not; 2 could not look; 3 compliant, but for what cannot be converted or is waived; 130 interrupted",
    load: () => require("./commands/audit"),
  },
  {
    name: "restore",
    summary: "bring objects of a backup back, and overwrite nothing unless told to",
    exitCodes:
      "0 all back; 1 some not, or not as before; 2 nothing was touched; 3 some cannot be; 130 interrupted, can go on",
    load: () => require("./commands/restore"),
  },
  {
    name: "key-usage",
    summary: "say what depends on a KMS key, and whether deleting it would lose data",
    exitCodes:
      "0 nothing seen; 1 objects would be lost; 2 something not looked at; 3 in use, without objects; 130 interrupted",
    load: () => require("./commands/key-usage"),
  },
  {
    name: "rollout",
    summary: "roll a wave of accounts out, step by step",
    exitCodes: "0 all done; 1 stopped; 2 nothing was touched; 3 done, but for some; 130 interrupted, can go on",
    load: () => require("./commands/rollout"),
  },
  {
    name: "matrix",
    summary: "print a wave as jobs for a CI",
    exitCodes: "0 printed; 2 there is no such wave",
    load: () => require("./commands/matrix"),
  },
];

const usualExitCodes =
  "0 all compliant; 1 some failed; 2 nothing was touched; 3 some cannot be converted; 130 interrupted, can go on";

/** Lines are read, not only scrolled: no wider, and no narrower where nobody watches. */
const WIDEST_HELP = 120;

const sameFromHereOn = (command: Command, exitCodes = usualExitCodes): Command =>
  command
    .exitOverride()
    .showHelpAfterError("(--help shows what there is)")
    .addHelpText("after", `\nExit codes: ${exitCodes}.`)
    .configureHelp({ subcommandTerm: (subcommand) => subcommand.name() })
    .configureOutput({
      writeErr: (text) => process.stderr.write(text),
      getOutHelpWidth: () => Math.min(process.stdout.columns ?? WIDEST_HELP, WIDEST_HELP),
      getErrHelpWidth: () => Math.min(process.stderr.columns ?? WIDEST_HELP, WIDEST_HELP),
    });

const sentence = (words: string): string => `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;

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
    .version(version, "--version", "which one this is")
    .addHelpText("after", "\nat-rest <command> --help shows its options and examples.");
  for (const { name, summary, exitCodes, load } of commands) {
    const described = program.command(name).summary(summary).description(sentence(summary));
    const command = sameFromHereOn(described, exitCodes).helpOption(false);
    if (words.includes(name)) load().define(command);
    command
      .optionsGroup("Other:")
      .option("--debug", "show where an error comes from")
      .helpOption("-h, --help", "this text");
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
  const told = error instanceof Error ? error : new Error(String(error));
  sayError(told);
  sayOrigin(told);
  if (!(error instanceof Stop) && !words.includes("--debug")) {
    say("This was not foreseen: --debug shows where it comes from.");
  }
});
