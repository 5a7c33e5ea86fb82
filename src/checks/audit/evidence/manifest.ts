import { z } from "zod";

export interface EvidenceFile {
  /** Below the bundle, with slashes. */
  readonly path: string;
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

/** What a bundle of evidence consists of. Written last: a bundle without it is not finished. */
export interface Manifest {
  readonly format: 1;
  readonly of: "at-rest audit";
  /** ISO 8601. */
  readonly at: string;
  readonly files: readonly EvidenceFile[];
}

/** The name of the file that says what else is in a bundle. */
export const MANIFEST = "manifest.json";

const schema = z.strictObject({
  format: z.literal(1),
  of: z.literal("at-rest audit"),
  at: z.string(),
  files: z.array(
    z.strictObject({ path: z.string().min(1), bytes: z.int().min(0), sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
  ),
});

/** @throws Error where it is no manifest of this format */
export function parseManifest(text: string): Manifest {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Error("it is no JSON");
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw new Error("it is no manifest of this format");
  return parsed.data;
}

/** In a fixed order, so that equal bundles have equal manifests. */
export const manifestText = (at: string, files: readonly EvidenceFile[]): string =>
  `${JSON.stringify({ format: 1, of: "at-rest audit", at, files: [...files].sort((a, b) => (a.path < b.path ? -1 : 1)) }, null, 2)}\n`;

/** Something that is in the place of a file and is none, such as a link. */
export type Found = EvidenceFile | { readonly path: string; readonly no: "file" };

/** In what a bundle is not what its manifest says; empty where it is. */
export function manifestDifferences({ files }: Manifest, found: readonly Found[]): string[] {
  const there = new Map(found.map((one) => [one.path, one]));
  const listed = new Set(files.map(({ path }) => path));
  const wrong = files.flatMap(({ path, bytes, sha256 }): string[] => {
    const one = there.get(path);
    if (one === undefined) return [`${path}: is missing`];
    if ("no" in one) return [`${path}: is no regular file`];
    if (one.bytes !== bytes) return [`${path}: was edited: it has ${one.bytes} bytes, and had ${bytes}`];
    return one.sha256 === sha256 ? [] : [`${path}: was edited: its SHA-256 is another`];
  });
  const twice = files.length === listed.size ? [] : [`${MANIFEST}: names a file twice`];
  return [...twice, ...wrong, ...found.flatMap(({ path }) => (listed.has(path) ? [] : [`${path}: was added`]))];
}
