import { createHash } from "node:crypto";
import { z } from "zod";

const contentSchema = z.strictObject({
  format: z.literal(2),
  bucket: z.string().min(1),
  /** 12 digits. */
  account: z.string(),
  region: z.string(),
  run: z.string().min(1),
  scope: z.enum(["rewritten", "all"]),
  versions: z.enum(["current", "all"]),
  prefix: z.string().nullable(),
  /** The run whose manifest it goes on from. */
  since: z.string().nullable(),
  /** ISO 8601. */
  finishedAt: z.iso.datetime(),
  /** Days after which the backup bucket's lifecycle ends a copy. Null: never. */
  retentionInDays: z.number().nullable(),
  /** By outcome: `failed` and `cannot` are not in the manifest. */
  counts: z.record(z.string(), z.number()),
  because: z.record(z.string(), z.number()),
  manifest: z.strictObject({
    key: z.string().min(1),
    /** Of the object as it is stored. */
    bytes: z.number(),
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    entries: z.number(),
  }),
});

/** What says that a run is finished, and which manifest is its own. Written last. */
export type ManifestHead = z.infer<typeof contentSchema>;

const headSchema = contentSchema.extend({ sha256: z.string() });

/** Of the fields in the schema's order, so that it does not depend on how somebody wrote them down. */
const digestOf = (head: ManifestHead): string =>
  createHash("sha256")
    .update(JSON.stringify(contentSchema.parse(head)))
    .digest("hex");

export const formatHead = (head: ManifestHead): string =>
  `${JSON.stringify({ ...head, sha256: digestOf(head) }, null, 2)}\n`;

/** @returns the head, or what is wrong with it */
export function parseHead(text: string): ManifestHead | string {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return "is no JSON: it was cut or edited";
  }
  const parsed = headSchema.safeParse(json);
  if (!parsed.success) {
    const [first] = parsed.error.issues;
    return `is not the head of a manifest of this format (${first?.path.join(".") || "document"}: ${first?.message})`;
  }
  const { sha256, ...head } = parsed.data;
  return sha256 === digestOf(head) ? head : "does not fit its own SHA-256: it was edited";
}
