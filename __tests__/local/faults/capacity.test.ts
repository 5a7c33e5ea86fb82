import { GenerateDataKeyCommand } from "@aws-sdk/client-kms";
import { HeadObjectCommand, ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3";
import fc from "fast-check";
import type { FaultPlan, PerSecond } from "../../../local/faults/plan";
import { TokenBucket } from "../../../local/faults/token-bucket";
import { refusal } from "../s3/world";
import { Bucket, faultyWorld } from "./world";

/** How many are admitted in each second, where as many come as there are milliseconds, several in each. */
function admittedInSeconds(rate: PerSecond, seconds: number): number[] {
  const bucket = new TokenBucket(rate, 100);
  return Array.from({ length: seconds }, (_, second) => {
    let admitted = 0;
    for (let tick = 0; tick < 5_000; tick += 1) if (bucket.take(second * 1000 + tick / 5)) admitted += 1;
    return admitted;
  });
}

test("a capacity that steps admits what each step says, and no more than the burst beyond it", () => {
  const steps = [
    { from: 0, perSecond: 3_500 },
    { from: 2_000, perSecond: 1_000 },
    { from: 4_000, perSecond: 3_500 },
  ];
  const admitted = admittedInSeconds(steps, 6);
  const expected = [3_500, 3_500, 1_000, 1_000, 3_500, 3_500];
  for (const [second, count] of admitted.entries()) {
    expect(count).toBeGreaterThanOrEqual((expected[second] ?? 0) - 1);
    expect(count).toBeLessThanOrEqual((expected[second] ?? 0) + 351);
  }
});

test("in no stretch of time is more admitted than rate and burst allow, whenever requests come", () => {
  const gaps = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(gaps, fc.integer({ min: 1, max: 50 }), (pauses, perSecond) => {
      const bucket = new TokenBucket(perSecond, 100);
      let now = 0;
      const times = pauses.flatMap((pause) => {
        now += pause;
        return bucket.take(now) ? [now] : [];
      });
      const burst = Math.max(1, perSecond / 10);
      for (const [first, from] of times.entries()) {
        for (let last = first; last < times.length; last += 1) {
          const allowed = burst + (perSecond * ((times[last] ?? 0) - from)) / 1000;
          expect(last - first + 1).toBeLessThanOrEqual(allowed + 1e-6);
        }
      }
    }),
  );
});

/** A capacity of one a second and no more than that at once. */
const one = (prefix: string): FaultPlan => ({ capacity: [{ prefix, writesPerSecond: 1, readsPerSecond: 1 }] });
const put = (Key: string) => new PutObjectCommand({ Bucket, Key, Body: "body" });
const slowDown = { code: "SlowDown", status: 503, message: "Please reduce your request rate." };

test("what a prefix cannot take is answered SlowDown, and time brings it back", async () => {
  const { aws, s3, pass } = await faultyWorld();
  aws.faults = one("hot/");
  await s3.send(put("hot/1"));
  expect(await refusal(s3.send(put("hot/2")))).toMatchObject(slowDown);
  pass(1_000);
  await s3.send(put("hot/2"));
});

test("writes, reads and other prefixes each have their own, and a list counts by the prefix that it asks for", async () => {
  const { aws, s3 } = await faultyWorld();
  aws.faults = { capacity: [...(one("").capacity ?? []), ...(one("hot/").capacity ?? [])] };
  await s3.send(put("hot/1"));
  await s3.send(put("cold"));
  await s3.send(new HeadObjectCommand({ Bucket, Key: "hot/1" }));
  await s3.send(new ListObjectsV2Command({ Bucket, Prefix: "cold" }));
  const list = s3.send(new ListObjectsV2Command({ Bucket, Prefix: "hot/" }));
  expect(await refusal(list)).toMatchObject(slowDown);
});

test("KMS's quota is S3's and the caller's together; under a bucket key S3 asks once", async () => {
  const { aws, s3, kms, keyArn, pass } = await faultyWorld();
  aws.faults = { kmsPerSecond: 1 };
  const sealed = (Key: string, BucketKeyEnabled: boolean) =>
    new PutObjectCommand({
      Bucket,
      Key,
      Body: "sealed",
      ServerSideEncryption: "aws:kms",
      SSEKMSKeyId: keyArn,
      BucketKeyEnabled,
    });
  const ofKms = "Please reduce your request rate for operations involving AWS KMS.";
  await s3.send(sealed("a", false));
  expect(await refusal(s3.send(sealed("b", false)))).toMatchObject({ code: "SlowDown", status: 503, message: ofKms });
  const direct = new GenerateDataKeyCommand({ KeyId: keyArn, KeySpec: "AES_256" });
  expect(await refusal(kms.send(direct))).toMatchObject({ code: "ThrottlingException", status: 400 });
  pass(1_000);
  for (const key of ["c", "d", "e"]) await s3.send(sealed(key, true));
  expect(await refusal(s3.send(sealed("f", false)))).toMatchObject({ message: ofKms });
});
