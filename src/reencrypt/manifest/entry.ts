import { createHash } from "node:crypto";
import { z } from "zod";
import { checksumAlgorithms } from "../../s3/object-store";
import { type Appearance, grantsToResend } from "../appearance";

const copySchema = z.strictObject({
  /** In the backup bucket. */
  key: z.string().min(1),
  versionId: z.string().optional(),
  /** With its quotes. */
  etag: z.string(),
  /** When it was made, in milliseconds since the epoch: its lifecycle counts from there. */
  at: z.number(),
});

const named = { key: z.string().min(1), versionId: z.string().optional(), current: z.boolean() };

const keptSchema = z.strictObject({
  ...named,
  deleteMarker: z.undefined().optional(),
  /** Of the source, with its quotes. */
  etag: z.string(),
  /** Bytes. */
  size: z.number().min(0),
  /** Of the source, in milliseconds since the epoch. */
  lastModified: z.number(),
  /** Of the source: the copy's may be another one. */
  storageClass: z.string(),
  /** Of the source, where it has one. */
  checksum: z
    .strictObject({
      algorithm: z.enum(checksumAlgorithms),
      type: z.enum(["FULL_OBJECT", "COMPOSITE"]),
      value: z.string(),
    })
    .optional(),
  /** Of what neither ETag nor checksum covers. */
  attributes: z.string(),
  copy: copySchema,
  /** Key of the document that has the ACL, where it was more than the private default. */
  acl: z.string().optional(),
  /** What held it, which no copy carries. */
  lock: z
    .strictObject({
      retention: z.strictObject({ mode: z.string(), until: z.number() }).optional(),
      legalHold: z.boolean(),
    })
    .optional(),
});

const markerSchema = z.strictObject({ ...named, deleteMarker: z.literal(true) });

/** An object version that is in the backup bucket. */
export type KeptEntry = z.infer<typeof keptSchema>;

/** What a manifest says of one version of an object: a line of it. */
export type ManifestEntry = KeptEntry | z.infer<typeof markerSchema>;

const entrySchema = z.union([keptSchema, markerSchema]);

export const formatEntry = (entry: ManifestEntry): string => `${JSON.stringify(entry)}\n`;

/** Nothing for a line that is none of a manifest. */
export function parseEntry(text: string): ManifestEntry | undefined {
  try {
    return entrySchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

export const isKept = (entry: ManifestEntry): entry is KeptEntry => entry.deleteMarker !== true;

const sorted = (texts: Readonly<Record<string, string | undefined>>) =>
  Object.entries(texts)
    .filter(([, value]) => value !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1));

/** A digest of metadata, headers, tags, ACL, class and redirect: what can change while an ETag stays as it is. */
export function attributesOf({ state, tags, acl }: Appearance): string {
  const { metadata, missingMetadata, headers, storageClass, websiteRedirect } = state;
  const grants = grantsToResend(acl).map(({ grantee, permission }) => `${permission} ${grantee.is} ${grantee.value}`);
  const all = [
    sorted(metadata),
    missingMetadata,
    sorted({ ...headers }),
    storageClass,
    websiteRedirect ?? null,
    sorted(Object.fromEntries(tags.map(({ key, value }) => [key, value]))),
    acl?.owner ?? null,
    grants.sort(),
  ];
  return createHash("sha256").update(JSON.stringify(all)).digest("hex").slice(0, 16);
}
