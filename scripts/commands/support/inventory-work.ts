import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Engine } from "../../../src/reencrypt/decide";
import { writeKeyFile } from "../../../src/reencrypt/inventory/key-file";
import { inventoryLines } from "../../../src/reencrypt/inventory/read";
import { InventoryWork } from "../../../src/reencrypt/inventory/work";
import { grouped } from "../../../src/reencrypt/report";
import { counted, percent } from "../../../src/reencrypt/report/words";
import { realClock } from "./clock";
import type { Connection } from "./connect";
import { lookedAt } from "./estimate-facts";
import { shareOf } from "./inventory-facts";
import type { OpenInventory } from "./inventory-source";
import type { SweepOptions } from "./options";

/** Objects that are looked at, of those of which an inventory does not tell whether they are right. */
const SAMPLE = 200;

export interface InventoryWorkProps {
  readonly connection: Connection;
  readonly versions: "current" | "all";
  readonly engine: Engine;
  readonly options: SweepOptions;
}

/** What an inventory says of a bucket. */
export interface FoundWork {
  /** Objects that it shows to be encrypted otherwise than the target says. */
  readonly otherwise: number;
  /** Objects that it shows as the target says. */
  readonly asTarget: number;
  /** Of those the ones that are right or not according to their key, which it does not name. */
  readonly unsure: number;
  /** What of the unsure is right, by HeadObject of a few. Null where there are none, or none could be looked at. */
  readonly rightShare: number | null;
}

/**
 * Of objects under another key the second sweep, which is the first of everything, would have to convert some: a third one
 * would follow, and nothing be saved.
 */
export const isOfUse = ({ unsure, rightShare }: FoundWork): boolean => unsure === 0 || rightShare === 1;

/** Where `prepareWork` puts the objects. */
export const objectsIn = (directory: string): string => join(directory, "objects");
const foundIn = (directory: string): string => join(directory, "found.json");

/**
 * Reads an inventory whole, and writes what it shows to be encrypted otherwise into a directory: there whole, or not at
 * all, and so as an interrupted process of the run has left it.
 *
 * @returns nothing if it was stopped
 * @throws UnreadableInventory
 */
export async function prepareWork(
  directory: string,
  { manifest, files }: OpenInventory,
  { connection, versions, engine, options }: InventoryWorkProps,
  stop: AbortSignal,
): Promise<FoundWork | undefined> {
  const before = await foundBefore(directory);
  if (before) return before;
  const unfinished = `${directory}.new`;
  const remove = () => rm(unfinished, { recursive: true, force: true });
  await remove();
  await mkdir(unfinished, { mode: 0o700 });
  try {
    const { target, bucket } = connection.work;
    const { prefix, concurrency } = options;
    const seen = new InventoryWork({ target, versions, prefix, sample: SAMPLE, random: realClock.random });
    const objects = seen.of(inventoryLines(manifest, bucket, files));
    const otherwise = await writeKeyFile(objects, { path: objectsIn(unfinished), stop });
    if (otherwise === undefined) return undefined;
    const rightShare = shareOf(await lookedAt(connection, seen.sample, { engine, concurrency }));
    const found: FoundWork = { otherwise, asTarget: seen.asTarget, unsure: seen.unsure, rightShare };
    await writeFile(foundIn(unfinished), JSON.stringify(found), { mode: 0o600 });
    await rm(directory, { recursive: true, force: true });
    await rename(unfinished, directory);
    return found;
  } finally {
    await remove();
  }
}

/** Nothing where it was not finished, or did not reach the disk. */
async function foundBefore(directory: string): Promise<FoundWork | undefined> {
  try {
    return JSON.parse(await readFile(foundIn(directory), "utf8"));
  } catch {
    return undefined;
  }
}

/** What a person is told of it. */
export function linesOfWork(found: FoundWork): string[] {
  const { otherwise, asTarget, unsure, rightShare } = found;
  const lines = [
    `  ${counted(otherwise, "object")} to look at first; ${counted(asTarget, "object")} as asked, according to the inventory`,
  ];
  if (unsure === 0) return lines;
  const looked = `${grouped(Math.min(unsure, SAMPLE))} of the ${grouped(unsure)} whose key it does not name were looked at`;
  const share = rightShare === null ? "and none could be seen" : `and ${percent(rightShare, 1)} are right`;
  const rest = isOfUse(found) ? "" : ": so everything is listed and looked at from the beginning";
  return [...lines, `  ${looked}, ${share}${rest}`];
}
