import { PutBucketPolicyCommand } from "@aws-sdk/client-s3";
import { firstLook } from "../../src/checks/first-look";
import { whyNotThisKey } from "../../src/checks/target-key";
import { type StoreKind, storeKinds, storeOf } from "../s3/stores";
import { account, instantClock, type LegacyBucket, legacyBucket } from "../support/legacy-bucket";

const look = async (kind: StoreKind, bucket: LegacyBucket, expectedBucketOwner?: string) =>
  firstLook({
    store: await storeOf(kind, bucket, expectedBucketOwner),
    bucket: bucket.name,
    account,
    probeKey: "at-rest-probe",
    clock: instantClock,
  });

const deny = async ({ client, name }: LegacyBucket, Action: string) => {
  const Resource = [`arn:aws:s3:::${name}`, `arn:aws:s3:::${name}/*`];
  const Statement = [{ Effect: "Deny", Principal: "*", Action, Resource }];
  const Policy = JSON.stringify({ Version: "2012-10-17", Statement });
  await client.send(new PutBucketPolicyCommand({ Bucket: name, Policy }));
};

const page = (status: number) => ({
  status,
  headers: { "content-type": "text/html" },
  body: Buffer.from("<html><body>It works!</body></html>"),
});

describe.each(storeKinds)("a first look through the %s client", (kind) => {
  test("is content with an empty bucket that may be listed and read", async () => {
    await expect(look(kind, await legacyBucket())).resolves.toBeUndefined();
  });

  test.each([
    ["s3:ListBucket", "s3:ListBucket on s3://acme-uploads is denied"],
    ["s3:GetObject", "s3:GetObject on s3://acme-uploads/* is denied"],
  ])("names %s where it is denied", async (action, message) => {
    const bucket = await legacyBucket();
    await deny(bucket, action);
    await expect(look(kind, bucket)).rejects.toThrow(message);
  });

  test("says that there is no bucket, that it is another account's, and where it is", async () => {
    const bucket = await legacyBucket();
    await expect(look(kind, bucket, "999999999999")).rejects.toThrow("is not of account");
    const stored = bucket.aws.state.s3.buckets.get(bucket.name);
    if (!stored) throw new Error("there is no bucket");
    bucket.aws.state.s3.buckets.set(bucket.name, { ...stored, region: "us-east-2" });
    await expect(look(kind, bucket)).rejects.toThrow("The bucket is in us-east-2");
    bucket.aws.state.s3.buckets.delete(bucket.name);
    await expect(look(kind, bucket)).rejects.toThrow("there is no such bucket");
  });

  test.each([
    ["list-type=2", "500", /5 times no clear answer: InternalError/],
    ["list-type=2", "503", /come back later, 5 times/],
    ["at-rest-probe", "500", /5 times no clear answer: InternalServerError/],
    ["at-rest-probe", "503", /come back later, 5 times/],
  ])("asks again where %s is answered with %s, and says so when it gives up", async (part, status, message) => {
    const bucket = await legacyBucket();
    let left = 2;
    let asked = 0;
    bucket.fault = ({ url, method }) => {
      if (!url.includes(part)) return undefined;
      asked++;
      const code = status === "500" ? "InternalError" : "SlowDown";
      const body = method === "HEAD" ? "" : `<Error><Code>${code}</Code><Message>We are busy.</Message></Error>`;
      return left-- > 0 ? { status: Number(status), headers: {}, body: Buffer.from(body) } : undefined;
    };
    await look(kind, bucket);
    expect(asked).toBe(3);
    left = Number.POSITIVE_INFINITY;
    await expect(look(kind, bucket)).rejects.toThrow(message);
  });

  test.each([200, 404, 502])("finds out a server that is no S3 and answers %d with a page", async (status) => {
    const bucket = await legacyBucket();
    bucket.fault = () => page(status);
    await expect(look(kind, bucket)).rejects.toThrow(/5 times no clear answer: .* this is no S3|cannot be listed/);
  });
});

describe("a key that cannot be the target's", () => {
  const demand = { region: "eu-west-1", account, updates: true };
  test.each([
    ["in another region", `arn:aws:kms:us-east-1:${account}:key/1`, true, "is in us-east-1"],
    ["of another account, for updates", "arn:aws:kms:eu-west-1:222222222222:key/1", true, "is of account 222222222222"],
    ["of another account, for copies", "arn:aws:kms:eu-west-1:222222222222:key/1", false, undefined],
    ["of the bucket's region and account", `arn:aws:kms:eu-west-1:${account}:key/1`, true, undefined],
  ])("%s", (_, keyArn, updates, message) => {
    const why = whyNotThisKey({ ...demand, keyArn, updates });
    if (message === undefined) expect(why).toBeUndefined();
    else expect(why).toContain(message);
  });
});
