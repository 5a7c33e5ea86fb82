import { appendFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  DeleteBucketPolicyCommand,
  DeleteBucketTaggingCommand,
  GetBucketPolicyCommand,
  PutBucketEncryptionCommand,
  PutBucketPolicyCommand,
  PutBucketTaggingCommand,
} from "@aws-sdk/client-s3";
import { snapshotPath } from "../../src/fleet/names";
import { bucketSnapshot, formatSnapshot } from "../../src/fleet/snapshot";
import { type AtRestWorld, account, atRestWorld, bucket, region } from "../support/at-rest-world";
import { firstVersionOf } from "../support/snapshots";

let world: AtRestWorld;
let path: string;
beforeAll(async () => {
  world = await atRestWorld();
  path = snapshotPath(world.directory, account, region, bucket);
});
beforeEach(() => {
  world.fleet("prepare");
  rmSync(path, { force: true });
});
afterAll(() => world.close());

const written = () => readFileSync(path, "utf8");
const putPolicy = (...Statement: object[]) =>
  world.s3.send(
    new PutBucketPolicyCommand({ Bucket: bucket, Policy: JSON.stringify({ Version: "2012-10-17", Statement }) }),
  );

test("a snapshot says what is live without our statements and our encryption, and a second one changes no byte", async () => {
  const statement = (Sid: string) => ({
    Sid,
    Effect: "Deny",
    Principal: "*",
    Action: "s3:*",
    Resource: `arn:aws:s3:::${bucket}/*`,
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  });
  const theirs = { ...statement("Theirs"), Condition: { StringEquals: { "aws:PrincipalAccount": "999999999999" } } };
  await putPolicy(theirs);

  expect(await world.atRest("snapshot")).toMatchObject({ exitCode: 0 });
  const first = written();
  expect(JSON.parse(first)).toMatchObject({
    policy: { Version: "2012-10-17", Statement: [theirs] },
    defaultEncryption: { algorithm: "AES256" },
    versioning: "Disabled",
    objectOwnership: "BucketOwnerEnforced",
    objectLock: false,
    publicAccessBlock: { blockPublicAcls: true },
  });
  const { Policy = "" } = await world.s3.send(new GetBucketPolicyCommand({ Bucket: bucket }));
  expect(JSON.parse(Policy).Statement).toEqual([theirs]);
  await putPolicy(theirs, { ...theirs, Sid: "AtRestSomething" });
  const own = { SSEAlgorithm: "aws:kms", KMSMasterKeyID: world.keyArn } as const;
  await world.s3.send(
    new PutBucketEncryptionCommand({
      Bucket: bucket,
      ServerSideEncryptionConfiguration: {
        Rules: [{ ApplyServerSideEncryptionByDefault: own, BucketKeyEnabled: true }],
      },
    }),
  );
  await world.atRest("snapshot");
  expect(written()).toBe(first);
  expect((await world.atRest("snapshot", "--check")).exitCode).toBe(0);
  writeFileSync(path, first.replace("Disabled", "Suspended"));
  expect((await world.atRest("snapshot", "--check")).exitCode).toBe(1);
});

test("what somebody else changed since then is named, and the exit code tells", async () => {
  await world.atRest("snapshot");
  const TagSet = [{ Key: "team", Value: "blue" }];
  await world.s3.send(new PutBucketTaggingCommand({ Bucket: bucket, Tagging: { TagSet } }));
  const { exitCode, stdout, stderr } = await world.atRest("snapshot", "--check", "--json");
  expect(exitCode).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    bucket,
    is: "not what is live",
    because: ['tags.team: the snapshot has nothing, live is "blue"'],
  });
  expect(stderr).toContain("tags.team: the snapshot has nothing");
  await world.s3.send(new DeleteBucketTaggingCommand({ Bucket: bucket }));
});

test("a snapshot of version 1 is no longer enough for a check and is taken anew; a file that is none is left alone", async () => {
  await world.atRest("snapshot");
  const now = written();
  const full = bucketSnapshot.parse(JSON.parse(now));
  if (full.version === 1) throw new Error("it was written as version 1");
  writeFileSync(path, formatSnapshot(firstVersionOf(full)));
  const { exitCode, stderr } = await world.atRest("snapshot", "--check");
  expect(exitCode).toBe(1);
  expect(stderr).toContain("it is of version 1, which had no defaultRetention");
  await world.atRest("snapshot");
  expect(written()).toBe(now);

  writeFileSync(path, now.slice(1));
  const broken = await world.atRest("snapshot");
  expect(broken.stderr).toContain("is no snapshot: take it back from git");
  expect(broken.exitCode).toBe(2);
  expect(written()).toBe(now.slice(1));
});

test("a deleted principal is reported, and dropped once the fleet consents", async () => {
  const id = "AROAEXAMPLEID23456789";
  const allow = (AWS: string) => ({
    Effect: "Allow",
    Principal: { AWS },
    Action: "s3:GetObject",
    Resource: `arn:aws:s3:::${bucket}/*`,
  });
  await putPolicy(allow(`arn:aws:iam::${account}:root`));
  const stored = world.aws.state.s3.buckets.get(bucket)?.settings;
  if (!stored?.policy) throw new Error("no policy was stored");
  stored.policy = stored.policy.replaceAll(`arn:aws:iam::${account}:root`, id);

  const reported = await world.atRest("snapshot");
  expect(reported.stderr).toContain(`To drop it: dropPrincipals: [${id}] at ${bucket} in the fleet`);
  expect(written()).toContain(id);
  const fleet = join(world.directory, "fleet.yaml");
  writeFileSync(
    fleet,
    readFileSync(fleet, "utf8").replace("stage: prepare", `stage: prepare, dropPrincipals: [${id}]`),
  );
  expect((await world.atRest("snapshot")).stderr).not.toContain("To drop it");
  expect(written()).not.toContain(id);
  expect((await world.atRest("snapshot", "--check")).exitCode).toBe(0);
  await world.s3.send(new DeleteBucketPolicyCommand({ Bucket: bucket }));
});

test("once the stack has answered, its role reads; the caller does where no role is to be assumed", async () => {
  const nobody = `arn:aws:iam::${account}:role/nobody`;
  world.fleet("prepare", { roleArn: nobody });
  const { exitCode, stderr } = await world.atRest("snapshot");
  expect(exitCode).toBe(2);
  expect(stderr).toContain(`${nobody} could not be assumed`);
  expect((await world.atRest("snapshot", "--no-assume-role")).exitCode).toBe(0);
});

test("an account that cannot be entered and a bucket that cannot be read hide no other", async () => {
  const fleet = join(world.directory, "fleet.yaml");
  const text = readFileSync(fleet, "utf8").replace("[{ name: ", "[{ name: acme-nowhere }, { name: ");
  writeFileSync(fleet, text);
  appendFileSync(
    fleet,
    `  - { name: other, id: "222222222222", planRole: nobody, regions: { eu-west-1: { buckets: [{ name: acme-other }] } } }\n`,
  );
  const { exitCode, stdout, stderr } = await world.atRest("snapshot", "--json");
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/^s3:\/\/acme-nowhere: NoSuchBucket/m);
  expect(stderr).toMatch(/could not be assumed.*Let the caller assume it.*[^.]\. Its snapshot was left as it is\.$/m);
  const outcomes = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(outcomes).toMatchObject([
    { bucket: "acme-nowhere", is: "not read", because: [expect.stringContaining("NoSuchBucket")] },
    { bucket, is: "written" },
    { bucket: "acme-other", is: "not read", because: [expect.stringContaining("could not be assumed")] },
  ]);
});
