import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { platform } from "node:os";
import type { Command } from "../measure";

/** What a process holds at one moment. */
export interface Held {
  /** Resident now. */
  readonly bytes: number;
  /** The most that was resident since the process began. Where the system does not tell, what is resident now. */
  readonly peakBytes: number;
}

/** The two lines of Linux's `/proc/<pid>/status`. Nothing once the process has ended: it is then without memory. */
export function heldIn(status: string): Held | undefined {
  const kibibytes = (name: string): number | undefined => {
    const found = new RegExp(`^${name}:\\s*(\\d+) kB$`, "m").exec(status)?.[1];
    return found === undefined ? undefined : Number(found) * 1024;
  };
  const bytes = kibibytes("VmRSS");
  const peakBytes = kibibytes("VmHWM");
  return bytes === undefined || peakBytes === undefined ? undefined : { bytes, peakBytes };
}

/** What a process holds now, from the system's own books. */
export function heldBy(pid: number): Held | undefined {
  if (platform() === "linux") return heldIn(readFileSync(`/proc/${pid}/status`, "utf8"));
  const bytes = Number(execFileSync("ps", ["-o", "rss=", "-p", `${pid}`], { encoding: "utf8" })) * 1024;
  return { bytes, peakBytes: bytes };
}

/** What was live after a full collection, in a line of `node --trace-gc`; nothing for any other line. */
export function liveBytesIn(line: string): number | undefined {
  const found = /\bMark-Compact\b.* -> (\d+(?:\.\d+)?) \(\d/.exec(line)?.[1];
  return found === undefined ? undefined : Number(found) * 1024 * 1024;
}

export interface Watched {
  /** Nothing once it has ended. */
  held(): Held | undefined;
  /** Live objects of the JavaScript heap after the last full collection; nothing before the first. */
  liveBytes(): number | undefined;
  /** Resolves with the exit code, and what it wrote to standard error last. */
  readonly ended: Promise<{ readonly exitCode: number | null; readonly stderr: string }>;
  stop(): void;
}

const tailLength = 4_000;

/** Runs a program of Node's with what its collector says on standard output, which is not kept otherwise. */
export function watch({ program, parameters, environment }: Command, directory: string): Watched {
  const child: ChildProcess = spawn(program, ["--trace-gc", ...parameters], {
    cwd: directory,
    env: { PATH: process.env["PATH"], HOME: directory, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let liveBytes: number | undefined;
  let unfinished = "";
  child.stdout?.on("data", (data: Buffer) => {
    const lines = (unfinished + data.toString()).split("\n");
    unfinished = (lines.pop() ?? "").slice(-tailLength);
    for (const line of lines) liveBytes = liveBytesIn(line) ?? liveBytes;
  });
  let stderr = "";
  child.stderr?.on("data", (data: Buffer) => {
    stderr = (stderr + data.toString()).slice(-tailLength);
  });
  const ended = new Promise<{ exitCode: number | null; stderr: string }>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (exitCode) => resolve({ exitCode, stderr }));
  });
  const isOver = (): boolean => child.exitCode !== null || child.signalCode !== null;
  return {
    held: () => (child.pid === undefined || isOver() ? undefined : heldBy(child.pid)),
    liveBytes: () => liveBytes,
    ended,
    stop: () => void child.kill(),
  };
}
