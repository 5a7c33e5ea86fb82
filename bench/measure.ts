import { spawn } from "node:child_process";
import { join } from "node:path";

/** A command line and what it finds around it: nothing of this machine's own AWS configuration. */
export interface Command {
  readonly program: string;
  readonly parameters: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** What a process and those that it waited for took, from the system's own books. */
export interface Usage {
  readonly exitCode: number;
  readonly seconds: number;
  /** User and system. */
  readonly cpuSeconds: number;
  /** Resident memory of the largest of the processes. */
  readonly peakBytes: number;
}

export interface Measured extends Usage {
  readonly stdout: string;
  /** The end of it. */
  readonly stderr: string;
}

const tailLength = 4_000;

/**
 * Runs a command to its end and measures it from the outside, whatever it is written in.
 *
 * @throws Error if there is no python3, whose wait4 gives what Node does not
 */
export function measure({ program, parameters, environment }: Command, directory: string): Promise<Measured> {
  return new Promise((resolve, reject) => {
    const child = spawn("python3", [join(__dirname, "measure.py"), program, ...parameters], {
      cwd: directory,
      env: { PATH: process.env["PATH"], HOME: directory, ...environment },
      stdio: ["ignore", "pipe", "pipe", "pipe"],
    });
    const [, stdout, stderr, usage] = child.stdio;
    const texts = { stdout: "", stderr: "", usage: "" };
    for (const [name, stream] of [
      ["stdout", stdout],
      ["stderr", stderr],
      ["usage", usage],
    ] as const) {
      // Tools that print a line for each object are read, as a terminal would, and not kept.
      stream?.on("data", (data: Buffer) => {
        texts[name] = (texts[name] + data.toString()).slice(-tailLength);
      });
    }
    child.on("error", reject);
    child.on("close", () => {
      if (texts.usage === "") return reject(new Error(`${program} was not measured: ${texts.stderr}`));
      const { exitCode, seconds, cpuSeconds, peakBytes }: Usage = JSON.parse(texts.usage);
      resolve({ exitCode, seconds, cpuSeconds, peakBytes, stdout: texts.stdout, stderr: texts.stderr });
    });
  });
}
