import { readBucketTraits } from "../../src/checks/bucket-traits";
import { ATTEMPTS_OF_SETTINGS, s3Client } from "../../src/s3/clients";
import { probeUpdate } from "../../src/s3/update-probe";
import { account, type LegacyBucket, legacyBucket } from "../support/legacy-bucket";
import { requestHandler } from "../support/request-handler";

const region = "eu-west-1";

/** As the commands read settings, at a server that fails so many times in a row. */
function failing(bucket: LegacyBucket, times: number, fail: () => ReturnType<typeof bucket.aws.handle>) {
  let left = times;
  let asked = 0;
  const handler = requestHandler(async (request) => {
    asked++;
    return left-- > 0 ? fail() : bucket.aws.handle(request);
  });
  const { credentials } = bucket.client.config;
  const client = s3Client({
    region,
    credentials,
    concurrency: 1,
    attempts: ATTEMPTS_OF_SETTINGS,
    requestHandler: handler,
  });
  return { client, asked: () => asked };
}

const answer = (status: number, code: string) => async () => ({
  status,
  headers: { "content-type": "application/xml" },
  body: Buffer.from(`<Error><Code>${code}</Code><Message>Not now.</Message></Error>`),
});

const reset = async () => {
  throw Object.assign(new Error("other side closed"), { name: "SocketError", code: "ECONNRESET" });
};

const failures: [string, () => ReturnType<LegacyBucket["aws"]["handle"]>][] = [
  ["500 InternalError", answer(500, "InternalError")],
  ["503 SlowDown", answer(503, "SlowDown")],
  ["400 RequestTimeout", answer(400, "RequestTimeout")],
  ["a connection that is reset", reset],
];

test.each(failures)("what is read of a bucket before a run is asked for again after %s", async (_, fail) => {
  const bucket = await legacyBucket({ versioning: "Enabled" });
  const { client, asked } = failing(bucket, 2, fail);
  const traits = await readBucketTraits({ client, bucket: bucket.name, expectedBucketOwner: account });
  expect(traits).toMatchObject({ versioning: "Enabled", objectLock: false });
  expect(asked()).toBeGreaterThan(3);
});

test.each(failures)("the probe for updates asks again after %s", async (_, fail) => {
  const bucket = await legacyBucket();
  const { client } = failing(bucket, 2, fail);
  const { name, kmsTarget: encryption } = bucket;
  const probe = { client, bucket: name, expectedBucketOwner: account, key: "at-rest-probe", encryption };
  expect(await probeUpdate(probe)).toEqual({ is: "there" });
});

test("a setting that cannot be had says how often it was asked for", async () => {
  const bucket = await legacyBucket();
  const { client, asked } = failing(bucket, Number.POSITIVE_INFINITY, answer(500, "InternalError"));
  const read = readBucketTraits({ client, bucket: bucket.name, expectedBucketOwner: account });
  await expect(read).rejects.toThrow(`InternalError: Not now. (asked ${ATTEMPTS_OF_SETTINGS} times)`);
  expect(asked()).toBe(ATTEMPTS_OF_SETTINGS);
});

test("what is denied is denied at once", async () => {
  const bucket = await legacyBucket();
  const { client, asked } = failing(bucket, 1, answer(403, "AccessDenied"));
  const read = readBucketTraits({ client, bucket: bucket.name, expectedBucketOwner: account });
  await expect(read).rejects.toThrow("s3:GetBucketVersioning is denied to this caller");
  expect(asked()).toBe(1);
});
