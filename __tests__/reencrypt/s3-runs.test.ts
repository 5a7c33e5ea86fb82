import { GetObjectCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import fc from "fast-check";
import { ConnectionReset } from "../../local/faults/answers";
import { JournalNotWritten } from "../../src/reencrypt/group-writer";
import type { JournalLine } from "../../src/reencrypt/journal";
import { UnfinishedRun } from "../../src/reencrypt/open-run";
import { RunInUse } from "../../src/reencrypt/run-store";
import { LEASE_MS } from "../../src/reencrypt/s3-runs/lease";
import { type LegacyBucket, legacyBucket } from "../support/legacy-bucket";
import { kill, type RunsInS3, type RunsProcess, runsBucket, runsInS3 } from "../support/runs-in-s3";

let bucket: LegacyBucket;
let world: RunsInS3;
const arrange = async () => {
  bucket = await legacyBucket();
  world = await runsInS3(bucket);
};
beforeEach(arrange);

const line = (converted: number): JournalLine => ({ t: "sweep", sweep: 1, converted });
const numbers = (lines: readonly JournalLine[]) => lines.map((one) => (one.t === "sweep" ? one.converted : Number.NaN));
const isWrite = (request: { method: string; url: string }) => request.method === "PUT";
const isSegment = (request: { method: string; url: string }) => isWrite(request) && request.url.includes("/journal/");

async function textOf(key: string): Promise<string> {
  const { Body } = await bucket.client.send(new GetObjectCommand({ Bucket: runsBucket, Key: key }));
  return (await Body?.transformToString()) ?? "";
}
async function keys(): Promise<string[]> {
  const { Contents = [] } = await bucket.client.send(new ListObjectsV2Command({ Bucket: runsBucket }));
  return Contents.map(({ Key = "" }) => Key);
}

test("a run is continued by the next process with every line, and a finished one is not", async () => {
  const first = await world.process().open();
  await Promise.all([1, 2, 3].map((one) => first.run.append(line(one))));
  await first.run.append(line(4));
  await first.run.close();

  const second = await world.process().open();
  expect({ resumed: second.run.resumed, id: second.run.id }).toEqual({ resumed: true, id: first.run.id });
  expect(numbers(second.replayed)).toEqual([1, 2, 3, 4]);
  await second.run.append({ t: "end", exitCode: 0 });
  await second.run.close();

  const third = await world.process().open();
  expect(third.run.id).not.toBe(first.run.id);
  expect(third.replayed).toEqual([]);
  await third.run.close();
  expect(world.elapsed()).toBeLessThan(LEASE_MS); // nobody had to wait for a lock that was let go of
});

test("a run of something else is in the way, and its lock is let go of", async () => {
  const { run } = await world.process().open();
  await run.close();
  const other = { request: { command: "reencrypt", bucket: bucket.name, keyArn: "another" } };
  await expect(world.process().open(other)).rejects.toThrow(UnfinishedRun);
  const again = await world.process().open();
  await again.run.close();
  expect(world.elapsed()).toBeLessThan(LEASE_MS);
});

test("lines that come together share a segment, and no two segments begin within a fifth of a second", async () => {
  const { run } = await world.process().open();
  const before = (await keys()).length;
  const began = world.elapsed();
  await run.append(line(0));
  await Promise.all(Array.from({ length: 100 }, (_, index) => run.append(line(index + 1))));
  await run.append(line(101));
  expect((await keys()).length - before).toBeLessThanOrEqual(4);
  expect(world.elapsed() - began).toBeGreaterThanOrEqual(200);
});

test("a second process hears who is at work, and touches nothing", async () => {
  const first = world.process();
  const { run } = await first.open();
  await run.append(line(1));
  const before = await keys();
  const second = world.process();
  await expect(second.open()).rejects.toThrow(RunInUse);
  await expect(second.open()).rejects.toThrow(`process 1 is at work in s3://${runsBucket}/runs`);
  expect(second.notices[0]).toContain("process 1's: watched for 30 s");
  expect(await keys()).toEqual(before);
  await run.append(line(2));
  expect(run.lost.aborted).toBe(false);
});

test("the runs of a holder that is gone are taken over, after a whole lease of the taker's own clock", async () => {
  const first = world.process();
  const { run } = await first.open();
  await run.append(line(1));
  kill(first);
  const began = world.elapsed();
  const second = await world.process().open();
  expect(world.elapsed() - began).toBeGreaterThanOrEqual(LEASE_MS);
  expect(numbers(second.replayed)).toEqual([1]);
});

test("of two that wait for the same lock one gets it, and the other hears of that one", async () => {
  const first = world.process();
  await first.open();
  kill(first);
  const ends = await Promise.allSettled([world.process().open(), world.process().open()]);
  expect(ends.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  const [lost] = ends.filter((end) => end.status === "rejected");
  expect(lost?.reason).toBeInstanceOf(RunInUse);
  expect(String(lost?.reason)).toMatch(/process [23] is at work/);
});

test("a holder that was only slow can write nothing any more once it is taken over", async () => {
  const slow = world.process();
  const { run } = await slow.open();
  await run.append(line(1));
  slow.stalled = true;
  const taker = await world.process().open();
  await taker.run.append(line(2));

  await expect(run.append(line(3))).rejects.toThrow(JournalNotWritten);
  await expect(run.append(line(4))).rejects.toThrow(JournalNotWritten);
  await run.close();
  await taker.run.append(line(5));
  await taker.run.close();
  const { replayed } = await world.process().open();
  expect(numbers(replayed)).toEqual([1, 2, 5]);
});

test("a holder that is taken over is told as soon as it renews its lock", async () => {
  const slow = world.process();
  const { run } = await slow.open();
  slow.stalled = true;
  const taker = world.process();
  await taker.open();
  expect(run.lost.aborted).toBe(false);
  slow.stalled = false;
  await taker.clock.sleep(LEASE_MS / 3);
  expect(run.lost.aborted).toBe(true);
  await expect(run.append(line(1))).rejects.toThrow("is process 2's by now");
});

test("who has not renewed for a whole lease asks again before it believes that a line is its own", async () => {
  const slow = world.process();
  const { run } = await slow.open();
  slow.stalled = true;
  await slow.clock.sleep(LEASE_MS + 1);
  const asked: string[] = [];
  slow.fault = (request) => {
    if (isWrite(request)) asked.push(request.url.replace(/.*\/runs\//, "").replace(/\?.*/, ""));
    return undefined;
  };
  await run.append(line(1));
  expect(asked.at(-1)).toBe("lock");
});

// The request of a process that is gone may still be on its way, and arrive at any moment.
test("a segment that arrives late is either read by the taker, or never written", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 30 }), async (requests) => {
      await arrange();
      const slow = world.process();
      const { run } = await slow.open();
      await run.append(line(1));
      slow.stalled = true;
      let arrive = () => {};
      const onItsWay = new Promise<void>((resolve) => {
        arrive = resolve;
      });
      slow.fault = (request) => (isSegment(request) ? onItsWay.then(() => bucket.aws.handle(request)) : undefined);
      const late = run.append(line(2)).then(
        () => "written",
        () => "not written",
      );

      const taker = world.process();
      let left = requests;
      let heard: Promise<unknown> = Promise.resolve();
      taker.fault = (request) => {
        if (left-- !== 0) return undefined;
        arrive();
        heard = late;
        return heard.then(() => bucket.aws.handle(request));
      };
      const opened = await taker.open().catch((error: unknown) => error);
      arrive();
      if (opened instanceof RunInUse) {
        expect(await late).toBe("written"); // it woke up in time, and renewed its lock
        return;
      }
      const { run: taken, replayed } = opened as Awaited<ReturnType<RunsProcess["open"]>>;
      await taken.append(line(3));
      await taken.close();
      const end = await late;
      const { replayed: all } = await world.process().open();
      const wasWritten = numbers(all).includes(2);
      // What was written was read by the taker; what `append` says is not more than what is there.
      expect(numbers(replayed)).toEqual(wasWritten ? [1, 2] : [1]);
      if (end === "written") expect(wasWritten).toBe(true);
      expect(numbers(all)).toEqual(wasWritten ? [1, 2, 3] : [1, 3]);
    }),
    { numRuns: 16, examples: Array.from({ length: 8 }, (_, index): [number] => [10 + index]) },
  );
});

test("wherever a process is killed, the next one has every line that was acknowledged, in order and once", async () => {
  const moments = fc.constantFrom("lost", "unheard");
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.integer({ min: 0, max: 25 }), moments), { maxLength: 3 }), async (kills) => {
      await arrange();
      const acknowledged: number[] = [];
      let written = 0;
      for (const [at, moment] of kills) {
        const process = world.process();
        await killedAt(process, at, moment, async () => {
          const { run } = await process.open();
          for (let round = 0; round < 4; round++) {
            const some = [++written, ++written, ++written];
            await Promise.all(some.map((one) => run.append(line(one)).then(() => acknowledged.push(one))));
          }
        });
      }
      const { replayed } = await world.process().open();
      const found = numbers(replayed);
      expect(found).toEqual([...new Set(found)].sort((a, b) => a - b));
      expect(found).toEqual(expect.arrayContaining(acknowledged));
    }),
    { numRuns: 15, endOnFailure: true },
  );
});

/** Work until the request with this number, from 0, which S3 does not hear of or answers to nobody. */
async function killedAt(process: RunsProcess, at: number, moment: string, work: () => Promise<void>): Promise<void> {
  let left = at;
  await new Promise<void>((gone, failed) => {
    process.fault = (request) => {
      if (left-- > 0) return undefined;
      kill(process);
      if (moment === "lost") gone();
      else void bucket.aws.handle(request).then(() => gone());
      return new Promise(() => undefined);
    };
    work().then(gone, failed);
  });
  kill(process);
}

test("answers that get lost, conflicts and 503s neither double a line nor lose one, nor cost the lock", async () => {
  const response = (status: number, code: string) => ({
    ...{ status, headers: { "content-type": "application/xml" } },
    body: Buffer.from(`<Error><Code>${code}</Code><Message>made to order</Message></Error>`),
  });
  // Fewer in a row than it takes to give up.
  const trouble = fc.array(fc.constantFrom("lost", "unheard", "conflict", "busy"), { maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(fc.array(trouble, { minLength: 20, maxLength: 20 }), async (troubles) => {
      await arrange();
      const plan = troubles.flatMap((some) => [...some, "fine"]);
      const process = world.process();
      const { run } = await process.open();
      let number = 0;
      process.fault = (request) => {
        const kind = isWrite(request) ? plan[number++] : undefined;
        if (kind === "conflict") return Promise.resolve(response(409, "ConditionalRequestConflict"));
        if (kind === "busy") return Promise.resolve(response(503, "SlowDown"));
        if (kind === "lost") return Promise.reject(new ConnectionReset());
        if (kind !== "unheard") return undefined;
        return bucket.aws.handle(request).then(() => Promise.reject(new ConnectionReset()));
      };
      const wanted = Array.from({ length: 12 }, (_, index) => index);
      for (const one of wanted) {
        await run.append(line(one));
        if (one % 4 === 3) await process.clock.sleep(LEASE_MS / 3); // a renewal
      }
      process.fault = undefined;
      expect(run.lost.aborted).toBe(false);
      await run.close();
      const { replayed } = await world.process().open();
      expect(numbers(replayed)).toEqual(wanted);
    }),
    { numRuns: 10, endOnFailure: true },
  );
});

test("a renewal of which every answer got lost costs no lock: the next one sees whose it is", async () => {
  const process = world.process();
  const { run } = await process.open();
  let unheard = 0;
  process.fault = (request) => {
    if (!isWrite(request) || !request.url.includes("/lock") || unheard === 10) return undefined;
    // The first attempt is done, and so says S3 to the others; nobody hears of any.
    unheard++;
    return bucket.aws.handle(request).then(() => Promise.reject(new ConnectionReset()));
  };
  await process.clock.sleep(LEASE_MS / 3);
  expect(unheard).toBe(10);
  await process.clock.sleep(LEASE_MS);
  expect(run.lost.aborted).toBe(false);
  await run.append(line(1));
});

test("the lock says who has it, in words", async () => {
  await world.process().open();
  expect(JSON.parse(await textOf("runs/lock"))).toMatchObject({ holder: "process 1", released: false });
});
