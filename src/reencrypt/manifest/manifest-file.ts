import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { pipeline, type Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { anonymousFile } from "../anonymous-file";
import { compareKeys } from "../intervals";
import { textLines } from "../journal-file";
import { RecentlyUsed } from "../recently-used";
import { type ManifestEntry, parseEntry } from "./entry";
import type { ManifestHead } from "./head";
import { ManifestProblem } from "./transfer";

/** Bytes of lines that are read at a time. Of ten million objects this makes some tens of thousands of blocks. */
const BLOCK_BYTES = 64 * 1024;
/** Blocks that are kept: whoever asks goes through a bucket in some lanes, each in the order of its keys. */
const BLOCKS_KEPT = 64;

/** Whole keys, in order. */
interface Block {
  readonly firstKey: string;
  readonly at: number;
  length: number;
}

export type KeyEntries = readonly [key: string, entries: readonly ManifestEntry[]];
type Entries = ReadonlyMap<string, readonly ManifestEntry[]>;

/**
 * A manifest that was read from the backup bucket and checked, on disk, to be asked by key.
 *
 * The file has no name any more once it is open: whatever ends the process, no list of keys is left behind.
 */
export class ManifestFile {
  readonly #file: FileHandle;
  readonly #blocks: readonly Block[];
  readonly #kept = new RecentlyUsed(BLOCKS_KEPT, (block: number) => this.#load(block));

  private constructor(file: FileHandle, blocks: readonly Block[]) {
    this.#file = file;
    this.#blocks = blocks;
  }

  /**
   * @param where how the manifest is called in messages
   * @param stored its bytes, as they lie in the backup bucket
   * @param directory of a run
   * @throws ManifestProblem if it is not what its head says
   */
  static async read(
    where: string,
    { manifest }: Pick<ManifestHead, "manifest">,
    stored: AsyncIterable<Uint8Array>,
    directory: string,
  ): Promise<ManifestFile> {
    const zipped = await anonymousFile(directory);
    try {
      const { bytes, sha256 } = await save(stored, zipped);
      if (bytes < manifest.bytes) {
        throw new ManifestProblem(`${where} is cut: it has ${bytes} bytes of ${manifest.bytes}`);
      }
      if (sha256 !== manifest.sha256) {
        throw new ManifestProblem(`${where} does not fit the SHA-256 of its head: it was edited, or is another one`);
      }
      return await ManifestFile.#unzip(
        where,
        zipped.createReadStream({ start: 0, autoClose: false }),
        manifest.entries,
        directory,
      );
    } finally {
      await zipped.close();
    }
  }

  static async #unzip(where: string, zipped: Readable, entries: number, directory: string): Promise<ManifestFile> {
    const file = await anonymousFile(directory);
    try {
      const lines = textLines(pipeline(zipped, createGunzip(), () => undefined));
      const { blocks, count } = await index(where, lines, file);
      if (count !== entries) throw new ManifestProblem(`${where} has ${count} entries, and its head says ${entries}`);
      return new ManifestFile(file, blocks);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** All versions of a key, in the order of S3's own list; nothing where the manifest does not have it. */
  async entriesOf(key: string): Promise<readonly ManifestEntry[]> {
    return (await this.#kept.get(this.#blockOf(key))).get(key) ?? [];
  }

  /** From a key on, or from the first one after it, with all versions. */
  keysFrom(key: string): AsyncGenerator<KeyEntries> {
    return this.#keys(key, (one) => compareKeys(one, key) >= 0);
  }

  keysAfter(key: string): AsyncGenerator<KeyEntries> {
    return this.#keys(key, (one) => compareKeys(one, key) > 0);
  }

  async *#keys(from: string, isIn: (key: string) => boolean): AsyncGenerator<KeyEntries> {
    for (let block = Math.max(0, this.#blockOf(from)); block < this.#blocks.length; block++) {
      for (const one of await this.#kept.get(block)) if (isIn(one[0])) yield one;
    }
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  /** The last block that does not begin after the key; -1, which has no keys, if all do. */
  #blockOf(key: string): number {
    let below = -1;
    let above = this.#blocks.length;
    while (above - below > 1) {
      const middle = (below + above) >> 1;
      if (compareKeys(this.#blocks[middle]?.firstKey ?? "", key) <= 0) below = middle;
      else above = middle;
    }
    return below;
  }

  async #load(block: number): Promise<Entries> {
    const entries = new Map<string, ManifestEntry[]>();
    const found = this.#blocks[block];
    if (!found) return entries;
    // In pieces: all versions of a key are in one block, and may be longer than a string can be.
    const range = { start: found.at, end: found.at + found.length - 1, autoClose: false };
    for await (const text of textLines(this.#file.createReadStream(range))) {
      const entry = parseEntry(text.toString());
      if (!entry) continue;
      const others = entries.get(entry.key);
      if (others) others.push(entry);
      else entries.set(entry.key, [entry]);
    }
    return entries;
  }
}

async function save(stored: AsyncIterable<Uint8Array>, file: FileHandle): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of stored) {
    hash.update(chunk);
    bytes += chunk.length;
    await file.appendFile(chunk);
  }
  return { bytes, sha256: hash.digest("hex") };
}

/** Copies lines into a file, and notes where blocks of whole keys begin. @throws ManifestProblem */
async function index(
  where: string,
  lines: AsyncIterable<Buffer>,
  file: FileHandle,
): Promise<{ blocks: Block[]; count: number }> {
  const blocks: Block[] = [];
  let count = 0;
  let at = 0;
  let last: string | undefined;
  let gathered: Buffer[] = [];
  let written = 0;
  const flush = async () => {
    await file.appendFile(Buffer.concat(gathered));
    gathered = [];
    written = at;
  };
  try {
    for await (const line of lines) {
      const entry = parseEntry(line.toString());
      count++;
      if (!entry) throw new ManifestProblem(`${where}: line ${count} is none of a manifest of this format`);
      const order = last === undefined ? 1 : compareKeys(entry.key, last);
      if (order < 0) throw new ManifestProblem(`${where}: line ${count} is not in the order of keys`);
      const block = blocks.at(-1);
      const length = line.length + 1;
      if (block && (order === 0 || block.length < BLOCK_BYTES)) block.length += length;
      else blocks.push({ firstKey: entry.key, at, length });
      if (at - written >= BLOCK_BYTES) await flush();
      gathered.push(line, Buffer.from("\n"));
      at += length;
      last = entry.key;
    }
  } catch (error) {
    if (error instanceof ManifestProblem) throw error;
    throw new ManifestProblem(`${where} could not be unpacked: ${error instanceof Error ? error.message : error}`);
  }
  await flush();
  return { blocks, count };
}
