import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { CreateKeyCommand, DisableKeyCommand, KMSClient, PutKeyPolicyCommand } from "@aws-sdk/client-kms";
import { STSClient } from "@aws-sdk/client-sts";
import type { FaultPlan } from "../../local/faults/plan";
import { presets } from "../../local/faults/presets";
import { digestOf } from "../../local/s3/bodies";
import type { HttpRequest, HttpResponse } from "../../local/service";
import { assumedRole } from "../../src/checks/caller";
import type { Clock } from "../../src/reencrypt/clock";
import { converter } from "../../src/reencrypt/convert";
import { noJournal } from "../../src/reencrypt/journal";
import { paced, type Traffic } from "../../src/reencrypt/pacing";
import { sweepUntilSettled } from "../../src/reencrypt/run";
import { exitCodeOf, Tally } from "../../src/reencrypt/tally";
import { s3Client } from "../../src/s3/clients";
import type { ObjectStore } from "../../src/s3/object-store";
import { openStore, storeKinds, storeOf } from "../s3/stores";
import { account, type LegacyBucket, legacyBucket } from "../support/legacy-bucket";
import { requestHandler } from "../support/request-handler";

const region = "eu-west-1";
const root = `arn:aws:iam::${account}:root`;
const policy = (statement: object) =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] });

/** Time that only passes while somebody sleeps. */
function sleepingClock(): Clock {
  let time = Date.now();
  let turn = 0;
  return {
    now: () => time,
    sleep: async (milliseconds) => {
      time += milliseconds;
    },
    random: () => (turn = (turn + 0.37) % 1),
  };
}

const administrator = (bucket: LegacyBucket) => ({
  region,
  credentials: bucket.client.config.credentials,
  requestHandler: requestHandler(bucket.aws.handle),
});

/** What no change of encryption may touch, of every key. */
const contents = (bucket: LegacyBucket): Map<string, unknown> =>
  new Map(
    [...(bucket.aws.state.s3.buckets.get(bucket.name)?.keys.scan() ?? [])].map(([key, [object]]) => [
      key,
      object.is === "object" && {
        body: object.body.size > 2 ** 20 ? object.body.size : digestOf(object.body, "md5"),
        metadata: object.metadata,
        type: object.headers.ContentType,
        tags: object.tags,
        storageClass: object.storageClass,
      },
    ]),
  );

const keyOf = (bucket: LegacyBucket, name: string): string | undefined => {
  const object = bucket.aws.state.s3.buckets.get(bucket.name)?.keys.get(name)?.[0];
  return object?.is === "object" && "keyArn" in object.encryption ? object.encryption.keyArn : undefined;
};

function seedObjects({ aws, name, otherKeyArn }: LegacyBucket, count: number): void {
  const states = ["none", "AES256", { is: "aws:kms", keyId: otherKeyArn, bucketKey: false, context: {} }] as const;
  for (let index = 0; index < count; index++) {
    aws.seedObject({
      bucket: name,
      key: `key-${String(index).padStart(4, "0")}`,
      body: `content ${index}`,
      encryption: states[index % states.length],
      metadata: { number: String(index) },
      tags: index % 2 ? { team: "blue" } : {},
      contentType: "text/plain",
    });
  }
  aws.seedObject({ bucket: name, key: "large", size: 6 * 1024 ** 3, metadata: { size: "large" } });
}

async function convertAll(bucket: LegacyBucket, store: ObjectStore, faults?: FaultPlan) {
  const traffic: Traffic = { requests: 0, throttled: 0 };
  const clock = sleepingClock();
  const patient = paced(store, {}, clock, traffic);
  const context = await bucket.context(bucket.kmsTarget, { store: patient, clock });
  const tally = new Tally();
  bucket.aws.faults = faults; // the bucket's settings were read before
  const end = await sweepUntilSettled({
    store: patient,
    visit: converter(context),
    journal: noJournal,
    tally,
    versions: "current",
    concurrency: 8,
    maxSweeps: 5,
    stop: new AbortController().signal,
  });
  return { end, traffic, found: tally.through(end.sweeps) };
}

/** Two objects that nobody can convert: their key is disabled, or its policy lets nobody in. */
async function seedPermanentFailures(bucket: LegacyBucket): Promise<void> {
  const kms = new KMSClient(administrator(bucket));
  const [disabled, denied] = await Promise.all(
    ["disabled", "denied"].map(async (key) => {
      const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
      const keyId = KeyMetadata?.Arn ?? "";
      const encryption = { is: "aws:kms", keyId, bucketKey: true, context: {} } as const;
      bucket.aws.seedObject({ bucket: bucket.name, key, body: key, encryption });
      return keyId;
    }),
  );
  await kms.send(new DisableKeyCommand({ KeyId: disabled }));
  const Policy = policy({ Principal: { AWS: root }, Action: ["kms:PutKeyPolicy", "kms:DescribeKey"], Resource: "*" });
  await kms.send(new PutKeyPolicyCommand({ KeyId: denied, Policy }));
}

describe.each(storeKinds)("through the %s store", (kind) => {
  test("of 5 % faults of every kind nothing is left at the end, but what can never succeed is named", async () => {
    const bucket = await legacyBucket();
    seedObjects(bucket, 150);
    await seedPermanentFailures(bucket);
    const before = contents(bucket);
    const store = await storeOf(kind, bucket);
    const faults = { ...presets["mixed"], seed: 5, stallMilliseconds: 0, slowMilliseconds: 0 };
    const { end, found, traffic } = await convertAll(bucket, store, faults);

    expect(end.is).toBe("settled");
    expect(found.exceptions.map(({ key, outcome }) => `${key} ${outcome}`).sort()).toEqual([
      "denied failed",
      "disabled failed",
    ]);
    expect(found.counts.failed).toBe(2);
    expect(exitCodeOf(found)).toBe(1);
    expect(contents(bucket)).toEqual(before);
    for (const name of before.keys()) {
      if (name === "denied" || name === "disabled") continue;
      expect([name, keyOf(bucket, name)]).toEqual([name, bucket.kmsTarget.keyArn]);
    }
    expect(bucket.aws.state.s3.buckets.get(bucket.name)?.uploads.size).toBeLessThanOrEqual(1); // one whose id was lost

    const injected = bucket.log.filter((entry) => entry.injected !== undefined);
    expect(injected.length).toBeGreaterThan(20);
    expect(traffic.throttled).toBeGreaterThan(0);
  });

  test("half of all uses of KMS throttled is patience, and never a failure", async () => {
    const bucket = await legacyBucket();
    seedObjects(bucket, 30);
    const store = await storeOf(kind, bucket);
    const faults = { seed: 3, rates: { "*": { kmsThrottling: 0.25, kmsSlowDown: 0.25 } } };
    const { found, traffic } = await convertAll(bucket, store, faults);
    expect(found.counts).toEqual({ updated: 20, copied: 10, copiedInParts: 1 });
    expect(exitCodeOf(found)).toBe(0);
    expect(traffic.throttledByKms).toBeGreaterThan(10);
  });

  test("credentials that expire during a run are replaced, and nobody hears of it", async () => {
    const bucket = await legacyBucket();
    seedObjects(bucket, 30);
    const iam = new IAMClient(administrator(bucket));
    const RoleName = "conversion";
    const trust = policy({ Principal: { AWS: root }, Action: "sts:AssumeRole" });
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust }));
    const PolicyDocument = policy({ Action: ["s3:*", "kms:*"], Resource: "*" });
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "all", PolicyDocument }));

    // Every session is over after so many requests, whatever its expiration said.
    const left = new Map<string, number>();
    let refused = 0;
    const send = async (request: HttpRequest): Promise<HttpResponse> => {
      const token = request.headers["x-amz-security-token"] ?? "";
      left.set(token, (left.get(token) ?? 60) - 1);
      if ((left.get(token) ?? 0) >= 0) return bucket.aws.handle(request);
      refused++;
      const body = Buffer.from(
        "<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>",
      );
      const headers = { "content-type": "application/xml", "content-length": String(body.length) };
      return { status: 400, headers, body: request.method === "HEAD" ? Buffer.alloc(0) : body };
    };
    const sts = new STSClient(administrator(bucket));
    const credentials = assumedRole(sts, `arn:aws:iam::${account}:role/${RoleName}`);
    const client = s3Client({ region, credentials, concurrency: 8, requestHandler: requestHandler(send) });
    const store = await openStore(kind, { client, send, bucket: bucket.name });
    const { found } = await convertAll(bucket, store);
    expect(found.counts).toEqual({ updated: 20, copied: 10, copiedInParts: 1 });
    expect(found.exceptions).toEqual([]);
    expect(refused).toBeGreaterThan(1);
    expect(left.size).toBeGreaterThan(2);
  });
});
