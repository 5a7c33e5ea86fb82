import { VirtualClock } from "../../bench/pacing/simulation";
import { signed } from "../../bench/signed";
import { createLocalAws } from "../../local/aws";
import { createBucket } from "../../local/s3/state";
import { pacer } from "../../src/reencrypt/pacing";
import { leanStore } from "../../src/s3/lean/lean-store";

const account = "111111111111";
const origin = "https://s3.us-east-1.amazonaws.com";
const bucket = "acme-uploads";
const BEGIN = Date.UTC(2026, 10, 27);

/** Writes a second that the prefix takes, and from when on, in milliseconds. */
const STEPS = [
  { from: 0, perSecond: 3_500 },
  { from: 5_000, perSecond: 1_000 },
  { from: 29_000, perSecond: 3_500 },
];
const SECONDS = 38;
/** That an application writes to the same prefix, whatever comes of it. */
const APPLICATION = 500;
const WORKERS = 160;

interface Second {
  done: number;
  throttled: number;
  applicationDone: number;
  applicationThrottled: number;
}

/** The product's pacing and client against the local AWS's own token buckets, in virtual time. */
async function run(seed: number) {
  const clock = new VirtualClock(seed);
  const now = () => BEGIN + clock.now();
  const aws = createLocalAws({ now, sleep: clock.sleep.bind(clock) });
  const credentials = aws.addAccount(account);
  aws.state.s3.buckets.set(
    bucket,
    createBucket({ name: bucket, account, region: "us-east-1", partition: "aws", createdAt: BEGIN }),
  );
  aws.faults = { capacity: [{ prefix: "data/", writesPerSecond: STEPS }] };
  const seconds = Array.from(
    { length: SECONDS },
    (): Second => ({
      done: 0,
      throttled: 0,
      applicationDone: 0,
      applicationThrottled: 0,
    }),
  );
  const count = (what: keyof Second) => {
    const second = seconds[Math.floor(clock.now() / 1000)];
    if (second) second[what]++;
  };
  const onTheWay = () => clock.sleep(2 + 6 * clock.random());

  const store = leanStore({
    bucket,
    endpoint: { origin, host: new URL(origin).host, path: `/${bucket}`, signingRegion: "us-east-1" },
    identity: { current: () => credentials, renewed: async () => credentials },
    expectedBucketOwner: account,
    now,
    send: async (request) => {
      await onTheWay();
      const response = await aws.handle(request);
      count(response.status === 503 ? "throttled" : "done");
      await clock.sleep(response.status === 503 ? 5 : 10 + 30 * clock.random());
      return response;
    },
  });
  const paced = pacer({}, clock, { requests: 0, throttled: 0 })(store);
  let number = 0;
  const worker = async (): Promise<never> => {
    // A write that has little to do, so that the test has not either.
    for (;;) await paced.abortUpload({ key: `data/${number++ % 16}/${number}`, uploadId: "none" });
  };
  for (let count = 0; count < WORKERS; count++) void worker();

  const write = async () => {
    await onTheWay();
    const request = { method: "DELETE", path: `/${bucket}/data/theirs` };
    const { status } = await aws.handle(signed(origin, request, credentials, "s3", now()));
    count(status === 503 ? "applicationThrottled" : "applicationDone");
  };
  const application = async (): Promise<never> => {
    for (let due = 0; ; ) {
      due += (2000 / APPLICATION) * clock.random();
      if (due > clock.now()) await clock.sleep(due - clock.now());
      void write();
    }
  };
  void application();
  await clock.runUntil(SECONDS * 1000 - 1);
  return { seconds, limits: paced.limits() };
}

const sumOf = (seconds: readonly Second[], what: keyof Second): number =>
  seconds.reduce((sum, second) => sum + second[what], 0);

test("the local AWS's own capacity, stepping and shared with an application, is used and not passed", async () => {
  const { seconds, limits } = await run(1);
  const leftAt = (second: number): number =>
    (STEPS.findLast(({ from }) => from <= second * 1000)?.perSecond ?? 0) - APPLICATION;

  for (const { from } of STEPS) {
    const first = from / 1000;
    const settled = seconds.findIndex(
      ({ done, throttled }, second) => second >= first && done >= 0.9 * leftAt(second) && throttled <= 0.02 * done,
    );
    expect(settled).toBeGreaterThanOrEqual(0);
    expect(settled - first).toBeLessThan(10);
  }
  const onceSettled = seconds.slice(15, 29);
  expect(sumOf(onceSettled, "done")).toBeGreaterThan(0.9 * onceSettled.length * leftAt(15));

  const shareOf = (part: keyof Second, rest: keyof Second) =>
    sumOf(seconds, part) / (sumOf(seconds, part) + sumOf(seconds, rest));
  expect(shareOf("throttled", "done")).toBeLessThan(0.02);
  expect(shareOf("applicationThrottled", "applicationDone")).toBeLessThan(0.01);
  // Without a single one there would have been nothing to adapt to.
  expect(sumOf(seconds, "applicationThrottled")).toBeGreaterThan(0);
  expect(limits.writes).toEqual([{ from: null, rate: expect.any(Number), ceiling: expect.any(Number) }]);
}, 600_000);
