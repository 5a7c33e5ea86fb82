import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { readSizes } from "../../../src/checks/discover/sizes";
import { toldBySdk } from "../../../src/checks/settings";
import { forSettings } from "../../../src/checks/settings-client";
import { dryRun } from "../../../src/reencrypt/audit";
import { type Group, groupsOf } from "../../../src/reencrypt/groups";
import { grouped } from "../../../src/reencrypt/report";
import { sampleOf } from "../../../src/reencrypt/sample";
import type { ObjectId } from "../../../src/s3/object-store";
import { realClock } from "./clock";
import type { Connection } from "./connect";
import type { InventorySource } from "./inventory-source";
import type { SweepOptions } from "./options";
import { Stop } from "./stop";

export interface FactsOptions extends SweepOptions {
  readonly engine: "auto" | "update" | "copy";
  readonly source?: InventorySource;
  readonly objects?: number;
  readonly bytes?: number;
  readonly sample: number;
}

/** What an estimate rests on. */
export interface Facts {
  /** Of a sample or of everything, by what a conversion would do. */
  readonly groups: readonly Group[];
  readonly objects: number;
  readonly bytes: number;
  /** Objects that were looked at by HeadObject. */
  readonly looked: number;
  readonly from: Basis;
}

/** Who has counted the objects. */
export type Basis =
  | { readonly is: "listing" | "option" }
  /** Of a day, noncurrent versions and parts of unfinished uploads included. */
  | { readonly is: "CloudWatch"; readonly day: string }
  | InventoryBasis;

export interface InventoryBasis {
  readonly is: "inventory";
  /** When S3 began to look at the bucket, as ISO 8601. */
  readonly createdAt: string;
  readonly noncurrent: number;
  readonly deleteMarkers: number;
  /** Objects that are right or not according to their key, which an inventory does not name. */
  readonly unsure: number;
  /** Of those, what of the ones that were looked at is right. Null where none was, or none could be looked at. */
  readonly rightShare: number | null;
}

/** Pages of the listing that a sample is taken from: each cut takes some lists of one key more. */
const PAGES = 16;

/** What a few requests show of a bucket. @throws Stop where nobody says how many objects it has */
export async function factsOfSample(connection: Connection, options: FactsOptions): Promise<Facts> {
  const listing = { store: connection.store, prefix: options.prefix, versions: "current" } as const;
  const sample = await sampleOf(listing, { pages: PAGES, objects: options.sample }, Math.random);
  const groups = await lookedAt(connection, sample.objects, options);
  const looked = groups.reduce((sum, { objects }) => sum + objects, 0);
  const ofSample = (objects: number): number =>
    looked === 0 ? 0 : (groups.reduce((sum, { bytes }) => sum + bytes, 0) * objects) / looked;
  const counted = await countedBy(connection, options, sample);
  return { groups, looked, ...counted, bytes: options.bytes ?? counted.bytes ?? ofSample(counted.objects) };
}

interface Counted {
  readonly objects: number;
  readonly bytes?: number;
  readonly from: Basis;
}

async function countedBy(
  connection: Connection,
  { objects, prefix }: FactsOptions,
  { listed, whole }: { readonly listed: number; readonly whole: boolean },
): Promise<Counted> {
  if (objects !== undefined) return { objects, from: { is: "option" } };
  if (whole) return { objects: listed, from: { is: "listing" } };
  const counted = await countedByCloudWatch(connection, prefix);
  if (typeof counted !== "string") return counted;
  throw new Stop(
    `It has more than ${grouped(listed)} objects, and nothing says how many: ${counted}.`,
    "Add --objects: CloudWatch has the number as NumberOfObjects, and S3 Storage Lens too. Or --source, with an inventory.",
  );
}

/** Or why it does not say. */
async function countedByCloudWatch({ work, credentials }: Connection, prefix?: string): Promise<Counted | string> {
  if (prefix !== undefined) return "CloudWatch counts whole buckets only";
  if (work.endpointUrl !== undefined) return "CloudWatch is not asked about a bucket at another place";
  const { region, bucket } = work;
  const client = new CloudWatchClient(forSettings({ region, credentials }));
  try {
    const size = (await readSizes(client, new Set([bucket]), new Date())).get(bucket);
    if (!size?.objects) return "CloudWatch has no number of the last days";
    return { objects: size.objects, bytes: size.bytes || undefined, from: { is: "CloudWatch", day: size.day } };
  } catch (error) {
    const [why] = toldBySdk(error).split("\n");
    return `CloudWatch did not say (it takes cloudwatch:ListMetrics and cloudwatch:GetMetricData): ${why}`;
  } finally {
    client.destroy();
  }
}

/** What a dry run finds of some objects. */
export async function lookedAt(
  { store, work, traits, sightings }: Connection,
  objects: readonly ObjectId[],
  { engine, concurrency }: Pick<FactsOptions, "engine" | "concurrency">,
): Promise<readonly Group[]> {
  const context = { store, target: work.target, bucket: traits, clock: realClock };
  const visit = sightings.telling(dryRun(context, engine));
  const outcomes: Awaited<ReturnType<typeof visit>>[] = [];
  for (let first = 0; first < objects.length; first += concurrency) {
    outcomes.push(...(await Promise.all(objects.slice(first, first + concurrency).map(visit))));
  }
  return groupsOf(outcomes).groups ?? [];
}
