import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectAclCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  ListObjectVersionsCommand,
  type ObjectVersion,
} from "@aws-sdk/client-s3";
import type { EncryptionTarget } from "../../src/fleet/fleet";
import { type BackupContext, backuper } from "../../src/reencrypt/backup";
import { entriesInOrder } from "../../src/reencrypt/journal-file";
import { readAcl } from "../../src/reencrypt/manifest/acl";
import { hasCurrent, listedFrom } from "../../src/reencrypt/manifest/listing";
import { type OpenManifest, openManifest, readHead } from "../../src/reencrypt/manifest/open";
import { writeManifest } from "../../src/reencrypt/manifest/write";
import { type OpenRun, openRun } from "../../src/reencrypt/open-run";
import type { Counts, ObjectOutcome } from "../../src/reencrypt/outcome";
import { restorer } from "../../src/reencrypt/restore";
import type { RestoreContext } from "../../src/reencrypt/restore-copy";
import { hasVersions, versionsRestorer } from "../../src/reencrypt/restore-versions";
import { sweepUntilSettled } from "../../src/reencrypt/run";
import { runDirectory } from "../../src/reencrypt/run-directory";
import { Tally } from "../../src/reencrypt/tally";
import { type Documents, documents } from "../../src/s3/documents";
import type { ObjectStore } from "../../src/s3/object-store";
import { sdkStore } from "../../src/s3/sdk-store";
import { account, instantClock, type LegacyBucket, type LegacyBucketProps, legacyBucket } from "./legacy-bucket";

export const backupBucket = "at-rest-backup";

/** The backup bucket of a legacy bucket, and a directory for runs. */
export interface BackupWorld {
  readonly bucket: LegacyBucket;
  readonly store: ObjectStore;
  readonly destination: ObjectStore;
  readonly documents: Documents;
  readonly directory: string;
  readonly opened: OpenManifest[];
  close(): Promise<void>;
}

export async function backupWorld(bucket: LegacyBucket): Promise<BackupWorld> {
  const { client, name } = bucket;
  const CreateBucketConfiguration = { LocationConstraint: "eu-west-1" } as const;
  await client.send(new CreateBucketCommand({ Bucket: backupBucket, CreateBucketConfiguration }));
  const encryption: EncryptionTarget = { algorithm: "AES256" };
  const directory = mkdtempSync(join(tmpdir(), "at-rest-backup-"));
  const opened: OpenManifest[] = [];
  return {
    ...{ bucket, opened },
    store: inSmallPages(sdkStore({ client, bucket: name, expectedBucketOwner: account })),
    destination: sdkStore({ client, bucket: backupBucket, expectedBucketOwner: account }),
    documents: documents({ client, bucket: backupBucket, expectedBucketOwner: account, encryption }),
    directory,
    close: async () => {
      await Promise.all(opened.map(({ file }) => file.close()));
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Makes worlds for the tests of a file, and closes them after each. @param usual what their buckets are like if nothing else is said */
export function worldsForTests(usual?: LegacyBucketProps): (props?: LegacyBucketProps) => Promise<BackupWorld> {
  let open: BackupWorld[] = [];
  afterEach(async () => {
    for (const world of open) await world.close();
    open = [];
  });
  return async (props = usual) => {
    const world = await backupWorld(await legacyBucket(props));
    open.push(world);
    return world;
  };
}

/** As S3 may answer: so that a few hundred keys are as many pages, in several lanes, as a million. */
const inSmallPages = (store: ObjectStore): ObjectStore => ({
  ...store,
  list: (request) => store.list({ ...request, limit: Math.min(request.limit, 15) }),
});

interface Swept {
  readonly counts: Counts;
  readonly outcomes: readonly ObjectOutcome[];
}

interface SweptRun extends Swept {
  readonly run: OpenRun;
}

let minute = 0;

async function sweepOnce(
  { directory }: BackupWorld,
  command: string,
  props: { readonly stop?: AbortSignal; readonly onObject?: (outcome: ObjectOutcome) => void },
  more: (
    run: OpenRun,
  ) => Pick<Parameters<typeof sweepUntilSettled>[0], "store" | "visit" | "versions"> &
    Partial<Parameters<typeof sweepUntilSettled>[0]>,
): Promise<SweptRun> {
  const tally = new Tally();
  const run = await openRun({
    store: runDirectory(join(directory, command)),
    request: { command },
    now: Date.UTC(2026, 0, 1, 0, minute++),
    newRun: false,
    replay: (line) => tally.add(line),
  });
  const outcomes: ObjectOutcome[] = [];
  try {
    await sweepUntilSettled({
      ...{ journal: run, tally, concurrency: 8, maxSweeps: 1, stop: props.stop ?? new AbortController().signal },
      onObject: (outcome) => {
        outcomes.push(outcome);
        props.onObject?.(outcome);
      },
      ...more(run),
    });
  } catch (error) {
    await run.close(); // as a process that is killed leaves it, but for the descriptor
    throw error;
  }
  const { counts } = tally.through(1);
  return { run, counts, outcomes };
}

export interface BackupProps extends Partial<BackupContext> {
  readonly versions?: "current" | "all";
  readonly stop?: AbortSignal;
  readonly onObject?: (outcome: ObjectOutcome) => void;
}

export interface FinishedBackup extends Swept {
  readonly manifest: OpenManifest;
  readonly headKey: string;
}

/** A whole run of `at-rest backup`; nothing if it was stopped before its end. */
export async function backUp(world: BackupWorld, props: BackupProps = {}): Promise<FinishedBackup | undefined> {
  const { bucket, destination, documents } = world;
  const { versions = "current", stop, onObject, ...changes } = props;
  const context = await bucket.context(bucket.kmsTarget);
  const { run, counts, outcomes } = await sweepOnce(world, "backup", { stop, onObject }, (run) => ({
    ...{ store: world.store, versions, deleteMarkers: true, destination },
    visit: backuper({
      ...{ ...context, journal: run, bucketName: bucket.name, run: run.id, destination, scope: "all" },
      destinationEncryption: { algorithm: "AES256" },
      putJson: (key, value) =>
        documents.put({ key, body: Buffer.from(JSON.stringify(value)), contentType: "application/json" }),
      ...changes,
    }),
  }));
  if (stop?.aborted) {
    await run.close();
    return undefined;
  }
  const headKey = await writeManifest(documents, instantClock, {
    ...{ bucket: bucket.name, account, region: "eu-west-1", run: run.id, scope: "all", versions, prefix: null },
    ...{ since: null, finishedAt: "2026-01-01T00:00:00.000Z", retentionInDays: 90, counts, because: {} },
    entries: entriesInOrder(join(run.place, "journal.jsonl"), 1),
  });
  await run.append({ t: "end", exitCode: 0 });
  await run.close();
  const head = await readHead(documents, instantClock, headKey);
  const manifest = await openManifest(documents, instantClock, head, world.directory);
  world.opened.push(manifest);
  return { counts, outcomes, headKey, manifest };
}

export async function finishedBackUp(world: BackupWorld, props?: BackupProps): Promise<FinishedBackup> {
  const finished = await backUp(world, props);
  if (!finished) throw new Error("the backup was stopped");
  return finished;
}

export interface RestoreProps {
  readonly prefix?: string;
  readonly versions?: "current" | "all";
}

/** A whole run of `at-rest restore`. */
export async function restore(
  world: BackupWorld,
  { file }: OpenManifest,
  changes: Partial<RestoreContext> & RestoreProps = {},
): Promise<Swept> {
  const { bucket, store, destination, documents } = world;
  const { bucket: traits } = await bucket.context(bucket.kmsTarget);
  const { prefix, versions, ...rest } = changes;
  const all = versions === "all";
  const { run, counts, outcomes } = await sweepOnce(world, "restore", {}, (run) => ({
    ...{
      store: listedFrom(store, file, all ? hasVersions : hasCurrent),
      versions: "current",
      destination: store,
      prefix,
    },
    visit: (all ? versionsRestorer : restorer)({
      ...{ store, source: destination, sourceBucket: backupBucket, journal: run, clock: instantClock },
      ...{ encryption: bucket.kmsTarget, bucket: traits, overwrite: false },
      entriesOf: (key) => file.entriesOf(key),
      readAcl: (key) => readAcl(documents, instantClock, key),
      ...rest,
    }),
  }));
  await run.append({ t: "end", exitCode: 0 });
  await run.close();
  return { counts, outcomes };
}

export async function versionsIn({ client, name }: LegacyBucket): Promise<readonly ObjectVersion[]> {
  const listed = await client.send(new ListObjectVersionsCommand({ Bucket: name, EncodingType: "url" }));
  const decoded = (key = "") => decodeURIComponent(key.replaceAll("+", " "));
  return [...(listed.Versions ?? []), ...(listed.DeleteMarkers ?? [])].map((version) => ({
    ...version,
    Key: decoded(version.Key),
  }));
}

/** Everything is gone, whatever versions there were. */
export async function lose(bucket: LegacyBucket): Promise<void> {
  for (const { Key, VersionId } of await versionsIn(bucket)) {
    await bucket.client.send(new DeleteObjectCommand({ Bucket: bucket.name, Key, VersionId }));
  }
}

/** All that an application sees of an object, apart from its encryption, its date and its ETag. */
export async function photograph({ client, name }: LegacyBucket, Key: string): Promise<unknown> {
  const at = { Bucket: name, Key };
  const got = await client.send(new GetObjectCommand(at));
  const { TagSet } = await client.send(new GetObjectTaggingCommand(at));
  const { Grants, Owner } = await client.send(new GetObjectAclCommand(at));
  const { CacheControl, ContentDisposition, ContentEncoding, ContentLanguage, ContentType, ExpiresString } = got;
  return {
    body: await got.Body?.transformToString(),
    ...{ CacheControl, ContentDisposition, ContentEncoding, ContentLanguage, ContentType, ExpiresString },
    ...{ Metadata: got.Metadata, StorageClass: got.StorageClass, redirect: got.WebsiteRedirectLocation },
    ...{ TagSet, Grants, Owner },
  };
}
