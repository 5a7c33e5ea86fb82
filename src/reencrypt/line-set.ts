import type { FileHandle } from "node:fs/promises";
import { anonymousFile } from "./anonymous-file";
import { RecentlyUsed } from "./recently-used";

/** Lines that are sorted in memory at a time. */
const CHUNK_LINES = 500_000;
/** Bytes of a chunk that are read at a time while chunks are merged: a thousand of them are read side by side. */
const READ_BYTES = 16 * 1024;
/** Bytes that are read for a question. Of 10^9 lines this makes some hundred thousand blocks. */
const BLOCK_BYTES = 256 * 1024;
/** Blocks that are kept: whoever asks goes through a bucket in some lanes, each in the order of its keys. */
const BLOCKS_KEPT = 64;

interface Stretch {
  readonly at: number;
  readonly length: number;
}

interface Block extends Stretch {
  readonly firstLine: string;
}

type Lines = AsyncGenerator<readonly string[]>;

/** Takes lines in any order, each character of which is a byte, and puts them in order or makes a set of them that can be asked. */
export class LineSorter {
  readonly #directory: string;
  readonly #chunks: Stretch[] = [];
  readonly #chunkLines: number;
  #file: FileHandle | undefined;
  #lines: string[] = [];
  #at = 0;

  /** @param directory where they lie, in a file without a name */
  constructor(directory: string, chunkLines = CHUNK_LINES) {
    this.#directory = directory;
    this.#chunkLines = chunkLines;
  }

  async add(line: string): Promise<void> {
    this.#lines.push(line);
    if (this.#lines.length >= this.#chunkLines) await this.#flush();
  }

  /** Once everything is there. */
  finish(): Promise<LineSet> {
    return writeSet(this.sorted(), this.#directory);
  }

  /** Once everything is there, in place of `finish`: the lines in the order of their bytes, page by page. */
  async *sorted(): Lines {
    try {
      await this.#flush();
      const file = this.#file;
      if (file) yield* mergedAll(this.#chunks.map((chunk) => linesOf(file, chunk)));
    } finally {
      await this.close();
    }
  }

  /** Lets go of what is not to become a set. */
  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }

  async #flush(): Promise<void> {
    if (this.#lines.length === 0) return;
    this.#file ??= await anonymousFile(this.#directory);
    const bytes = Buffer.from(`${this.#lines.sort().join("\n")}\n`, "latin1");
    await this.#file.appendFile(bytes);
    this.#chunks.push({ at: this.#at, length: bytes.length });
    this.#at += bytes.length;
    this.#lines = [];
  }
}

/** A set of lines, however many: sorted on disk, with nothing of them in memory but where blocks begin and a few of those. */
export class LineSet {
  readonly #file: FileHandle;
  readonly #blocks: readonly Block[];
  readonly #kept = new RecentlyUsed(BLOCKS_KEPT, (block: number) => this.#load(block));

  constructor(file: FileHandle, blocks: readonly Block[]) {
    this.#file = file;
    this.#blocks = blocks;
  }

  async has(line: string): Promise<boolean> {
    let below = -1;
    let above = this.#blocks.length;
    while (above - below > 1) {
      const middle = (below + above) >> 1;
      if ((this.#blocks[middle]?.firstLine ?? "") <= line) below = middle;
      else above = middle;
    }
    return below >= 0 && (await this.#kept.get(below)).has(line);
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  async #load(block: number): Promise<ReadonlySet<string>> {
    const { at, length } = this.#blocks[block] ?? { at: 0, length: 0 };
    const { buffer } = await this.#file.read({ buffer: Buffer.alloc(length), position: at });
    return new Set(buffer.toString("latin1").split("\n"));
  }
}

async function* none(): Lines {}

async function* linesOf(file: FileHandle, { at, length }: Stretch): Lines {
  let rest = "";
  for (let position = at; position < at + length; position += READ_BYTES) {
    const size = Math.min(READ_BYTES, at + length - position);
    const { buffer } = await file.read({ buffer: Buffer.alloc(size), position });
    const lines = (rest + buffer.toString("latin1")).split("\n");
    rest = lines.pop() ?? "";
    if (lines.length > 0) yield lines;
  }
}

/** Pages of sorted lines as one sequence of such pages. */
function mergedAll(sources: readonly Lines[]): Lines {
  const [first = none(), second] = sources;
  if (!second) return first;
  const half = sources.length >> 1;
  return merged(mergedAll(sources.slice(0, half)), mergedAll(sources.slice(half)));
}

async function* merged(left: Lines, right: Lines): Lines {
  let [a, b] = [await left.next(), await right.next()];
  let [i, j] = [0, 0];
  while (!a.done && !b.done) {
    const page: string[] = [];
    while (i < a.value.length && j < b.value.length) {
      const [one = "", other = ""] = [a.value[i], b.value[j]];
      if (one <= other) i++;
      else j++;
      page.push(one <= other ? one : other);
    }
    yield page;
    if (i === a.value.length) [a, i] = [await left.next(), 0];
    else [b, j] = [await right.next(), 0];
  }
  if (!a.done) yield a.value.slice(i);
  if (!b.done) yield b.value.slice(j);
  yield* left;
  yield* right;
}

async function writeSet(pages: Lines, directory: string): Promise<LineSet> {
  const file = await anonymousFile(directory);
  const blocks: Block[] = [];
  let at = 0;
  let gathered: string[] = [];
  let length = 0;
  const flush = async () => {
    const [firstLine] = gathered;
    if (firstLine === undefined) return;
    await file.appendFile(`${gathered.join("\n")}\n`, "latin1");
    // A part of a longer string would keep all of it in memory.
    blocks.push({ firstLine: Buffer.from(firstLine).toString(), at, length });
    at += length;
    [gathered, length] = [[], 0];
  };
  for await (const page of pages) {
    for (const line of page) {
      gathered.push(line);
      length += line.length + 1;
      if (length >= BLOCK_BYTES) await flush();
    }
  }
  await flush();
  return new LineSet(file, blocks);
}
