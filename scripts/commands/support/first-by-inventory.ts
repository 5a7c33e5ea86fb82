import { rm } from "node:fs/promises";
import { join } from "node:path";
import { types } from "node:util";
import { KeyFile } from "../../../src/reencrypt/inventory/key-file";
import { listedFromInventory } from "../../../src/reencrypt/inventory/listing";
import { requireColumns } from "../../../src/reencrypt/inventory/manifest";
import { workColumns } from "../../../src/reencrypt/inventory/work";
import type { RunRequest } from "../../../src/reencrypt/open-run";
import { counted } from "../../../src/reencrypt/report/words";
import {
  ageInWords,
  type InventorySource,
  inventoryClient,
  isOld,
  notUsable,
  type OpenInventory,
  openInventory,
  sourceInWords,
} from "./inventory-source";
import {
  type FoundWork,
  type InventoryWorkProps,
  isOfUse,
  linesOfWork,
  objectsIn,
  prepareWork,
} from "./inventory-work";
import type { RunHere } from "./open-here";
import type { Named } from "./run-on-bucket";
import { Stop } from "./stop";
import { say } from "./terminal";

/** A run's first sweep over what an inventory shows to be encrypted otherwise, and over nothing else. */
export class FirstByInventory {
  readonly #source: InventorySource;
  readonly #inventory: OpenInventory;
  readonly #close: () => void;
  readonly #createdAt: string;
  #found: FoundWork | undefined;
  #directory: string | undefined;
  #objects: KeyFile | undefined;

  private constructor(source: InventorySource, inventory: OpenInventory, close: () => void) {
    this.#source = source;
    this.#inventory = inventory;
    this.#close = close;
    this.#createdAt = new Date(inventory.manifest.createdAt).toISOString();
  }

  /** Reads of which bucket the inventory is, and how old; its files are read once the run begins. @throws Stop */
  static async open({ work }: InventoryWorkProps["connection"], source: InventorySource): Promise<FirstByInventory> {
    const client = inventoryClient(work);
    const close = () => client.destroy();
    try {
      const inventory = await openInventory(source, client, work.bucket);
      requireColumns(inventory.manifest, ...workColumns);
      return new FirstByInventory(source, inventory, close);
    } catch (error) {
      close();
      throw notUsable(source, error);
    }
  }

  /** In what a run that goes on has to agree. */
  get request(): RunRequest {
    return { source: sourceInWords(this.#source), sourceCreatedAt: this.#createdAt };
  }

  /** What a person is told before anything begins. */
  lines(singleSweep: boolean): string[] {
    const { manifest } = this.#inventory;
    const afterwards = singleSweep ? "no other object is looked at" : "then everything is listed and looked at";
    return [
      `  first   what an inventory of ${this.#createdAt}, ${ageInWords(manifest)} old, shows to be encrypted otherwise; ${afterwards}`,
      ...(isOld(manifest) ? ["          it is old: what was written since is not in it"] : []),
    ];
  }

  /** Nothing where it would save nothing, or the run was stopped meanwhile. @throws Stop */
  async named(run: RunHere, props: InventoryWorkProps, stop: AbortSignal): Promise<Named | undefined> {
    this.#directory = join(run.directory, "inventory");
    say(`Reading the inventory: ${counted(this.#inventory.manifest.files.length, "file")}.`);
    this.#found = await prepareWork(this.#directory, this.#inventory, props, stop).catch((error: unknown) => {
      const remedy = "Take another one of the bucket, or leave --source out; add --new-run, since this run has begun.";
      throw notWritten(notUsable(this.#source, error, remedy));
    });
    if (!this.#found) return undefined;
    for (const line of linesOfWork(this.#found)) say(line);
    if (!isOfUse(this.#found)) return undefined;
    this.#objects = await KeyFile.open(objectsIn(this.#directory));
    return { store: listedFromInventory(props.connection.store, this.#objects), objects: this.#found.otherwise };
  }

  /** For the JSON document. */
  get told(): Readonly<Record<string, unknown>> {
    const found = this.#found && { ...this.#found, used: isOfUse(this.#found) };
    return { inventory: sourceInWords(this.#source), createdAt: this.#createdAt, ...found };
  }

  /** @param ended whether the run has come to its end, so that nobody needs the list of objects any more */
  async close(ended: boolean): Promise<void> {
    this.#close();
    await this.#objects?.close();
    if (ended && this.#directory) await rm(this.#directory, { recursive: true, force: true });
  }
}

const notWritten = (error: unknown): unknown =>
  types.isNativeError(error) && "syscall" in error
    ? new Stop(
        `What the inventory names could not be sorted on disk: ${error.message}.`,
        "Make room on the disk; then the same command goes on from here.",
      )
    : error;
