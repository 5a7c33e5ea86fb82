import { createHash, randomUUID } from "node:crypto";
import { gzipSync } from "node:zlib";
import type { InventoryConfiguration, InventoryOptionalField } from "@aws-sdk/client-s3";
import type { Context } from "../service";
import { bucketArn } from "./arns";
import { putObject } from "./put";
import type { Bucket, StoredObject, Version } from "./state";
import { findBucket } from "./versions";

const encryptionStatus = {
  none: "NOT-SSE",
  AES256: "SSE-S3",
  "aws:kms": "SSE-KMS",
  "aws:kms:dsse": "DSSE-KMS",
  customer: "SSE-C",
} as const;

/**
 * The optional fields that this AWS writes, in the order of their columns. Delete markers have none but the date.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory.html, "Amazon S3 Inventory list"
 */
export const inventoryFields: Readonly<Partial<Record<InventoryOptionalField, (object: StoredObject) => string>>> = {
  Size: ({ body }) => String(body.size),
  LastModifiedDate: ({ lastModified }) => dateOf(lastModified),
  ETag: ({ etag }) => etag.replaceAll('"', ""),
  StorageClass: ({ storageClass }) => storageClass,
  IsMultipartUploaded: ({ parts }) => String(parts !== undefined),
  EncryptionStatus: ({ encryption }) => encryptionStatus[encryption.is],
  ObjectLockRetainUntilDate: ({ retention }) =>
    retention?.RetainUntilDate ? dateOf(retention.RetainUntilDate.getTime()) : "",
  ObjectLockMode: ({ retention }) => retention?.Mode ?? "",
  ObjectLockLegalHoldStatus: ({ legalHold }) => (legalHold === undefined ? "" : legalHold === "ON" ? "On" : "Off"),
  BucketKeyStatus: ({ encryption }) => ("bucketKey" in encryption && encryption.bucketKey ? "ENABLED" : "DISABLED"),
  ChecksumAlgorithm: ({ checksum }) => checksum?.algorithm ?? "",
};

const dateOf = (time: number): string => new Date(time).toISOString();

const line = (values: readonly string[]): string =>
  `${values.map((value) => `"${value.replaceAll('"', '""')}"`).join(",")}\n`;

/**
 * Writes an inventory as if its day had come: one gzipped CSV file, then manifest, its MD5, and the list for Hive.
 *
 * S3 itself writes them, as a service that the destination's policy has to let in.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory-location.html
 *
 * @returns where `manifest.json` is
 * @throws AwsError 403 AccessDenied where the destination's policy does not allow it
 */
export async function writeInventory(
  context: Context,
  of: string,
  id: string,
): Promise<{ bucket: string; key: string }> {
  const source = findBucket(context, of);
  const configuration = source.settings.inventories?.get(id);
  const place = configuration?.Destination?.S3BucketDestination;
  if (!configuration?.IsEnabled || !place)
    throw new Error(`s3://${of} has no inventory configuration ${id} that is on`);
  const destination = findBucket(context, (place.Bucket ?? "").replace(/^arn:[^:]*:s3:::/, ""));
  const itself = { is: "service", service: "s3.amazonaws.com" } as const;
  const caller = { ...itself, sourceArn: bucketArn(source), sourceAccount: source.account };
  const s3 = { ...context, caller, region: destination.region, secure: true };
  const kms = place.Encryption?.SSEKMS;
  const put = async (key: string, Body: Buffer) => {
    const encryption = kms ? ({ ServerSideEncryption: "aws:kms", SSEKMSKeyId: kms.KeyId } as const) : {};
    await putObject(s3, { Bucket: destination.name, Key: key, Body, ...encryption, ContentLength: undefined });
    return { key, size: Body.length, MD5checksum: createHash("md5").update(Body).digest("hex") };
  };

  const { schema, text } = listed(source, configuration);
  const folder = `${place.Prefix ? `${place.Prefix}/` : ""}${of}/${id}`;
  const file = await put(`${folder}/data/${randomUUID()}.csv.gz`, gzipSync(text));
  const minute = dateOf(context.now).slice(0, 16).replace(":", "-");
  await put(
    `${folder}/hive/dt=${minute.replace("T", "-")}/symlink.txt`,
    Buffer.from(`s3://${destination.name}/${file.key}\n`),
  );
  const key = `${folder}/${minute}Z/manifest.json`;
  const manifest = {
    ...{ sourceBucket: of, destinationBucket: bucketArn(destination), version: "2016-11-30" },
    ...{ creationTimestamp: String(context.now), fileFormat: "CSV", fileSchema: schema, files: [file] },
  };
  const { MD5checksum } = await put(key, Buffer.from(JSON.stringify(manifest)));
  await put(key.replace(/json$/, "checksum"), Buffer.from(MD5checksum)); // last: with it the inventory is whole
  return { bucket: destination.name, key };
}

/** Keys are URL-encoded in CSV. The columns of versions are there only if all of them are listed. */
function listed(source: Bucket, { IncludedObjectVersions, OptionalFields = [], Filter }: InventoryConfiguration) {
  const fields = Object.entries(inventoryFields).filter(([name]) => OptionalFields.some((wanted) => wanted === name));
  const all = IncludedObjectVersions === "All";
  const ofVersions = all ? ["VersionId", "IsLatest", "IsDeleteMarker"] : [];
  const columns = (version: Version, isLatest: boolean): string[] => {
    const isMarker = version.is === "deleteMarker";
    const ofVersion = [version.versionId === "null" ? "" : version.versionId, String(isLatest), String(isMarker)];
    const optional = fields.map(([name, of]) => {
      if (version.is === "object") return of(version);
      return name === "LastModifiedDate" ? dateOf(version.lastModified) : "";
    });
    const key = encodeURIComponent(version.key).replaceAll("%2F", "/");
    return [source.name, key, ...(all ? ofVersion : []), ...optional];
  };
  let text = "";
  for (const [key, versions] of source.keys.scan()) {
    if (!key.startsWith(Filter?.Prefix ?? "")) continue;
    for (const [index, version] of versions.entries()) {
      if (all || (index === 0 && version.is === "object")) text += line(columns(version, index === 0));
    }
  }
  return { schema: ["Bucket", "Key", ...ofVersions, ...fields.map(([name]) => name)].join(", "), text };
}
