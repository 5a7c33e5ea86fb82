import type { Group } from "../../../src/reencrypt/groups";
import { countInventory, type InventoryCount, neededColumns, withShare } from "../../../src/reencrypt/inventory/count";
import { requireColumns } from "../../../src/reencrypt/inventory/manifest";
import { inventoryLines } from "../../../src/reencrypt/inventory/read";
import { realClock } from "./clock";
import type { Connection } from "./connect";
import { type Facts, type FactsOptions, lookedAt } from "./estimate-facts";
import { type InventorySource, inventoryClient, notUsable, openInventory } from "./inventory-source";

/** What an inventory says of every object, and a few looks at those of which it says too little. @throws Stop */
export async function factsOfInventory(
  connection: Connection,
  options: FactsOptions,
  source: InventorySource,
): Promise<Facts> {
  const { createdAt, count } = await counted(connection, options, source).catch((error: unknown) => {
    throw notUsable(source, error);
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
  const { bucket, target } = work;
  const client = inventoryClient(work);
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

/** What of them is right; null where none says: objects that are gone, or could not be looked at, do not. */
export function shareOf(groups: readonly Group[]): number | null {
  const told = groups.filter(({ outcome }) => outcome !== "gone" && outcome !== "failed");
  const all = objectsOf(told);
  return all === 0 ? null : objectsOf(told.filter(({ outcome }) => outcome === "alreadyRight")) / all;
}
