import fc from "fast-check";
import type { Clock } from "../../src/reencrypt/clock";
import { backoff, paced } from "../../src/reencrypt/pacing";
import type { Answer, ObjectState, ObjectStore } from "../../src/s3/object-store";

/** Time passes only while somebody sleeps. */
const sleepingClock = () => {
  let now = 0;
  const slept: number[] = [];
  const clock: Clock = {
    now: () => now,
    sleep: async (milliseconds) => {
      slept.push(milliseconds);
      now += milliseconds;
    },
    random: () => 1,
  };
  return { clock, slept };
};

const answering = (answers: Answer<ObjectState>[], asked: string[]): ObjectStore => {
  const next = (operation: string) => async () => {
    asked.push(operation);
    return (answers.shift() ?? { is: "done", value: undefined }) as Answer<never>;
  };
  return {
    list: next("list"),
    listVersions: next("listVersions"),
    head: next("head"),
    getTags: next("getTags"),
    getAcl: next("getAcl"),
    copy: next("copy"),
    updateEncryption: next("updateEncryption"),
    createUpload: next("createUpload"),
    copyPart: next("copyPart"),
    completeUpload: next("completeUpload"),
    abortUpload: next("abortUpload"),
  };
};

const throttled = { is: "throttled", by: "s3" } as const;
const unknown = { is: "unknown", cause: "reset" } as const;
const refused = { is: "refused", status: 403, code: "AccessDenied", message: "" } as const;
const upload = { key: "a", uploadId: "u" };
const update = { key: "a", encryption: { algorithm: "aws:kms", keyArn: "k", bucketKey: true } } as const;

const asking = async (answers: Answer<ObjectState>[], ask: (store: ObjectStore) => Promise<Answer<unknown>>) => {
  const asked: string[] = [];
  const traffic = { requests: 0, throttled: 0 };
  const { clock, slept } = sleepingClock();
  const answer = await ask(paced(answering(answers, asked), {}, clock, traffic));
  return { answer: answer.is, asked: asked.length, traffic, slept };
};

test("what was throttled is asked again, reads and writes alike", async () => {
  const traffic = { requests: 3, throttled: 2 };
  expect(await asking([throttled, throttled], (store) => store.head({ key: "a" }))).toMatchObject({
    asked: 3,
    traffic,
  });
  expect(await asking([throttled, throttled], (store) => store.updateEncryption(update))).toMatchObject({
    asked: 3,
    traffic,
  });
});

test("an unknown read is asked again, an unknown write is handed on", async () => {
  expect(await asking([unknown, unknown], (store) => store.head({ key: "a" }))).toMatchObject({
    answer: "done",
    asked: 3,
  });
  expect(await asking([unknown], (store) => store.updateEncryption(update))).toMatchObject({
    answer: "unknown",
    asked: 1,
  });
  expect(await asking([unknown], (store) => store.abortUpload(upload))).toMatchObject({ answer: "unknown", asked: 1 });
});

test("what is refused is not asked again", async () => {
  expect(await asking([refused], (store) => store.head({ key: "a" }))).toMatchObject({ answer: "refused", asked: 1 });
});

test("patience ends", async () => {
  const { answer, asked, slept } = await asking(Array(50).fill(throttled), (store) => store.head({ key: "a" }));
  expect({ answer, asked }).toEqual({ answer: "throttled", asked: 10 });
  expect(slept).toEqual([200, 400, 800, 1600, 3200, 6400, 12_800, 20_000, 20_000]);
});

test("S3's own wish to be left alone is heard", async () => {
  const { slept } = await asking([{ ...throttled, retryAfterMs: 5_000 }], (store) => store.head({ key: "a" }));
  expect(slept).toEqual([5_200]);
});

test("a pause is never longer than it may be, nor shorter than S3 asked for", () => {
  fc.assert(
    fc.property(fc.nat(100), fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(60_000), (attempt, random, asked) => {
      const pause = backoff(attempt, random, asked);
      expect(pause).toBeGreaterThanOrEqual(asked);
      expect(pause).toBeLessThanOrEqual(asked + 20_000);
    }),
  );
});

test("no more requests start in a second than are allowed", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 60 }), async (rate, requests) => {
      // Everybody sleeps at once: each wakes at the time that was due.
      const started: number[] = [];
      const clock: Clock = {
        now: () => 0,
        sleep: async (milliseconds) => void started.push(milliseconds),
        random: () => 0,
      };
      const asked: string[] = [];
      const store = paced(answering([], asked), { maxRequestsPerSecond: rate }, clock, { requests: 0, throttled: 0 });
      await Promise.all(Array.from({ length: requests }, () => store.head({ key: "a" })));
      expect(asked).toHaveLength(requests);
      const starts = [0, ...started].sort((a, b) => a - b);
      for (const [index, start] of starts.entries()) {
        const later = starts[index + rate];
        if (later !== undefined) expect(later - start).toBeGreaterThanOrEqual(1000 - 1e-6);
      }
    }),
  );
});
