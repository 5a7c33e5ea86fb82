import { coverage, worthAsking } from "../../../src/reencrypt/manifest/coverage";
import type { ManifestHead } from "../../../src/reencrypt/manifest/head";
import { headKey } from "../../../src/reencrypt/manifest/keys";
import type { OpenManifest } from "../../../src/reencrypt/manifest/open";
import { ManifestProblem } from "../../../src/reencrypt/manifest/transfer";
import type { PlanContext } from "../../../src/reencrypt/plan";
import { visible } from "../../../src/reencrypt/report";
import { counted } from "../../../src/reencrypt/report/words";
import { type BackupBucket, headAt, headKeys, openAt, openBackupBucket } from "./backup-bucket";
import { realClock } from "./clock";
import type { Connection } from "./connect";
import { say } from "./terminal";

const DAY_MS = 86_400_000;

/** What a conversion may copy. */
export interface BackedUp {
  /** Nothing where the fleet asks for no backup. */
  readonly isBackedUp?: PlanContext["isBackedUp"];
  /** What is to be said before the run. */
  readonly lines: readonly string[];
  close(): Promise<void>;
}

const notAskedFor: BackedUp = { lines: [], close: async () => undefined };

/** Finds the finished backups that are young enough, where the fleet asks for any. @throws Stop */
export async function backedUp(
  connection: Connection,
  { backupMaxAge, runDirectory }: { readonly backupMaxAge: number; readonly runDirectory: string },
): Promise<BackedUp> {
  const { work } = connection;
  if (!work.fleet || work.fleet.bucket.backup === "none") return notAskedFor;
  const bucket = await openBackupBucket(connection, work.fleet.backupBucket);
  const heads = await youngHeads(bucket, work.bucket, realClock.now() - backupMaxAge * DAY_MS);
  const manifests: OpenManifest[] = [];
  for (const head of worthAsking(heads)) {
    const manifest = await unlessDamaged(() => openAt(bucket, head, runDirectory));
    if (manifest) manifests.push(manifest);
  }
  const lines = manifests.map(({ head }, index) => `  ${index === 0 ? "backup" : "      "}  ${inWords(bucket, head)}`);
  if (lines.length === 0) {
    lines.push(
      `  backup  none finished in the last ${backupMaxAge} days: what only a copy can convert is left as it is`,
    );
  }
  const close = async () => {
    for (const { file } of manifests) await file.close();
  };
  return { isBackedUp: coverage(manifests, realClock), lines, close };
}

/** Which backup it is. Delete markers are entries of its manifest as well, and nothing of theirs is converted. */
function inWords({ name }: BackupBucket, { bucket, run, prefix, finishedAt, counts }: ManifestHead): string {
  const time = finishedAt.slice(0, 16).replace("T", " ");
  const objects = counted((counts["backedUp"] ?? 0) + (counts["carried"] ?? 0), "object");
  const under = prefix === null ? "" : ` under ${visible(prefix)}`;
  return `finished ${time} UTC, ${objects}${under}: s3://${name}/${headKey(bucket, run)}`;
}

/** @param since milliseconds since the epoch */
async function youngHeads(bucket: BackupBucket, of: string, since: number): Promise<ManifestHead[]> {
  const heads: ManifestHead[] = [];
  for (const key of await headKeys(bucket, of)) {
    const head = await unlessDamaged(() => headAt(bucket, key));
    if (!head) continue;
    if (Date.parse(head.finishedAt) < since) break; // the others are older
    heads.push(head);
  }
  return heads;
}

/** A damaged manifest covers nothing, and hides no other. */
async function unlessDamaged<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof ManifestProblem)) throw error;
    say(`${error.message}. It counts as no backup.`);
    return undefined;
  }
}
