import { type FileHandle, open, rename } from "node:fs/promises";
import { dirname } from "node:path";
import type { ObjectId } from "../../s3/object-store";
import { LineSorter } from "../line-set";
import { UnreadableInventory } from "./manifest";

/** Bytes that are read and written at a time. Each block has whole lines, and is filled up with empty ones. */
const BLOCK = 64 * 1024;
/** Objects that are sorted in memory at a time. Of 10^9 objects it makes some thousand parts. */
const IN_MEMORY = 200_000;
/** A key and a version id have at most 1,024 bytes each. */
const LONGEST_LINE = 4 * 1024 + 1;

/**
 * A key and a version as one line of bytes, whose order is S3's own: UTF-8 bytes of keys, then versions.
 *
 * No line has a byte below 0x0f but the one that ends its key, so that a key comes before those that begin with it.
 */
const lineOf = ({ key, versionId = "" }: ObjectId): string => `${endedKey(key)}${inBytes(versionId)}`;

const endedKey = (key: string): string => `${inBytes(key)}\x01`;

function objectOf(line: string): ObjectId {
  const end = line.indexOf("\x01");
  const key = fromBytes(line.slice(0, end));
  return end + 1 === line.length ? { key } : { key, versionId: fromBytes(line.slice(end + 1)) };
}

const isAscii = (text: string): boolean => !/[^\x00-\x7f]/.test(text);

const inBytes = (text: string): string =>
  (isAscii(text) ? text : Buffer.from(text).toString("latin1")).replace(
    /[\x00-\x0f]/g,
    (byte) => `\x0f${String.fromCharCode(byte.charCodeAt(0) + 0x10)}`,
  );

function fromBytes(line: string): string {
  const bytes = line.replace(/\x0f(.)/g, (_, byte: string) => String.fromCharCode(byte.charCodeAt(0) - 0x10));
  return isAscii(bytes) ? bytes : Buffer.from(bytes, "latin1").toString();
}

/** Objects on disk in the order of their keys, for as many as no memory holds. */
export class KeyFile {
  readonly #file: FileHandle;
  readonly #blocks: number;

  private constructor(file: FileHandle, blocks: number) {
    this.#file = file;
    this.#blocks = blocks;
  }

  static async open(path: string): Promise<KeyFile> {
    const file = await open(path, "r");
    return new KeyFile(file, Math.ceil((await file.stat()).size / BLOCK));
  }

  /**
   * At most so many objects, in order: from the first key after `key`, or, where a version is named, from the first
   * version after it. Versions are in the order of their ids, the current one, which is named by its key alone, first.
   */
  async after(key: string | undefined, versionId: string | undefined, limit: number): Promise<ObjectId[]> {
    // No version begins with a byte that UTF-8 does not have.
    const bound = key === undefined ? "" : `${endedKey(key)}${versionId === undefined ? "\xff" : inBytes(versionId)}`;
    const objects: ObjectId[] = [];
    for (let block = await this.#blockOf(bound); block < this.#blocks; block++) {
      for (const line of await this.#lines(block, BLOCK)) {
        if (line <= bound) continue;
        if (objects.length === limit) return objects;
        objects.push(objectOf(line));
      }
    }
    return objects;
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  /** The last block that does not begin after the bound; the first if all do. */
  async #blockOf(bound: string): Promise<number> {
    let below = 0;
    let above = this.#blocks;
    while (above - below > 1) {
      const middle = (below + above) >> 1;
      const [first = ""] = await this.#lines(middle, LONGEST_LINE);
      if (first <= bound) below = middle;
      else above = middle;
    }
    return below;
  }

  /** Empty ones are no lines, and come before all bounds. */
  async #lines(block: number, length: number): Promise<string[]> {
    const { buffer, bytesRead } = await this.#file.read({ buffer: Buffer.alloc(length), position: block * BLOCK });
    return buffer.toString("latin1", 0, bytesRead).split("\n");
  }
}

export interface KeyFileProps {
  readonly path: string;
  /** Once it is aborted nothing more is read, and no file is made. */
  readonly stop: AbortSignal;
  /** Objects that are sorted in memory at a time. @default 200,000 */
  readonly inMemory?: number;
}

/**
 * Writes objects into a file that `KeyFile` reads, in whatever order they come, each of them once.
 *
 * The file is there whole, or not at all.
 *
 * @returns how many there are; nothing if it was stopped
 * @throws UnreadableInventory for a key that is none of S3's
 */
export async function writeKeyFile(
  objects: AsyncIterable<ObjectId>,
  { path, stop, inMemory = IN_MEMORY }: KeyFileProps,
): Promise<number | undefined> {
  const sorter = new LineSorter(dirname(path), inMemory);
  try {
    for await (const object of objects) {
      if (stop.aborted) return undefined;
      const line = lineOf(object);
      if (line.length >= LONGEST_LINE) {
        throw new UnreadableInventory(
          `a key in it has ${Buffer.byteLength(object.key)} bytes, S3's have at most 1,024`,
        );
      }
      await sorter.add(line);
    }
    const count = await writeLines(`${path}.new`, sorter.sorted(), stop);
    if (stop.aborted) return undefined;
    await rename(`${path}.new`, path);
    return count;
  } finally {
    await sorter.close();
  }
}

/** Leaves out those that come twice: an inventory is not of one moment. */
async function writeLines(path: string, sorted: AsyncIterable<readonly string[]>, stop: AbortSignal): Promise<number> {
  const file = await open(path, "w", 0o600);
  try {
    const block = Buffer.alloc(BLOCK, "\n");
    let at = 0;
    let last = "";
    let count = 0;
    for await (const page of sorted) {
      if (stop.aborted) return count;
      for (const line of page) {
        if (line === last) continue;
        if (at + line.length + 1 > BLOCK) {
          await file.appendFile(block);
          block.fill("\n");
          at = 0;
        }
        block.write(line, at, "latin1");
        at += line.length + 1;
        last = line;
        count++;
      }
    }
    await file.appendFile(block.subarray(0, at));
    await file.datasync();
    return count;
  } finally {
    await file.close();
  }
}
