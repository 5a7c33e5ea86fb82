import { HeadObjectCommand } from "@aws-sdk/client-s3";
import fc from "fast-check";
import { converter } from "../../src/reencrypt/convert";
import type { JournalLine } from "../../src/reencrypt/journal";
import { sweepUntilSettled } from "../../src/reencrypt/run";
import { Tally } from "../../src/reencrypt/tally";
import { sdkStore } from "../../src/s3/sdk-store";
import { account, type LegacyBucket, legacyBucket } from "../support/legacy-bucket";
import { kill, type RunsProcess, runsInS3 } from "../support/runs-in-s3";

const updated = ["a", "b", "é", "m/1", "m/2"];
const copied = ["c", "d/1", "d/2", "z"];
const keys = [...updated, ...copied];

async function filledBucket(): Promise<LegacyBucket> {
  const bucket = await legacyBucket({ versioning: "Enabled" });
  for (const key of updated) await bucket.put(key, `content of ${key}`);
  for (const key of copied) await bucket.putUnencrypted(key, `content of ${key}`);
  return bucket;
}

/** What `at-rest reencrypt` does in one process, from opening the run to its end. */
async function convert(bucket: LegacyBucket, process: RunsProcess): Promise<void> {
  const tally = new Tally();
  const { run } = await process.open({ replay: (line) => tally.add(line) });
  const store = sdkStore({ client: process.client, bucket: bucket.name, expectedBucketOwner: account });
  const context = await bucket.context(bucket.kmsTarget, { store, journal: run, begun: (key) => tally.begun(key) });
  await sweepUntilSettled({
    ...{ store, visit: converter(context), journal: run, tally, versions: "current", concurrency: 3, maxSweeps: 5 },
    stop: new AbortController().signal,
  });
  await run.append({ t: "end", exitCode: 0 });
  await run.close();
}

/** The same, until the process is gone with one of its requests: which S3 never heard of, or answered to nobody. */
async function convertUntil(bucket: LegacyBucket, process: RunsProcess, request: number, moment: string) {
  let left = request;
  await new Promise<void>((gone, failed) => {
    process.fault = (asked) => {
      if (left-- > 0) return undefined;
      kill(process);
      if (moment === "lost") gone();
      else void bucket.aws.handle(asked).then(() => gone());
      return new Promise(() => undefined);
    };
    convert(bucket, process).then(gone, failed);
  });
  kill(process);
}

test("killed at any request, and taken over by another machine, a run ends with every key converted exactly once", async () => {
  const kills = fc.array(fc.tuple(fc.nat({ max: 70 }), fc.constantFrom("lost", "unheard")), { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(kills, async (moments) => {
      const bucket = await filledBucket();
      const world = await runsInS3(bucket);
      for (const [request, moment] of moments) await convertUntil(bucket, world.process(), request, moment);
      await convert(bucket, world.process());

      for (const key of keys) {
        const head = await bucket.client.send(new HeadObjectCommand({ Bucket: bucket.name, Key: key }));
        expect(head).toMatchObject({ SSEKMSKeyId: bucket.kmsTarget.keyArn, BucketKeyEnabled: true });
      }
      const changes = bucket.log.filter(
        ({ operation, status }) =>
          status === 200 && (operation === "UpdateObjectEncryption" || operation === "CopyObject"),
      );
      expect(changes.map(({ key }) => key).sort()).toEqual([...keys].sort());
      expectIntents(await journalOf(world.process()));
    }),
    { numRuns: 12, endOnFailure: true },
  );
});

/** Of the first run: one that has come to its end is not continued. */
async function journalOf(process: RunsProcess): Promise<JournalLine[]> {
  const store = process.store();
  const [first = ""] = [...(await store.names())].sort();
  const lines: JournalLine[] = [];
  for await (const line of store.lines(first)) lines.push(line);
  return lines;
}

/** Each key that was copied has its intent in the journal, and no key is in two pages of a sweep. */
function expectIntents(lines: readonly JournalLine[]): void {
  const intended = new Set(lines.flatMap((line) => (line.t === "intent" ? [line.key] : [])));
  expect([...intended].sort()).toEqual([...copied].sort());
  const visits = lines.flatMap((line) => (line.t === "page" && line.sweep === 1 ? Object.values(line.counts) : []));
  expect(visits.reduce((sum, count) => sum + count, 0)).toBe(keys.length);
}

test("an intent is durable before the copy that it announces", async () => {
  const bucket = await filledBucket();
  const world = await runsInS3(bucket);
  const process = world.process();
  const seen: string[] = [];
  process.fault = (request) => {
    const source = request.headers["x-amz-copy-source"];
    if (source === undefined) return undefined;
    const key = decodeURIComponent(new URL(request.url).pathname.split("/").slice(1).join("/"));
    return journalOf(world.process()).then((lines) => {
      if (lines.some((line) => line.t === "intent" && line.key === key)) seen.push(key);
      return bucket.aws.handle(request);
    });
  };
  await convert(bucket, process);
  expect(seen.sort()).toEqual([...copied].sort());
});
