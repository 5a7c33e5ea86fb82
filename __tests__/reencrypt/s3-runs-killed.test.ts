import { HeadObjectCommand } from "@aws-sdk/client-s3";
import fc from "fast-check";
import type { JournalLine } from "../../src/reencrypt/journal";
import { changedKeys, convert, convertUntil, type Moment } from "../support/convert-in-s3";
import { type LegacyBucket, legacyBucket } from "../support/legacy-bucket";
import { type RunsProcess, runsInS3 } from "../support/runs-in-s3";

const updated = ["a", "b", "é", "m/1", "m/2"];
const copied = ["c", "d/1", "d/2", "z"];
const keys = [...updated, ...copied];

async function filledBucket(): Promise<LegacyBucket> {
  const bucket = await legacyBucket({ versioning: "Enabled" });
  for (const key of updated) await bucket.put(key, `content of ${key}`);
  for (const key of copied) await bucket.putUnencrypted(key, `content of ${key}`);
  return bucket;
}

test("killed at any request, and taken over by another machine, a run ends with every key converted exactly once", async () => {
  const kills = fc.array(fc.tuple(fc.nat({ max: 70 }), fc.constantFrom<Moment>("lost", "unheard")), { maxLength: 4 });
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
      expect(changedKeys(bucket)).toEqual([...keys].sort());
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

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((next) => setImmediate(next));
}

test("an intent is durable before the copy that it announces", async () => {
  const bucket = await filledBucket();
  const world = await runsInS3(bucket);
  const process = world.process();
  const seen: string[] = [];
  process.fault = (request) => {
    const source = request.headers["x-amz-copy-source"];
    // A segment takes long, so that a copy that does not wait for it comes first.
    if (request.method === "PUT" && request.url.includes("/journal/")) {
      return turns(200).then(() => bucket.aws.handle(request));
    }
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
