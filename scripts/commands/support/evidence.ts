import { createHash } from "node:crypto";
import { createReadStream, existsSync, mkdirSync, readdirSync } from "node:fs";
import { lstat, mkdir, open, readdir, readFile, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { types } from "node:util";
import { evidenceLines } from "../../../src/checks/audit/evidence/lines";
import {
  type EvidenceFile,
  type Found,
  MANIFEST,
  type Manifest,
  manifestDifferences,
  manifestText,
  parseManifest,
} from "../../../src/checks/audit/evidence/manifest";
import { type AuditReport, evidencePage } from "../../../src/checks/audit/evidence/page";
import type { Configuration } from "../../../src/checks/audit/facts";
import type { BucketResult } from "../../../src/checks/audit/result";
import { journalLines } from "../../../src/reencrypt/journal-file";
import { FinishedPages } from "../../../src/reencrypt/page-lines";
import { reportPage } from "./report-files";
import { Stop } from "./stop";

/** What is known of a bucket besides its result. */
export interface BucketEvidence {
  readonly result: BucketResult;
  /** What was seen, policies as they are. Nothing where nothing could be looked at. */
  readonly configuration: Configuration | undefined;
  /** Of the run over its objects. Nothing where there was none. */
  readonly runDirectory: string | undefined;
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** A bundle of files that prove what an audit saw, for nobody else to read. */
export class Evidence {
  readonly #files: EvidenceFile[] = [];
  readonly #buckets: AuditReport["buckets"][number][] = [];

  private constructor(readonly directory: string) {}

  /** @throws Stop if something is there already: nothing is ever mixed with an earlier audit */
  static begin(directory: string): Evidence {
    if (existsSync(directory) && readdirSync(directory).length > 0) {
      throw new Stop(`${directory} is not empty, and evidence goes into a directory of its own.`, "Name another one.");
    }
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    return new Evidence(directory);
  }

  async add({ result, configuration, runDirectory }: BucketEvidence): Promise<void> {
    // The name of a bucket, and nothing that a path could mean something else by.
    const plain = /^[a-z0-9][a-z0-9.-]*$/.test(result.bucket) && !result.bucket.includes("..");
    const folder = plain ? result.bucket : `bucket-${this.#buckets.length + 1}`;
    this.#buckets.push({ ...result, folder });
    await this.#write(`${folder}/configuration.json`, [json({ checks: result.checks, seen: configuration ?? null })]);
    if (runDirectory === undefined) return;
    await this.#write(`${folder}/objects.jsonl`, linesOf(join(runDirectory, "journal.jsonl")));
    for (const [name, path] of [
      ["summary.json", join(runDirectory, "report", "summary.json")],
      ["report.html", reportPage(runDirectory)],
    ] as const) {
      await this.#write(`${folder}/${name}`, createReadStream(path, "utf8"));
    }
  }

  /** Closes the bundle. Tells the SHA-256 of its manifest, which is the proof of the whole. */
  async finish(report: Omit<AuditReport, "buckets" | "format">): Promise<string> {
    const whole: AuditReport = { format: 1, ...report, buckets: this.#buckets };
    await this.#write("audit.json", [json(whole)]);
    await this.#write("index.html", [evidencePage(whole)]);
    const files = [...this.#files];
    return (await this.#write(MANIFEST, [manifestText(report.finishedAt, files)])).sha256;
  }

  async #write(path: string, chunks: Iterable<string> | AsyncIterable<string>): Promise<EvidenceFile> {
    const at = join(this.directory, path);
    await mkdir(dirname(at), { recursive: true, mode: 0o700 });
    const hash = createHash("sha256");
    let bytes = 0;
    const file = await open(`${at}.new`, "wx", 0o600);
    try {
      for await (const chunk of chunks) {
        const data = Buffer.from(chunk);
        hash.update(data);
        bytes += data.length;
        await file.writeFile(data);
      }
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(`${at}.new`, at);
    const written = { path, bytes, sha256: hash.digest("hex") };
    this.#files.push(written);
    return written;
  }
}

/** Reads the journal twice, and holds nothing of it. */
async function* linesOf(journal: string): AsyncGenerator<string> {
  const finished = new FinishedPages();
  for await (const line of journalLines(journal)) finished.add(line);
  for await (const line of journalLines(journal)) if (!finished.isLost(line)) yield evidenceLines(line);
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest("hex");
}

/** Every file below a directory but its manifest; links are named and never followed. */
async function filesBelow(directory: string, below = ""): Promise<Found[]> {
  const found: Found[] = [];
  for (const name of (await readdir(join(directory, below))).sort()) {
    const path = below === "" ? name : `${below}/${name}`;
    if (path === MANIFEST) continue;
    const at = join(directory, path);
    const stats = await lstat(at);
    if (stats.isDirectory()) found.push(...(await filesBelow(directory, path)));
    else if (!stats.isFile()) found.push({ path, no: "file" });
    else found.push({ path, bytes: stats.size, sha256: await digestOf(at) });
  }
  return found;
}

async function readManifest(directory: string): Promise<{ manifest: Manifest; sha256: string }> {
  const path = join(directory, MANIFEST);
  try {
    const text = await readFile(path, "utf8");
    return { manifest: parseManifest(text), sha256: createHash("sha256").update(text).digest("hex") };
  } catch (error) {
    const missing = types.isNativeError(error) && "code" in error && error.code === "ENOENT";
    throw missing
      ? new Stop(`${path} is not there: this is no evidence of an audit, or one that was not finished.`)
      : new Stop(`${path} cannot be used: ${error instanceof Error ? error.message : error}.`);
  }
}

/** Whether a bundle is what it was when it was written. @throws Stop if it is none */
export async function verify(
  directory: string,
): Promise<{ readonly files: number; readonly sha256: string; readonly differences: readonly string[] }> {
  const { manifest, sha256 } = await readManifest(directory);
  return {
    files: manifest.files.length,
    sha256,
    differences: manifestDifferences(manifest, await filesBelow(directory)),
  };
}
