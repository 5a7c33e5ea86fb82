import type { OpenManifest } from "../../../src/reencrypt/manifest/open";
import { type BackupBucket, headAt, headKeys, openAt, orStop, parseAddress } from "./backup-bucket";
import { Stop } from "./stop";
import { say } from "./terminal";

interface IncrementalOptions {
  readonly incremental?: boolean;
  readonly since?: string;
  readonly runDirectory: string;
}

/** The finished backup that an incremental one goes on from. @throws Stop */
export async function earlierBackup(
  { since, incremental, runDirectory }: IncrementalOptions,
  bucket: BackupBucket,
  of: string,
): Promise<OpenManifest | undefined> {
  if (since === undefined && !incremental) return undefined;
  const address = since === undefined ? undefined : parseAddress(since);
  if (address && address.bucket !== bucket.name) {
    throw new Stop(`${since} is not in s3://${bucket.name}, so its copies cannot be gone on from.`);
  }
  const key = address?.key ?? (await headKeys(bucket, of))[0];
  if (key === undefined) {
    say(`s3://${of} has no finished backup to go on from: everything is copied.`);
    return undefined;
  }
  return orStop(async () => {
    const head = await headAt(bucket, key);
    if (head.bucket !== of)
      throw new Stop(`${since} is of s3://${head.bucket}, not of s3://${of}. Nothing was changed.`);
    return openAt(bucket, head, runDirectory);
  });
}
