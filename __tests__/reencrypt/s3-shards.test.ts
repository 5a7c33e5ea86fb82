import fc from "fast-check";
import { type OpenRunProps, type RunRequest, UnfinishedRun } from "../../src/reencrypt/open-run";
import {
  type Division,
  type DivisionProps,
  folderOf,
  joinDivision,
  shardState,
} from "../../src/reencrypt/s3-runs/division";
import { cutsAt, rangesOf, type Shard } from "../../src/reencrypt/shards";
import { changedKeys, convert, convertUntil, type Moment } from "../support/convert-in-s3";
import { type LegacyBucket, legacyBucket } from "../support/legacy-bucket";
import { type RunsInS3, type RunsProcess, runsInS3 } from "../support/runs-in-s3";

const keys = ["a", "b", "é", "m/1", "m/2", "m/3", "z", "🐎", "\ufffd"];
const copied = ["d/1", "d/2", "y"];
const all = [...keys, ...copied].sort();

async function arrange(): Promise<{ bucket: LegacyBucket; world: RunsInS3 }> {
  const bucket = await legacyBucket({ versioning: "Enabled" });
  for (const key of keys) await bucket.put(key, `content of ${key}`);
  for (const key of copied) await bucket.putUnencrypted(key, `content of ${key}`);
  return { bucket, world: await runsInS3(bucket) };
}

const request: RunRequest = { command: "reencrypt", bucket: "acme-uploads" };
const statesOf = (process: RunsProcess, division: Division) =>
  Promise.all(
    Array.from({ length: division.shards }, (_, index) =>
      shardState(process.store(`runs/${folderOf(division, index + 1)}`), index + 1),
    ),
  );
const join = (process: RunsProcess, shard: Shard, changes: Partial<DivisionProps> = {}): Promise<Division> =>
  joinDivision({
    ...{
      objects: process.objects(),
      shard,
      request,
      dividedAt: "2026-11-22T01:04:00.000Z",
      by: process.name,
      newRun: false,
    },
    cuts: async () => cutsAt(all, 6),
    states: (division) => statesOf(process, division),
    ...changes,
  });

/** Where the runs of a shard are, and what it may touch. */
const partOf = (
  process: RunsProcess,
  division: Division,
  shard: Shard,
): Partial<OpenRunProps> & { within: ReturnType<typeof rangesOf> } => ({
  store: process.store(`runs/${folderOf(division, shard.number)}`),
  within: rangesOf(division.cuts, shard),
});
const three = [1, 2, 3].map((number): Shard => ({ number, of: 3 }));

test("of several that divide a bucket at the same time, each otherwise, one is first and all have its cuts", async () => {
  const { world } = await arrange();
  const divisions = await Promise.all(
    three.map((shard) => join(world.process(), shard, { cuts: async () => [`cut of ${shard.number}`] })),
  );
  expect(divisions[0]?.cuts).toHaveLength(1);
  for (const division of divisions) expect(division).toEqual(divisions[0]);
  const late = await join(world.process(), { number: 2, of: 3 }, { cuts: () => Promise.reject(new Error("asked")) });
  expect(late).toEqual(divisions[0]);
});

test("another number of shards, or another run, is refused until all shards have come to their end", async () => {
  const { bucket, world } = await arrange();
  const process = world.process();
  const first = await join(process, { number: 1, of: 2 });
  const divides = "divides the bucket into 2 shards, not into 3";
  await expect(join(process, { number: 1, of: 3 })).rejects.toThrow(UnfinishedRun);
  await expect(join(process, { number: 1, of: 3 })).rejects.toThrow(divides);
  const other = { request: { ...request, keyArn: "another" } };
  await expect(join(process, { number: 1, of: 2 }, other)).rejects.toThrow("of another one: keyArn");

  await convert(bucket, world.process(), partOf(process, first, { number: 1, of: 2 }));
  await expect(join(process, { number: 1, of: 3 })).rejects.toThrow(divides);
  expect(await join(process, { number: 1, of: 2 }, { newRun: true })).toEqual(first);
  await convert(bucket, world.process(), partOf(process, first, { number: 2, of: 2 }));
  expect(await join(process, { number: 1, of: 2 })).toEqual(first); // it is over, and nobody asked for more
  const again = await join(process, { number: 1, of: 2 }, { newRun: true });
  expect(again).toMatchObject({ number: 2, shards: 2 });
  expect(await join(process, { number: 2, of: 2 }, { newRun: true })).toEqual(again);
  for (const number of [1, 2]) await convert(bucket, world.process(), partOf(process, again, { number, of: 2 }));
  expect(await join(process, { number: 1, of: 3 }, other)).toMatchObject({ number: 3, shards: 3 });
});

test("three shards together, each killed and taken over at any request, convert every key exactly once", async () => {
  const kills = fc.array(
    fc.tuple(fc.nat({ max: 2 }), fc.nat({ max: 50 }), fc.constantFrom<Moment>("lost", "unheard")),
    {
      maxLength: 3,
    },
  );
  await fc.assert(
    fc.asyncProperty(fc.subarray(all), kills, async (sample, moments) => {
      const { bucket, world } = await arrange();
      const division = await join(world.process(), { number: 1, of: 3 }, { cuts: async () => cutsAt(sample, 6) });
      for (const [index, at, moment] of moments) {
        const process = world.process();
        const shard = { number: index + 1, of: 3 };
        await convertUntil(bucket, process, at, moment, partOf(process, division, shard));
      }
      await Promise.all(
        three.map(async (shard) => {
          const process = world.process();
          const { exitCode } = await shardState(
            partOf(process, division, shard).store ?? process.store(),
            shard.number,
          );
          if (exitCode === undefined) await convert(bucket, process, partOf(process, division, shard));
        }),
      );
      expect(changedKeys(bucket)).toEqual(all);
      for (const { exitCode } of await statesOf(world.process(), division)) expect(exitCode).toBe(0);
    }),
    { numRuns: 10, endOnFailure: true },
  );
});

test("who waited for a shard that came to its end meanwhile begins no second run of it", async () => {
  const { bucket, world } = await arrange();
  const process = world.process();
  const division = await join(process, { number: 1, of: 3 });
  const part = partOf(process, division, { number: 1, of: 3 });
  await convert(bucket, process, part);
  const late = { ...partOf(world.process(), division, { number: 1, of: 3 }), once: true };
  await expect(convert(bucket, process, late)).rejects.toThrow("came to its end while this process waited for it");
  const [state] = await statesOf(process, division);
  expect(state).toMatchObject({ exitCode: 0 });
});

test("a shard lists and looks at no key of another one, but for the list's own ends", async () => {
  const { bucket, world } = await arrange();
  const process = world.process();
  const division = await join(process, { number: 2, of: 3 });
  const heads: string[] = [];
  process.fault = ({ method, url }) => {
    const { pathname, host } = new URL(url);
    if (method === "HEAD" && host.startsWith("acme-uploads")) heads.push(decodeURIComponent(pathname.slice(1)));
    return undefined;
  };
  await convert(bucket, process, partOf(process, division, { number: 2, of: 3 }));
  const changed = changedKeys(bucket);
  expect(changed.length).toBeGreaterThan(0);
  expect(changed.length).toBeLessThan(all.length);
  expect([...new Set(heads)].sort()).toEqual(changed);
});
