import { spawn } from "node:child_process";

export interface TerraformRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `terraform` in a stack's directory, to its end. Never rejects for an exit code. */
export type Terraform = (directory: string, parameters: readonly string[]) => Promise<TerraformRun>;

export interface TerraformOptions {
  readonly environment: NodeJS.ProcessEnv;
  /** Asks a run that is under way to end in order, as one Ctrl-C would. */
  readonly signal?: AbortSignal;
}

/**
 * The `terraform` of the PATH.
 *
 * It gets a process group of its own: a Ctrl-C in a terminal would reach it twice otherwise, and at the second one it
 * ends in the middle of what it does, and leaves its lock behind.
 */
export const terraform =
  ({ environment, signal }: TerraformOptions): Terraform =>
  (directory, parameters) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve({ exitCode: 130, stdout: "", stderr: "Error: interrupted before it began" });
      const child = spawn("terraform", parameters, {
        cwd: directory,
        env: { TF_IN_AUTOMATION: "1", CHECKPOINT_DISABLE: "1", ...environment },
        detached: true,
        stdio: ["ignore", "pipe", "pipe"],
      });
      const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
      child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
      child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
      const interrupt = () => child.kill("SIGINT");
      signal?.addEventListener("abort", interrupt, { once: true });
      const end = (exitCode: number, more = "") => {
        signal?.removeEventListener("abort", interrupt);
        const text = (chunks: Buffer[]) => Buffer.concat(chunks).toString("utf8");
        resolve({ exitCode, stdout: text(stdout), stderr: `${text(stderr)}${more}` });
      };
      child.on("error", ({ message }) => end(127, `Error: terraform cannot be run (${message}). Is it on the PATH?`));
      child.on("close", (exitCode, by) => end(exitCode ?? 1, by ? `Error: terraform was ended by ${by}` : ""));
    });

const longestReason = 600;

/** Where it happened, which Terraform indents: an address, a place in a file, and lines of that file. */
const placeOfError = /^ {2}(?:with .*,|on .* line \d+.*)$|^(?: +\d{1,3}|\d{4,}): /;

/** What Terraform says went wrong, in one line: its errors, without its frames and places in files. */
export function reasonOf({ exitCode, stderr }: TerraformRun): string {
  const lines = stderr
    .replace(/\x1b\[[0-9;]*m/g, "")
    .split(/[\r\n]/)
    .map((line) => line.replace(/^[│╷╵] ?/, "").trimEnd())
    .filter((line) => !placeOfError.test(line))
    .map((line) => line.replace(/^[│\s]+/, ""));
  const first = lines.findIndex((line) => line.startsWith("Error:"));
  const said = (first < 0 ? lines : lines.slice(first)).filter((line) => line !== "");
  const reason = said.join(" ").replaceAll("Error: ", "; ").replace(/^; /, "").replaceAll(" ; ", "; ");
  if (reason === "") return `terraform ended with ${exitCode} and said nothing`;
  return reason.length > longestReason ? `${reason.slice(0, longestReason)}...` : reason;
}
