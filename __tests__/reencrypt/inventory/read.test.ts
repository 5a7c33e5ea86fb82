import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import type { InventoryLine } from "../../../src/reencrypt/inventory/line";
import {
  type InventoryManifest,
  readInventoryManifest,
  UnreadableInventory,
} from "../../../src/reencrypt/inventory/manifest";
import { type InventoryFiles, inventoryLines } from "../../../src/reencrypt/inventory/read";

const directory = join(__dirname, "files");
const source = "acme-uploads";
const destination = "acme-inventories";
const keys: readonly string[] = JSON.parse(readFileSync(join(directory, "keys.json"), "utf8"));
const md5 = (bytes: Uint8Array): string => createHash("md5").update(bytes).digest("hex");

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** Files by their key. */
const inMemory = (content: Readonly<Record<string, Uint8Array>>, piece = 100): InventoryFiles => {
  const of = (key: string): Uint8Array => {
    const bytes = content[key];
    if (!bytes) throw new Error("NoSuchKey: The specified key does not exist.");
    return bytes;
  };
  return {
    read: async (key) => inPieces(of(key), piece),
    slice: async (key, start, end) => of(key).subarray(start, end),
  };
};

async function linesOf(manifest: InventoryManifest, files: InventoryFiles): Promise<InventoryLine[]> {
  const lines: InventoryLine[] = [];
  for await (const line of inventoryLines(manifest, source, files)) lines.push(line);
  return lines;
}

/** One of those that make.py has made. */
function made(name: "csv" | "parquet") {
  const folder = join(directory, name, "2026-11-26T01-00Z");
  const text = readFileSync(join(folder, "manifest.json"));
  const checksum = readFileSync(join(folder, "manifest.checksum"), "utf8");
  const manifest = readInventoryManifest({ text, checksum, source, destination });
  const stored = ({ key }: { key: string }) => readFileSync(join(directory, name, ...key.split("/").slice(-2)));
  const content = Object.fromEntries(manifest.files.map((file) => [file.key, stored(file)]));
  return { manifest, content, json: JSON.parse(text.toString()) };
}

describe.each(["csv", "parquet"] as const)("an inventory as %s, which others than its reader have made", (name) => {
  test("every line is read, whatever its key holds", async () => {
    const { manifest, content } = made(name);
    const lines = await linesOf(manifest, inMemory(content));
    expect(lines.map(({ key }) => key)).toEqual(keys);
    expect(manifest.createdAt).toBe(Date.parse("2026-11-26T01:00:00Z"));
    expect(lines.find(({ key }) => key === "kinds/locked")).toEqual({
      ...{ key: "kinds/locked", versionId: "v1", isLatest: true, isDeleteMarker: false, size: 10 },
      ...{ lastModified: Date.parse("2026-01-02T03:04:05Z"), storageClass: "STANDARD", encryption: "SSE-S3" },
      lock: { retention: { mode: "GOVERNANCE", until: Date.parse("2099-01-01T00:00:00Z") }, legalHold: false },
    });
    expect(lines.find(({ key }) => key === "kinds/none-large")?.size).toBe(6 * 1024 ** 3);
    expect(lines.find(({ key }) => key === "kinds/kms-on")).toMatchObject({ encryption: "SSE-KMS", bucketKey: true });
    expect(lines.find(({ key }) => key === "kinds/none-tier")?.accessTier).toBe("ARCHIVE");
    expect(lines.find(({ key }) => key === "deleted")).toMatchObject({ isDeleteMarker: true, isLatest: true });
    expect(lines.find(({ key }) => key === "deleted")?.encryption).toBeUndefined();
    expect(lines.at(-1)).toMatchObject({ key: "deleted", versionId: "v0", isLatest: false });
  });

  test.each<[string, (bytes: Buffer) => Buffer | undefined, RegExp]>([
    ["is missing", () => undefined, /NoSuchKey/],
    ["is cut", (bytes) => bytes.subarray(0, -9), /bytes, and the manifest says \d+: it was cut or replaced$/],
    [
      "is longer",
      (bytes) => Buffer.concat([bytes, bytes]),
      /bytes, and the manifest says \d+: it was cut or replaced$/,
    ],
    [
      "is another of the same length",
      (bytes) => {
        const edited = Buffer.from(bytes);
        // In the header of gzip the time, which nothing else looks at; in Parquet a page.
        edited[5] = (edited[5] ?? 0) ^ 1;
        return edited;
      },
      /it is not what its MD5 says: it was edited or replaced$/,
    ],
  ])("a file that %s is an error that names it", async (_name, change, message) => {
    const { manifest, content } = made(name);
    const [key = ""] = Object.keys(content).slice(-1);
    const { [key]: bytes, ...others } = content;
    const changed = change(Buffer.from(bytes ?? []));
    const reading = linesOf(manifest, inMemory(changed ? { ...others, [key]: changed } : others, 1_000_000));
    await expect(reading).rejects.toThrow(UnreadableInventory);
    await expect(reading).rejects.toThrow(message);
    await expect(reading).rejects.toThrow(key);
  });

  test("a line of another bucket is an error that says where", async () => {
    const { manifest, content } = made(name);
    const reading = inventoryLines(manifest, "acme-other", inMemory(content)).next();
    const where = name === "csv" ? "line 1" : "row 1";
    await expect(reading).rejects.toThrow(`${where}: the bucket is acme-uploads, not acme-other`);
  });
});

describe("a manifest", () => {
  const { json } = made("csv");
  const read = (change: object, at: { source?: string; destination?: string } = {}) => {
    const text = Buffer.from(JSON.stringify({ ...json, ...change }));
    return readInventoryManifest({ text, checksum: `${md5(text)}\n`, source, destination, ...at });
  };

  test.each<[string, () => unknown, string]>([
    [
      "of another bucket",
      () => read({}, { source: "acme-other" }),
      "it is of s3://acme-uploads, not of s3://acme-other",
    ],
    [
      "whose files are elsewhere",
      () => read({}, { destination: "mine" }),
      "its files are in arn:aws:s3:::acme-inventories",
    ],
    [
      "of another version",
      () => read({ version: "2030-01-01" }),
      "it is of version 2030-01-01, and 2016-11-30 is read",
    ],
    ["as ORC", () => read({ fileFormat: "ORC" }), "it is written as ORC, and only CSV and Parquet are read here"],
    ["without its files", () => read({ files: undefined }), "its manifest.json is none of an inventory: files"],
    ["with no time", () => read({ creationTimestamp: "now" }), "none of an inventory: creationTimestamp"],
    ["without a key", () => read({ fileSchema: "Bucket, VersionId" }), "it has no Key: add the optional field"],
  ])("%s is refused", (_name, reading, message) => {
    expect(reading).toThrow(UnreadableInventory);
    expect(reading).toThrow(message);
  });

  test("that was cut or edited is refused, as its checksum tells", () => {
    const text = Buffer.from(JSON.stringify(json));
    const cut = () => readInventoryManifest({ text: text.subarray(0, -2), checksum: md5(text), source, destination });
    expect(cut).toThrow("its manifest.json is not what its manifest.checksum says: it was cut or edited");
  });
});

/** What S3 writes: fields in quotation marks, keys URL-encoded. */
const csvOf = (rows: readonly (readonly string[])[]): Buffer =>
  gzipSync(rows.map((fields) => `${fields.map((field) => `"${field.replaceAll('"', '""')}"`).join(",")}\n`).join(""));

const inventoryOf = (bytes: Buffer, columns: readonly string[]) => ({
  manifest: {
    ...{ format: "CSV", columns, createdAt: 0 },
    files: [{ key: "data/0.csv.gz", size: bytes.length, md5: md5(bytes) }],
  } satisfies InventoryManifest,
  files: inMemory({ "data/0.csv.gz": bytes }, 7),
});

test("whatever keys there are, in whatever order of columns, lines say what was written", async () => {
  const columns = ["key", "size", "encryption_status", "bucket", "e_tag", "is_latest"];
  const written = fc.record({
    key: fc.string({ unit: "grapheme", minLength: 1 }),
    size: fc.option(fc.maxSafeNat(), { nil: undefined }),
    encryption: fc.constantFrom("NOT-SSE", "SSE-S3", "SSE-KMS", "DSSE-KMS", "SSE-C", undefined),
    isLatest: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(written),
      fc.shuffledSubarray(columns, { minLength: columns.length }),
      async (rows, order) => {
        const encoded = rows.map(({ key, size, encryption, isLatest }) => ({
          ...{ bucket: source, e_tag: '"', is_latest: String(isLatest), size: String(size ?? "") },
          ...{ encryption_status: encryption ?? "", key: new URLSearchParams([["", key]]).toString().slice(1) },
        }));
        const bytes = csvOf(encoded.map((row) => order.map((name) => Reflect.get(row, name))));
        const { manifest, files } = inventoryOf(bytes, order);
        const lines = await linesOf(manifest, files);
        expect(lines.map(({ key, size, encryption, isLatest }) => ({ key, size, encryption, isLatest }))).toEqual(rows);
      },
    ),
    { numRuns: 50 },
  );
});

test.each<[string, readonly string[], string]>([
  ["too few fields", [source], "line 2: 1 fields, not 3"],
  ["a key that is not URL-encoded", [source, "100%", "1"], "line 2: URI malformed"],
  ["a key of bytes that are no text", [source, "%FF", "1"], "line 2: URI malformed"],
  ["no key", [source, "", "1"], "line 2: the key is empty"],
  ["a size that is none", [source, "b", "1e3"], "line 2: size is 1e3"],
])("a line with %s is an error with its file and its line", async (_name, fields, message) => {
  const { manifest, files } = inventoryOf(csvOf([[source, "a", "1"], fields]), ["bucket", "key", "size"]);
  await expect(linesOf(manifest, files)).rejects.toThrow(new UnreadableInventory(`data/0.csv.gz: ${message}`));
});

test("a file that is no gzip is an error with its name", async () => {
  const { manifest, files } = inventoryOf(Buffer.from("bucket,key"), ["bucket", "key"]);
  await expect(linesOf(manifest, files)).rejects.toThrow(/^data\/0\.csv\.gz: .*incorrect header check$/);
});
