import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { environmentOf } from "../clients/clients";
import { wholeNumber } from "../flags";
import { machine, type Report } from "../report";
import { bucketName } from "../servers/keys";
import type { Filling, Goal } from "../servers/protocol";
import { type RunningServer, startServer } from "../servers/start";
import { type Held, watch } from "./watch";

const atRest = resolve(__dirname, "../../scripts/at-rest.cjs");

interface Run {
  readonly does: string;
  readonly filling: Filling;
  readonly goal: Goal;
  readonly words: (keyArn: string) => readonly string[];
  readonly exitCode: number;
}

const toKms = (keyArn: string): string[] => ["--sse", "aws:kms", "--kms-key-arn", keyArn];

/** Each looks at every object at least once. `findings` is what a report could drown in: not one object is right. */
const runs: Readonly<Record<string, Run>> = {
  audit: {
    does: "at-rest audit, all compliant",
    filling: "AES256",
    goal: "AES256",
    words: () => ["audit", "--sse", "AES256"],
    exitCode: 0,
  },
  findings: {
    does: "at-rest audit, none compliant",
    filling: "AES256",
    goal: "AES256",
    words: (keyArn) => ["audit", ...toKms(keyArn)],
    exitCode: 1,
  },
  update: {
    does: "at-rest reencrypt, by update",
    filling: "AES256",
    goal: "aws:kms",
    words: (keyArn) => ["reencrypt", "--yes", "--single-sweep", ...toKms(keyArn)],
    exitCode: 0,
  },
  copy: {
    does: "at-rest reencrypt, by copy",
    filling: "none",
    goal: "AES256",
    words: () => ["reencrypt", "--yes", "--single-sweep", "--sse", "AES256"],
    exitCode: 0,
  },
};

const pauseMs = 250;
/** Shares of the bucket at which memory is told. */
const shares = [0.1, 0.5, 1];

interface Seen extends Held {
  readonly objects: number;
  readonly liveBytes: number | undefined;
  readonly seconds: number;
  readonly load: number;
}

/** The first of a series at or behind each share of the bucket: the end is the end of the process, its report included. */
export function milestones<T extends { readonly objects: number }>(series: readonly T[], keys: number): T[] {
  return shares.flatMap((share) => {
    const reached =
      share === 1
        ? series.findLast(({ objects }) => objects >= keys)
        : series.find(({ objects }) => objects >= share * keys);
    return reached ? [reached] : [];
  });
}

const megabytes = (bytes: number): number => Math.round(bytes / 1e6);

function bytesIn(directory: string): number {
  const names = readdirSync(directory, { recursive: true, encoding: "utf8" });
  return names
    .map((name) => statSync(join(directory, name)))
    .reduce((sum, one) => sum + (one.isFile() ? one.size : 0), 0);
}

/** One run in a process of its own, looked at from outside until it has ended. */
async function series(run: Run, server: RunningServer, keys: number): Promise<{ all: Seen[]; written: number }> {
  const ready = await server.fill(keys, run.filling);
  const directory = mkdtempSync(join(tmpdir(), "at-rest-bench-"));
  try {
    const caFile = join(directory, "ca.pem");
    writeFileSync(caFile, ready.caPem);
    const runDirectory = join(directory, "runs");
    const words = [...run.words(ready.keyArn), "--bucket", bucketName, "--json", "--run-directory", runDirectory];
    const environment = environmentOf({ ...ready, url: ready.httpUrl, caFile, directory });
    const watched = watch({ program: process.execPath, parameters: [atRest, ...words], environment }, directory);
    const began = performance.now();
    const all: Seen[] = [];
    let over = false;
    const ended = watched.ended.finally(() => {
      over = true;
    });
    try {
      while (!over) {
        const { readBack } = await server.look(run.goal);
        const held = watched.held();
        if (held) {
          const load = loadavg()[0] ?? 0;
          const seconds = (performance.now() - began) / 1000;
          all.push({ ...held, objects: readBack, liveBytes: watched.liveBytes(), seconds, load });
        }
        await Promise.race([ended, sleep(pauseMs)]);
      }
    } finally {
      watched.stop();
    }
    // What it held was last seen at most a pause before its end.
    const { readBack } = await server.look(run.goal);
    const last = all.at(-1);
    if (last) all.push({ ...last, objects: readBack, seconds: (performance.now() - began) / 1000 });
    const { exitCode, stderr } = await ended;
    if (exitCode !== run.exitCode) throw new Error(`${run.does} ended with ${exitCode}: ${stderr}`);
    return { all, written: bytesIn(runDirectory) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/**
 * Whether memory stays what it is however many objects a bucket has: each command in a process of its own, on the null
 * server, whose keys are computed when they are listed.
 */
export async function memoryBenchmark(words: readonly string[]): Promise<readonly Report[]> {
  const { values } = parseArgs({
    args: [...words],
    options: {
      keys: { type: "string", default: "10000000" },
      only: { type: "string", default: Object.keys(runs).join(",") },
    },
  });
  const keys = wholeNumber("--keys", values.keys);
  const reports: Report[] = [machine()];
  const server = await startServer("null");
  try {
    for (const name of values.only.split(",")) {
      const run = runs[name];
      if (!run) throw new Error(`There is no run "${name}": ${Object.keys(runs).join(", ")}.`);
      const { all, written } = await series(run, server, keys);
      const rows = milestones(all, keys).map((seen) => ({
        objects: seen.objects,
        "MB peak": megabytes(seen.peakBytes),
        "MB now": megabytes(seen.bytes),
        "MB live after a full collection": seen.liveBytes === undefined ? undefined : megabytes(seen.liveBytes),
        seconds: Math.round(seen.seconds),
        "load of the machine": Number(seen.load.toFixed(1)),
      }));
      reports.push({ title: `Memory of ${run.does}; ${megabytes(written)} MB written to its run's directory`, rows });
    }
  } finally {
    server.stop();
  }
  return reports;
}
