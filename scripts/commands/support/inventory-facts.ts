import type { Group } from "../../../src/reencrypt/groups";
import { countInventory, type InventoryCount, neededColumns, withShare } from "../../../src/reencrypt/inventory/count";
import { requireColumns, UnreadableInventory } from "../../../src/reencrypt/inventory/manifest";
import { inventoryLines } from "../../../src/reencrypt/inventory/read";
import { ATTEMPTS_OF_SETTINGS, s3Client } from "../../../src/s3/clients";
import { realClock } from "./clock";
import type { Connection } from "./connect";
import { type Facts, type FactsOptions, lookedAt } from "./estimate-facts";
import { type InventorySource, openInventory, sourceInWords } from "./inventory-source";
import { Stop } from "./stop";

/** What an inventory says of every object, and a few looks at those of which it says too little. @throws Stop */
export async function factsOfInventory(
  connection: Connection,
  options: FactsOptions,
  source: InventorySource,
): Promise<Facts> {
  const { createdAt, count } = await counted(connection, options, source).catch((error: unknown) => {
    if (!(error instanceof UnreadableInventory)) throw error;
    throw new Stop(
      `The inventory ${sourceInWords(source)} cannot be used: ${error.message}.`,
      "Take another one of the bucket, or leave --source out.",
    );
  });
  const seen = await lookedAt(connection, count.unsure.sample, options);
  const rightShare = shareOf(seen);
  const { objects, bytes, noncurrent, deleteMarkers, unsure } = count;
  return {
    ...{ objects, bytes, looked: objectsOf(seen) },
    groups: withShare(count, rightShare ?? 0),
    from: { is: "inventory", createdAt, noncurrent, deleteMarkers, unsure: unsure.objects, rightShare },
  };
}

async function counted(
  { work, traits, customerKeys }: Connection,
  { engine, prefix, sample }: FactsOptions,
  source: InventorySource,
): Promise<{ readonly createdAt: string; readonly count: InventoryCount }> {
  const { region, endpointUrl, bucket, target } = work;
  // By the caller's own permissions: the role of the stack reads no other bucket.
  const client = s3Client({
    ...{ region, endpointUrl, followRegionRedirects: true },
    ...{ concurrency: 4, attempts: ATTEMPTS_OF_SETTINGS },
  });
  try {
    const { manifest, files } = await openInventory(source, client, bucket);
    requireColumns(manifest, ...neededColumns);
    const count = await countInventory(inventoryLines(manifest, bucket, files), {
      ...{ target, engine, prefix, sample, customerKeys: customerKeys.length > 0 },
      ...{ defaultRetention: traits.defaultRetention, now: realClock.now(), random: realClock.random },
    });
    return { createdAt: new Date(manifest.createdAt).toISOString(), count };
  } finally {
    client.destroy();
  }
}

const objectsOf = (groups: readonly Group[]): number => groups.reduce((sum, { objects }) => sum + objects, 0);

/** Objects that are gone, or could not be looked at, say nothing. */
function shareOf(groups: readonly Group[]): number | null {
  const told = groups.filter(({ outcome }) => outcome !== "gone" && outcome !== "failed");
  const all = objectsOf(told);
  return all === 0 ? null : objectsOf(told.filter(({ outcome }) => outcome === "alreadyRight")) / all;
}
