import fc from "fast-check";
import { VirtualClock } from "../../bench/pacing/simulation";
import type { Clock } from "../../src/reencrypt/clock";
import { backoff, type Limits, paced, pacer } from "../../src/reencrypt/pacing";
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
    listUploads: next("listUploads"),
    hasAnnotations: next("hasAnnotations"),
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
const copyRequest = {
  key: "a",
  source: { key: "a", ifMatch: '"e"' },
  encryption: { algorithm: "AES256" },
  storageClass: "STANDARD",
  grants: [],
} as const;
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

/** Answers that come later on a clock of their own, with what was sent when. */
const world = (seed: number, limits: Limits, answer: (key: string) => Answer<never> = () => done) => {
  const clock = new VirtualClock(seed);
  const sent: { readonly key: string; readonly at: number; readonly by: string }[] = [];
  let inFlight = 0;
  let most = 0;
  const send = (by: string) => async (request: { readonly key?: string }) => {
    const { key = "" } = request;
    sent.push({ key, at: clock.now(), by });
    most = Math.max(most, ++inFlight);
    await clock.sleep(20 + 30 * clock.random());
    inFlight--;
    return answer(key);
  };
  const names = Object.keys(answering([], [])) as (keyof ObjectStore)[];
  const store = Object.fromEntries(names.map((name) => [name, send(name)])) as unknown as ObjectStore;
  const makePaced = pacer(limits, clock, { requests: 0, throttled: 0 });
  return { clock, sent, store: makePaced(store), another: makePaced(store), most: () => most };
};

const done: Answer<never> = { is: "done", value: undefined as never };

test("no second has more than 1 % more requests than are allowed, reads, writes and two buckets together", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 400 }), fc.integer(), async (maxRequestsPerSecond, seed) => {
      const { clock, sent, store, another } = world(seed, { maxRequestsPerSecond });
      for (let count = 0; count < maxRequestsPerSecond; count++) {
        void store.head({ key: `${count}` });
        void store.updateEncryption({ ...update, key: `${count}` });
        void another.list({ after: `${count}`, limit: 1000 });
      }
      await clock.runUntil(3_500);
      expect(sent).toHaveLength(3 * maxRequestsPerSecond);
      const most = Math.floor(maxRequestsPerSecond * 1.01);
      for (const [index, { at }] of sent.entries()) {
        const later = sent[index + most]?.at;
        if (later !== undefined) expect(later - at).toBeGreaterThanOrEqual(1000);
      }
    }),
    { numRuns: 10 },
  );
});

test("no more requests are in flight than are allowed", async () => {
  const { clock, sent, store, another, most } = world(1, { concurrency: 7 });
  for (let count = 0; count < 100; count++) {
    void store.head({ key: `${count}` });
    void another.copy({ ...copyRequest, key: `${count}` });
  }
  await clock.runUntil(10_000);
  expect(sent).toHaveLength(200);
  expect(most()).toBe(7);
});

test("a slot is given back when a mistake in the program throws", async () => {
  const store = { ...answering([], []), head: () => Promise.reject(new Error("mistake")) };
  const patient = paced(store, { concurrency: 1 }, sleepingClock().clock, { requests: 0, throttled: 0 });
  await expect(patient.head({ key: "a" })).rejects.toThrow("mistake");
  await expect(patient.getTags({ key: "a" })).resolves.toMatchObject({ is: "done" });
});

test.each<Limits>([
  {},
  { maxRequestsPerSecond: 300 },
  { concurrency: 3 },
  { maxRequestsPerSecond: 90, concurrency: 9 },
])("first come, first served: %o", async (limits) => {
  const { clock, sent, store } = world(3, limits);
  const keys = Array.from({ length: 300 }, (_, index) => `${String.fromCharCode(97 + (index % 26))}/${index}`);
  for (const key of keys) void store.updateEncryption({ ...update, key });
  await clock.runUntil(60_000);
  expect(sent).toHaveLength(keys.length);
  const sentAt = new Map(sent.map(({ key, at }) => [key, at]));
  const moments = keys.map((key) => sentAt.get(key) ?? Number.NaN);
  expect(moments).toEqual(moments.toSorted((a, b) => a - b));
});

test("where S3 wishes to be left alone nobody asks it, and KMS is another matter", async () => {
  const until = 4_000;
  const { clock, sent, store } = world(1, {}, (key) =>
    key === "first" ? { is: "throttled", by: "s3", retryAfterMs: until } : done,
  );
  void store.head({ key: "first" });
  await clock.runUntil(100);
  void store.head({ key: "second" });
  void store.updateEncryption(update);
  await clock.runUntil(4_000);
  expect(sent.map(({ by }) => by)).toEqual(["head", "updateEncryption"]);
  await clock.runUntil(10_000);
  expect(sent.filter(({ key }) => key === "second")).toHaveLength(1);
});

test("throttling is heeded also once the clock was set back by an hour", async () => {
  let now = 3_600_000;
  const clock: Clock = {
    now: () => now,
    sleep: async (milliseconds) => {
      now += milliseconds;
    },
    random: () => 0.5,
  };
  let asked = 0;
  const throttledAtFirst: ObjectStore["head"] = async () => {
    now += 5;
    return asked++ % 2 === 0 ? { is: "throttled", by: "s3" } : { is: "refused", status: 404, code: "", message: "" };
  };
  const store = paced({ ...answering([], []), head: throttledAtFirst }, {}, clock, { requests: 0, throttled: 0 });
  await store.head({ key: "a" });
  now = 0;
  for (let object = 0; object < 100; object++) await store.head({ key: "a" });
  expect(store.limits().reads[0]?.ceiling).toBeDefined();
});

test("a day that S3 wishes to be left alone is cut to a minute", async () => {
  const { clock, sent, store } = world(1, {}, () => ({ is: "throttled", by: "s3", retryAfterMs: 86_400_000 }));
  void store.head({ key: "a" });
  await clock.runUntil(62_000);
  expect(sent).toHaveLength(2);
});

test("KMS throttles what needs a key, and nothing else waits for it", async () => {
  const { clock, sent, store } = world(1, {}, (key) =>
    key.startsWith("kms") ? { is: "throttled", by: "kms", retryAfterMs: 3_000 } : done,
  );
  void store.copy({ ...copyRequest, key: "kms" });
  await clock.runUntil(100);
  void store.head({ key: "a", checksum: true });
  void store.head({ key: "b" });
  void store.abortUpload({ key: "c", uploadId: "u" });
  await clock.runUntil(2_000);
  expect(sent.map(({ key }) => key)).toEqual(["kms", "b", "c"]);
  await clock.runUntil(10_000);
  expect(sent.filter(({ key }) => key === "a")).toHaveLength(1);
});

test("whatever is throttled, every request comes to an end", async () => {
  const requests = fc.array(
    fc.record({
      key: fc.string({ maxLength: 3 }),
      by: fc.constantFrom("s3", "kms"),
      times: fc.nat(4),
      retryAfterMs: fc.option(fc.nat(2_000), { nil: undefined }),
    }),
    { minLength: 1, maxLength: 120 },
  );
  await fc.assert(
    fc.asyncProperty(requests, fc.integer({ min: 1, max: 20 }), fc.integer(), async (all, concurrency, seed) => {
      const left = new Map(all.map((request, index) => [`${request.key}/${index}`, { ...request }]));
      const { clock, store } = world(seed, { concurrency, maxRequestsPerSecond: 200 }, (key) => {
        const request = left.get(key);
        if (!request || request.times-- <= 0) return done;
        return { is: "throttled", by: request.by, retryAfterMs: request.retryAfterMs };
      });
      const ended: string[] = [];
      for (const key of left.keys()) void store.copy({ ...copyRequest, key }).then(({ is }) => ended.push(is));
      await clock.runUntil(120_000);
      expect(ended).toEqual(all.map(() => "done"));
    }),
    { numRuns: 15 },
  );
});
