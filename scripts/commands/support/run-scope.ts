import { join } from "node:path";
import type { RunRequest } from "../../../src/reencrypt/open-run";
import type { Command } from "../../../src/reencrypt/report/verdict";
import type { Shard } from "../../../src/reencrypt/shards";
import type { Connection } from "./connect";
import type { OutputOptions, SweepOptions } from "./options";
import { reportsIn } from "./run-place";

/** Which run of which bucket it is. */
export interface RunScope {
  readonly connection: Connection;
  readonly command: Command;
  readonly versions: "current" | "all";
  /** With what a resumed run has to agree, besides bucket, target and scope. */
  readonly request: RunRequest;
  readonly dryRun: boolean;
  readonly options: SweepOptions & OutputOptions;
  readonly runDirectory: string;
  /** Which part of the bucket. @default all of it */
  readonly shard?: Shard;
}

/** With what a run begins, and what one that is gone on with has to agree with. */
export function requestOf({ connection, command, versions, request, options, dryRun }: RunScope): RunRequest {
  const { work, account } = connection;
  const { algorithm } = work.target;
  return {
    command,
    bucket: work.bucket,
    region: work.region,
    account,
    algorithm,
    keyArn: "keyArn" in work.target ? work.target.keyArn : null,
    bucketKey: "bucketKey" in work.target ? work.target.bucketKey : null,
    versions,
    prefix: options.prefix ?? null,
    ...(dryRun && { dryRun }),
    ...request,
  };
}

/** Runs of one kind on one bucket. */
export const kindOf = ({
  connection,
  command,
  dryRun,
}: Pick<RunScope, "connection" | "command" | "dryRun">): readonly string[] => [
  connection.work.bucket,
  dryRun ? "dry-run" : command,
];

/** Of this machine, with the reports of such runs in it. */
export const directoryOf = (scope: Parameters<typeof kindOf>[0] & Pick<RunScope, "runDirectory">): string =>
  join(reportsIn(scope.runDirectory), ...kindOf(scope));
