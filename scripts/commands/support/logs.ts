import type { LogFacts } from "../../../src/checks/preflight/facts";
import { readLogs } from "../../../src/checks/preflight/logs/read";
import { UsageOf } from "../../../src/checks/preflight/logs/usage";
import { toldBySdk } from "../../../src/checks/settings";
import { ATTEMPTS_OF_SETTINGS, s3Client } from "../../../src/s3/clients";
import { Stop } from "./stop";
import { say } from "./terminal";
import type { Work } from "./work";

export interface LogOptions {
  readonly cloudtrail?: string[];
  readonly accessLogs?: string[];
}

/**
 * Reads the logs once for all buckets, with the caller's own credentials: they are in a bucket of another account, as a
 * rule, which no re-encryption role may enter.
 *
 * @returns what they show, by bucket; nothing where no logs were named
 * @throws Stop where a folder or a bucket of logs cannot be listed
 */
export async function lookIntoLogs(options: LogOptions, works: readonly Work[]): Promise<Map<string, LogFacts>> {
  const { cloudtrail = [], accessLogs = [] } = options;
  const [first] = works;
  if (first === undefined || cloudtrail.length + accessLogs.length === 0) return new Map();
  const usages = new Map(works.map(({ bucket, target, roleArn }) => [bucket, new UsageOf(target, roleArn)]));
  const { region, endpointUrl } = first;
  const client = s3Client({
    region,
    endpointUrl,
    concurrency: 8,
    attempts: ATTEMPTS_OF_SETTINGS,
    followRegionRedirects: true,
  });
  const sources = { cloudtrail, accessLogs };
  say(`Reading the logs: ${[...cloudtrail, ...accessLogs].join(", ")}`);
  const reading = await readLogs(sources, client, usages).catch((error: unknown) => {
    throw new Stop(
      `The logs could not be listed: ${toldBySdk(error)}`,
      "Name a folder that is there, or s3://bucket/prefix.",
    );
  });
  if (reading.files === 0) throw new Stop(`There is no file in ${[...cloudtrail, ...accessLogs].join(", ")}.`);
  return new Map([...usages].map(([bucket, usage]) => [bucket, { reading, usage: usage.result() }]));
}
