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

/** Options that need each other, or do not go together. @throws Stop */
export function checkOptions(options: ReencryptOptions): void {
  if (options.sample !== undefined && options.engine !== "batch") {
    throw new Stop(
      "--sample is of what jobs have updated: what this process changes is always read back.",
      "Add --engine batch, or leave it out.",
    );
  }
  checkShard(options);
}

function checkShard({ shard, runDirectory, source, engine }: ReencryptOptions): void {
  if (!shard) return;
  if (!s3Place(runDirectory)) {
    throw new Stop(
      "--shard needs runs that all machines can reach. Nothing was changed.",
      "Add --run-directory s3://<bucket>/<prefix>.",
    );
  }
  if (source) {
    throw new Stop(
      "An inventory is of the whole bucket, and is gone through by one process. Nothing was changed.",
      "Leave out --shard, or --source.",
    );
  }
  if (engine === "batch") {
    throw new Stop(
      "A job of S3 Batch Operations is of the whole bucket. Nothing was changed.",
      "Leave out --shard, or --engine batch.",
    );
  }
}

/** @param buckets how many there are to do. @throws Stop */
export function checkSource({ source, engine }: ReencryptOptions, buckets: number): void {
  if (!source) return;
  if (buckets > 1) throw new Stop("An inventory is of one bucket. Nothing was changed.", "Name it with --bucket.");
  if (engine === "batch") {
    throw new Stop(
      "Jobs of S3 Batch Operations make a manifest of their own. Nothing was changed.",
      "Leave out --source, or --engine batch.",
    );
  }
}
