import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { readExpiration } from "../../../src/checks/expiration";
import { CouldNotLook } from "../../../src/checks/settings";
import { readDefaultEncryption } from "../../../src/checks/snapshot";
import type { EncryptionTarget } from "../../../src/fleet/fleet";
import { encryptionTarget } from "../../../src/fleet/outputs";
import type { ManifestHead } from "../../../src/reencrypt/manifest/head";
import { headsPrefix, partsOfHeadKey } from "../../../src/reencrypt/manifest/keys";
import { type OpenManifest, openManifest, readHead } from "../../../src/reencrypt/manifest/open";
import { ManifestProblem } from "../../../src/reencrypt/manifest/transfer";
import { describe } from "../../../src/reencrypt/outcome";
import { s3Client } from "../../../src/s3/clients";
import { type Documents, documents } from "../../../src/s3/documents";
import type { ObjectStore } from "../../../src/s3/object-store";
import { realClock } from "./clock";
import type { Connection } from "./connect";
import { Stop } from "./stop";

/** Where backups are, as one bucket's connection sees it. */
export interface BackupBucket {
  readonly name: string;
  readonly store: ObjectStore;
  readonly documents: Documents;
  /** Its own default, which every copy says as well. */
  readonly encryption: EncryptionTarget;
}

const DAY_MS = 86_400_000;
/** Each object with an ACL of its own has a document. */
const DOCUMENTS_AT_ONCE = 32;

/** Turns what is wrong with a bucket's settings or a backup's documents into the end of the command. */
export async function orStop<T>(work: () => Promise<T>, exitCode: 1 | 2 = 2): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CouldNotLook) throw new Stop(`${error.message}. Nothing was changed.`);
    if (error instanceof ManifestProblem) throw new Stop(`${error.message}.`, error.remedy, exitCode);
    throw error;
  }
}

/** The default encryption of any bucket of the account, as a request has to say it. @throws Stop */
export const encryptionOf = ({ client, account }: Connection, bucket: string): Promise<EncryptionTarget> =>
  orStop(async () => {
    const { algorithm, keyArn, bucketKey } = await readDefaultEncryption({
      ...{ client, bucket, expectedBucketOwner: account },
    });
    if (algorithm !== "AES256" && keyArn === null) {
      throw new Stop(
        `s3://${bucket}: its default encryption is ${algorithm} without a key, which is aws/s3. Nothing was changed.`,
        "Give it a default encryption that names a key, or AES256: requests have to say a key's ARN.",
      );
    }
    return encryptionTarget({ encryption: algorithm, keyArn, bucketKey });
  });

/** @throws Stop if it may not be looked at */
export async function openBackupBucket(connection: Connection, name: string): Promise<BackupBucket> {
  const encryption = await encryptionOf(connection, name);
  const { work, account, credentials } = connection;
  const { region, endpointUrl } = work;
  const client = s3Client({ region, endpointUrl, credentials, concurrency: DOCUMENTS_AT_ONCE });
  return {
    name,
    encryption,
    store: await connection.storeOf(name),
    documents: documents({ client, bucket: name, expectedBucketOwner: account, encryption }),
  };
}

/** Days after which the lifecycle of the backup bucket ends what is there of a bucket. Null: never. @throws Stop */
export const retentionOf = (
  { client, account }: Connection,
  { name }: BackupBucket,
  bucket: string,
): Promise<number | null> =>
  orStop(() => readExpiration({ client, bucket: name, expectedBucketOwner: account }, `${bucket}/`, realClock.now()));

/** Milliseconds; as long as they are not ended. */
export const retentionMs = (days: number | null): number => (days === null ? Number.POSITIVE_INFINITY : days * DAY_MS);

/** Keys of the heads of a bucket's finished backups, newest first. @throws Stop */
export async function headKeys({ name, store }: BackupBucket, bucket: string): Promise<string[]> {
  const keys: string[] = [];
  for (let after: string | undefined; ; ) {
    const page = await store.list({ prefix: headsPrefix(bucket), after, limit: 1000 });
    if (page.is !== "done") throw new Stop(`s3://${name} could not be listed: ${describe(page)}. Nothing was changed.`);
    keys.push(...page.value.objects.map(({ key }) => key).filter((key) => key.endsWith(".json")));
    after = page.value.objects.at(-1)?.key;
    if (!page.value.more) return keys.filter(partsOfHeadKey).reverse();
  }
}

/** @throws ManifestProblem */
export const headAt = ({ documents }: BackupBucket, key: string): Promise<ManifestHead> =>
  readHead(documents, realClock, key);

/** @param runDirectory where a copy of it lies while the process is there. @throws ManifestProblem */
export function openAt({ documents }: BackupBucket, head: ManifestHead, runDirectory: string): Promise<OpenManifest> {
  const directory = join(runDirectory, head.bucket);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return openManifest(documents, realClock, head, directory);
}

/** Bucket and key of a manifest's address. @throws Stop */
export function parseAddress(address: string): { readonly bucket: string; readonly key: string } {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/s.exec(address) ?? [];
  if (bucket !== undefined && key !== undefined) return { bucket, key };
  throw new Stop(
    `"${address}" is no address of a manifest.`,
    "Write s3://<backup bucket>/_manifests/<bucket>/<run>.json.",
  );
}
