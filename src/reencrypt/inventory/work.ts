import type { EncryptionTarget } from "../../fleet/fleet";
import type { ObjectId } from "../../s3/object-store";
import { draw, isAsTarget } from "./count";
import type { InventoryLine } from "./line";

export interface WorkContext {
  readonly target: EncryptionTarget;
  readonly versions: "current" | "all";
  /** Only keys that begin with it. @default all */
  readonly prefix?: string;
  /** Objects that are drawn from those that the inventory cannot tell. */
  readonly sample: number;
  /** From 0 up to 1. */
  readonly random: () => number;
}

/** Columns without which nothing of this can be told. */
export const workColumns = ["encryption_status"] as const;

/** What an inventory says of the objects that a sweep would visit. */
export class InventoryWork {
  readonly #context: WorkContext;
  /** All that are as the target says, or may be. */
  asTarget = 0;
  /** Of those the ones that only may be: an inventory does not name the key. */
  unsure = 0;
  /** Of the unsure. */
  readonly sample: ObjectId[] = [];

  constructor(context: WorkContext) {
    this.#context = context;
  }

  /**
   * Objects that are not encrypted as the target says, whether or not that can be changed: whoever looks at them tells.
   *
   * @throws UnreadableInventory where a line leaves out how an object is encrypted
   */
  async *of(lines: AsyncIterable<InventoryLine>): AsyncGenerator<ObjectId> {
    const { target, versions, prefix = "" } = this.#context;
    for await (const line of lines) {
      const { key, versionId, isLatest, isDeleteMarker } = line;
      if (isDeleteMarker || !key.startsWith(prefix) || (versions === "current" && !isLatest)) continue;
      // A current one without its version, as in a listing: what is current by now is what is looked at.
      const object = isLatest ? { key } : { key, versionId };
      if (!isAsTarget(line, target)) yield object;
      else {
        this.asTarget++;
        if (target.algorithm !== "AES256") draw(this.sample, object, ++this.unsure, this.#context);
      }
    }
  }
}
