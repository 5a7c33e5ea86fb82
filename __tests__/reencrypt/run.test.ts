import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DeleteObjectCommand, HeadObjectCommand, ListObjectVersionsCommand } from "@aws-sdk/client-s3";
import { auditor, dryRun } from "../../src/reencrypt/audit";
import { converter } from "../../src/reencrypt/convert";
import { type JournalLine, noJournal } from "../../src/reencrypt/journal";
import { openRun } from "../../src/reencrypt/open-run";
import { type RunProps, sweepUntilSettled } from "../../src/reencrypt/run";
import { runDirectory } from "../../src/reencrypt/run-directory";
import { Sightings } from "../../src/reencrypt/sightings";
import { exitCodeOf, Tally } from "../../src/reencrypt/tally";
import { instantClock, type LegacyBucket, legacyBucket } from "../support/legacy-bucket";

const run = async (bucket: LegacyBucket, changes: Partial<RunProps> = {}) => {
  const context = await bucket.context(bucket.kmsTarget);
  const tally = new Tally();
  const end = await sweepUntilSettled({
    store: context.store,
    visit: converter(context),
    journal: noJournal,
    tally,
    versions: "current",
    concurrency: 4,
    maxSweeps: 5,
    stop: new AbortController().signal,
    ...changes,
  });
  const found = (changes.tally ?? tally).through(end.sweeps);
  return { end, found, exitCode: exitCodeOf(found) };
};

test("a run ends after a sweep that converted nothing, and adds up what the others did", async () => {
  const bucket = await legacyBucket();
  for (const key of ["a", "b"]) await bucket.put(key, "content");
  await bucket.putUnencrypted("c", "content");
  const { end, found } = await run(bucket);
  expect(end).toEqual({ is: "settled", sweeps: 2 });
  expect(found.counts).toEqual({ updated: 2, copied: 1 });
});

test("what is written the old way behind the sweep's back is found by the next one", async () => {
  const bucket = await legacyBucket();
  await bucket.put("b", "content");
  let late: Promise<unknown> | undefined;
  const { end, found } = await run(bucket, {
    onObject: ({ key }) => {
      if (key === "b") late ??= bucket.put("a", "written behind the sweep");
    },
  });
  await late;
  expect(end.sweeps).toBeGreaterThan(1);
  expect(found.counts.updated).toBe(2);
});

test.each(["written over", "deleted"])(
  "with all versions, one that is %s between its listing and its visit is converted too",
  async (what) => {
    const bucket = await legacyBucket({ versioning: "Enabled" });
    await bucket.put("a", "old");
    const context = await bucket.context(bucket.kmsTarget);
    const sightings = new Sightings(instantClock);
    const convert = converter({ ...context, store: sightings.watching(context.store) });
    const { keyArn } = bucket.kmsTarget;
    const right = { ServerSideEncryption: "aws:kms", SSEKMSKeyId: keyArn, BucketKeyEnabled: true } as const;
    const at = { Bucket: bucket.name, Key: "a" };
    let meanwhile: Promise<unknown> | undefined;
    const change = () =>
      what === "deleted" ? bucket.client.send(new DeleteObjectCommand(at)) : bucket.put("a", "new", right);
    const tally = new Tally();
    const lines: JournalLine[] = [];
    const { end, exitCode } = await run(bucket, {
      tally,
      versions: "all",
      journal: { append: async (line) => void lines.push(line) },
      visit: sightings.telling(async (id) => {
        meanwhile ??= change();
        await meanwhile;
        return convert(id);
      }),
    });
    expect({ end, exitCode }).toEqual({ end: { is: "settled", sweeps: 2 }, exitCode: 0 });
    const first = what === "deleted" ? { gone: 1, updated: 1 } : { alreadyRight: 1, updated: 1 };
    expect([tally.of(1).counts, tally.of(2).counts.updated]).toEqual([first, undefined]);
    const { Versions = [] } = await bucket.client.send(new ListObjectVersionsCommand({ Bucket: bucket.name }));
    for (const { VersionId } of Versions) {
      expect(await bucket.client.send(new HeadObjectCommand({ ...at, VersionId }))).toMatchObject(right);
    }
    expect(JSON.stringify(lines)).not.toMatch(/overtaken|listedVersion/);
  },
);

test("a bucket that somebody keeps writing into with another encryption is not called done", async () => {
  const bucket = await legacyBucket();
  let number = 0;
  const { end } = await run(bucket, {
    maxSweeps: 3,
    visit: async ({ key }) => ({ key, outcome: number++ < 1000 ? "updated" : "alreadyRight" }),
    store: (await bucket.context(bucket.kmsTarget)).store,
  });
  expect(end.is).toBe("settled"); // an empty bucket has nothing to convert
  await bucket.put("a", "content");
  const again = await run(bucket, { maxSweeps: 3, visit: async ({ key }) => ({ key, outcome: "updated" }) });
  expect(again.end).toEqual({ is: "unsettled", sweeps: 3 });
});

test("what a copy lost is still told after later sweeps have found the object right", async () => {
  const bucket = await legacyBucket();
  await bucket.putUnencrypted("a", "content", { Metadata: { author: "ana" } });
  bucket.fault = async (request) => {
    if (request.headers["x-amz-copy-source"] === undefined) return undefined;
    const response = await bucket.aws.handle(request);
    Object.assign(bucket.aws.state.s3.buckets.get(bucket.name)?.keys.get("a")?.[0] ?? {}, { metadata: {} });
    return response;
  };
  const { end, found, exitCode } = await run(bucket);
  expect(end).toEqual({ is: "settled", sweeps: 2 });
  expect(found.counts).toEqual({ notAsBefore: 1 });
  expect(found.exceptions).toMatchObject([{ key: "a", message: "differs after the copy: metadata" }]);
  expect(exitCode).toBe(1);
});

test.each([
  [{ alreadyRight: 1, updated: 1, changedMeanwhile: 1, gone: 1 }, 0],
  [{ cannot: 1 }, 3],
  [{ cannot: 1, failed: 1 }, 1],
  [{ notAsBefore: 1 }, 1],
  [{ notCompliant: 1, cannot: 1 }, 1],
])("%j ends with %i", (counts, expected) => {
  expect(exitCodeOf({ counts, because: {}, exceptions: [] })).toBe(expected);
});

test("audit and dry run look at the same objects, say what they are, and change nothing", async () => {
  const bucket = await legacyBucket();
  await bucket.put("sse-s3", "1");
  await bucket.put("other-key", "2", { ServerSideEncryption: "aws:kms", SSEKMSKeyId: bucket.otherKeyArn });
  await bucket.putUnencrypted("none", "3");
  await bucket.putUnencrypted("archived", "4", { StorageClass: "GLACIER" });
  bucket.aws.seedObject({ bucket: bucket.name, key: "large", size: 6 * 1024 ** 3, encryption: "none" });
  const context = await bucket.context(bucket.kmsTarget);
  const before = bucket.aws.state.s3.sequence;

  const dry = await run(bucket, { maxSweeps: 1, visit: dryRun(context, "auto") });
  expect(dry.end.is).toBe("swept");
  expect(dry.found.counts).toEqual({ updated: 2, copied: 1, copiedInParts: 1, cannot: 1 });

  const audit = await run(bucket, { visit: auditor(context) });
  expect(audit.found.counts).toEqual({ notCompliant: 4, cannot: 1 });
  expect(audit.found.because).toEqual({ archived: 1 });
  expect(audit.found.exceptions).toMatchObject([
    { key: "archived", because: "archived" },
    { key: "large", message: "not encrypted" },
    { key: "none", message: "not encrypted" },
    { key: "other-key", message: `SSE-KMS ${bucket.otherKeyArn}, bucket key off` },
    { key: "sse-s3", message: "SSE-S3" },
  ]);
  expect(bucket.aws.state.s3.sequence).toBe(before);
  expect(bucket.lines).toEqual([]);
});

test("a killed run is continued where its journal ends, and its open upload is aborted", async () => {
  const directory = mkdtempSync(join(tmpdir(), "run-"));
  const open = async (tally: Tally) =>
    openRun({
      store: runDirectory(directory),
      request: { bucket: "acme-uploads" },
      now: 0,
      newRun: false,
      replay: (line) => tally.add(line),
    });
  try {
    const bucket = await legacyBucket();
    for (const key of ["a", "b", "c", "d"]) await bucket.put(key, "content");
    bucket.aws.seedObject({ bucket: bucket.name, key: "video", size: 6 * 1024 ** 3, encryption: "none" });
    const first = await open(new Tally());
    // Killed in the middle of the upload: nothing after its first part is heard of.
    bucket.fault = (request) => {
      if (!request.url.includes("partNumber")) return undefined;
      throw new TypeError("killed");
    };
    const context = { ...(await bucket.context(bucket.kmsTarget)), journal: first };
    await expect(run(bucket, { visit: converter(context), journal: first, concurrency: 1 })).rejects.toThrow("killed");
    await first.close();
    bucket.fault = undefined;
    expect(bucket.aws.state.s3.buckets.get(bucket.name)?.uploads.size).toBe(1);

    const tally = new Tally();
    const second = await open(tally);
    expect(second.resumed).toBe(true);
    expect(tally.openUploads).toHaveLength(1);
    const looked: string[] = [];
    const { found } = await run(bucket, {
      journal: second,
      tally,
      maxSweeps: 1,
      onObject: ({ key }) => looked.push(key),
    });
    await second.close();
    expect(looked).toEqual(["video"]); // the others are in the journal
    expect(found.counts).toEqual({ updated: 4, copiedInParts: 1 });
    expect(bucket.aws.state.s3.buckets.get(bucket.name)?.uploads.size).toBe(0);
    const { SSEKMSKeyId } = await bucket.client.send(new HeadObjectCommand({ Bucket: bucket.name, Key: "video" }));
    expect(SSEKMSKeyId).toBe(bucket.kmsTarget.keyArn);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
