import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { ListRefused } from "../../../src/reencrypt/listing";
import { type OpenRun, openRun, UnfinishedRun } from "../../../src/reencrypt/open-run";
import { RunInUse, RunsNotReached } from "../../../src/reencrypt/run-store";
import type { Tally } from "../../../src/reencrypt/tally";
import { realClock } from "./clock";
import { directoryOf, kindOf, type RunScope, requestOf } from "./run-scope";
import { type Runs, runsAt } from "./runs-at";
import { Stop } from "./stop";

/** A run, and what this process has of it on its own machine. */
export interface RunHere extends OpenRun {
  /** For the report, and what nobody needs who goes on: the run's own directory, unless the run is in S3. */
  readonly directory: string;
}

interface NewRun extends RunScope {
  readonly newRun: boolean;
}

/** Where runs of this kind are kept: for a shard, divided as its first run has been. @throws Stop */
export const runsOf = (run: NewRun): Promise<Runs> => {
  const { connection, versions, options, shard, newRun } = run;
  const listing = { store: connection.store, prefix: options.prefix, versions };
  const shards = shard && { shard, request: requestOf(run), newRun, listing };
  return orStopOfRuns(shard !== undefined, () => runsAt(connection, run.runDirectory, kindOf(run), shards));
};

/** Begins a run, or goes on with the one that has not ended. @throws Stop */
export const openHere = (run: NewRun, { store, part }: Runs, tally: Tally): Promise<RunHere> =>
  orStopOfRuns(part !== undefined, async () => {
    const { command, newRun, dryRun } = run;
    const shard = part && { shard: `${part.shard.number}/${part.shard.of}`, division: part.division.number };
    const opened = await openRun({
      store,
      request: { ...requestOf(run), ...shard },
      now: realClock.now(),
      // They are statements about now, so what an earlier one saw is of no use to them. A shard has one run, whatever it is.
      newRun: !part && (newRun || dryRun || command === "audit"),
      once: part !== undefined,
      replay: (line) => tally.add(line),
    });
    const directory = join(directoryOf(run), part?.folder ?? "", opened.id);
    await mkdir(directory, { recursive: true, mode: 0o700 });
    return { ...opened, directory };
  });

/** @param inShards whether the work is one of several shards */
export async function orStopOfRuns<T>(inShards: boolean, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof UnfinishedRun) {
      const anew = inShards ? "name another prefix with --run-directory" : "add --new-run";
      throw new Stop(`${error.message}.`, `Give the same command again to finish it, or ${anew}.`);
    }
    if (error instanceof RunInUse) {
      throw new Stop(`${error.message}. Nothing was changed.`, error.remedy);
    }
    if (error instanceof RunsNotReached) throw new Stop(`${error.message}. Nothing was changed.`, error.remedy);
    if (error instanceof ListRefused) throw new Stop(`${error.message}. Nothing was changed.`); // where it is divided
    throw error;
  }
}
