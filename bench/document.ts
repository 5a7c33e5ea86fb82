import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clientsBenchmark } from "./clients/benchmark";
import { listingBenchmark } from "./clients/listing";
import { memoryBenchmark } from "./memory/benchmark";
import { prediction } from "./prediction";
import { profileReport } from "./profile";
import { asMarkdown, type Report } from "./report";

const root = join(__dirname, "..");
const file = join(root, "docs/performance.md");

const onNode = "at-rest-lean,at-rest-lean-settled,at-rest-lean-copy,at-rest-sdk,sdk-pool,s5cmd";

/** A run of at-rest under V8's profiler: the main thread is the process's longest profile. */
async function profiledRun(): Promise<readonly Report[]> {
  const directory = mkdtempSync(join(tmpdir(), "at-rest-bench-profile-"));
  try {
    await clientsBenchmark(["--only", "at-rest-lean", "--objects", "100000", "--profile", directory]);
    const files = readdirSync(directory).map((name) => join(directory, name));
    const [longest = ""] = files.toSorted((one, other) => statSync(other).size - statSync(one).size);
    return (await profileReport([longest])).map((report) => ({ ...report, rows: report.rows.slice(0, 25) }));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function listing(): Promise<readonly Report[]> {
  const plain = await listingBenchmark([]);
  const [, ...overTls] = await listingBenchmark(["--tls"]);
  return [...plain, ...overTls];
}

/** Ten million objects where it is one request each, a million where it is more. */
async function memory(): Promise<readonly Report[]> {
  const audit = await memoryBenchmark(["--only", "audit"]);
  const [, ...others] = await memoryBenchmark(["--only", "update,copy,findings", "--keys", "1000000"]);
  return [...audit, ...others];
}

/** The blocks of the document, and what fills them. */
const blocks: Readonly<Record<string, () => Promise<readonly Report[]>>> = {
  "clients over plain HTTP": () => clientsBenchmark(["--install", "--svg", join(root, "docs/clients.svg")]),
  "clients over TLS": () => clientsBenchmark(["--tls", "--only", onNode]),
  "what is left of objects": () => clientsBenchmark(["--server", "local", "--objects", "2000"]),
  profile: profiledRun,
  listing,
  memory,
  model: () => prediction([]),
};

/** Puts a text between the two comments that name a block. @throws Error if the document has no such block */
export function fillBlock(document: string, name: string, text: string): string {
  const [from, to] = [`<!-- begin: ${name} -->`, `<!-- end: ${name} -->`];
  const [before, rest] = [document.indexOf(from), document.indexOf(to)];
  if (before < 0 || rest < before) throw new Error(`docs/performance.md has no block "${name}".`);
  return `${document.slice(0, before)}${from}\n\n${text}\n${document.slice(rest)}`;
}

/** Measures everything that docs/performance.md tells, and writes it there. For a machine that does nothing else. */
export async function document(names: readonly string[]): Promise<readonly Report[]> {
  const unknown = names.find((name) => !(name in blocks));
  if (unknown !== undefined) throw new Error(`There is no block "${unknown}": ${Object.keys(blocks).join("; ")}.`);
  const all: Report[] = [];
  for (const [name, measure] of Object.entries(blocks)) {
    if (names.length > 0 && !names.includes(name)) continue;
    const reports = await measure();
    writeFileSync(file, fillBlock(readFileSync(file, "utf8"), name, reports.map(asMarkdown).join("\n")));
    all.push(...reports);
  }
  return all;
}
