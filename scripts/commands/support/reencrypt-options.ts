import type { Engine } from "../../../src/reencrypt/decide";
import type { Shard } from "../../../src/reencrypt/shards";
import type { BatchOptions } from "./batch-jobs";
import type { Connection } from "./connect";
import type { InventorySource } from "./inventory-source";
import type { OutputOptions, SweepOptions, WhereOptions } from "./options";
import { s3Place } from "./run-place";
import { Stop } from "./stop";

export interface ReencryptOptions extends WhereOptions, SweepOptions, OutputOptions, BatchOptions {
  readonly engine: Engine | "batch";
  readonly source?: InventorySource;
  readonly allowCopy?: boolean;
  readonly versions?: "current" | "all";
  readonly dryRun?: boolean;
  readonly runDirectory: string;
  readonly shard?: Shard;
  readonly newRun?: boolean;
  readonly singleSweep?: boolean;
  readonly waitForUploads?: boolean;
  readonly backupMaxAge: number;
  readonly sample?: number;
}

/** What this process does itself, once jobs have done their part. */
export const ownEngine = ({ engine }: ReencryptOptions): Engine => (engine === "batch" ? "auto" : engine);

export const versionsOf = ({ work }: Connection, options: ReencryptOptions): "current" | "all" =>
  options.versions ?? work.fleet?.bucket.versions ?? "current";

type Together = Pick<ReencryptOptions, "engine" | "sample" | "shard" | "source" | "runDirectory">;

/** Options that need each other, or do not go together. @throws Stop */
export function checkOptions({ engine, sample, shard, source, runDirectory }: Together): void {
  const [jobs, sampled] = [engine === "batch", sample !== undefined];
  const withoutJobs = `--engine batch${sampled ? " and --sample" : ""}`;
  if (shard && source) {
    throw new Stop(
      "An inventory is of the whole bucket, and is gone through by one process. Nothing was changed.",
      "Leave out --shard, or --source.",
    );
  }
  if (shard && jobs) {
    throw new Stop(
      "A job of S3 Batch Operations is of the whole bucket. Nothing was changed.",
      `Leave out --shard, or ${withoutJobs}.`,
    );
  }
  if (source && jobs) {
    throw new Stop(
      "Jobs of S3 Batch Operations make a manifest of their own. Nothing was changed.",
      `Leave out --source, or ${withoutJobs}.`,
    );
  }
  if (sampled && !jobs) {
    throw new Stop(
      "--sample is of what jobs have updated: what this process changes is always read back. Nothing was changed.",
      shard || source ? "Leave out --sample." : "Add --engine batch, or leave out --sample.",
    );
  }
  if (shard && !s3Place(runDirectory)) {
    throw new Stop(
      "--shard needs runs that all machines can reach. Nothing was changed.",
      "Add --run-directory s3://<bucket>/<prefix>.",
    );
  }
}

/** @param buckets how many there are to do. @throws Stop */
export function checkSource({ source }: Pick<ReencryptOptions, "source">, buckets: number): void {
  if (source && buckets > 1) {
    throw new Stop("An inventory is of one bucket. Nothing was changed.", "Name it with --bucket.");
  }
}
