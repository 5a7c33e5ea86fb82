import { readFileSync } from "node:fs";
import { ListObjectVersionsCommand, PutBucketEncryptionCommand, PutBucketPolicyCommand } from "@aws-sdk/client-s3";
import { observedPath, preflightPath } from "../../src/fleet/names";
import { parsePreflightRecord } from "../../src/fleet/preflight-record";
import { folderOf } from "../checks/preflight/logs/arrange";
import { assumedRole, cloudTrailFile, type EventFields } from "../checks/preflight/logs/shapes";
import { type AtRestWorld, account, atRestWorld, bucket, region } from "../support/at-rest-world";

let world: AtRestWorld;
beforeAll(async () => {
  world = await atRestWorld();
});
afterAll(() => world.close());

test("preflight changes nothing, records what it found, and gives the same bytes again", async () => {
  world.fleet("prepare");
  const before = world.writes.length;
  const first = await world.atRest("preflight", "--json");
  expect(first.stderr).toContain(`s3://${bucket} (${region}, account ${account}): 0 errors, `);
  expect(first.exitCode).toBe(0);
  expect(world.writes.slice(before).filter((operation) => !/^(Describe|Simulate)/.test(operation))).toEqual([]);

  const path = preflightPath(world.directory, account, region, bucket);
  const recorded = readFileSync(path, "utf8");
  expect(JSON.parse(first.stdout)).toEqual(JSON.parse(recorded));
  expect(JSON.parse(recorded).findings).toContainEqual(expect.objectContaining({ id: "key-rotation-off" }));
  expect((await world.atRest("preflight")).stderr).toContain("as before");
  expect(readFileSync(path, "utf8")).toBe(recorded);
});

test("canaries are tried and removed, and a fleet's account that cannot be entered is exit code 2", async () => {
  world.fleet("prepare");
  expect(await world.atRest("preflight", "--canary")).toMatchObject({ exitCode: 0 });
  expect(world.writes).toContain("UpdateObjectEncryption");
  expect((await world.s3.send(new ListObjectVersionsCommand({ Bucket: bucket }))).Versions ?? []).toEqual([]);

  const { exitCode, stderr } = await world.atRest("preflight", "--role-arn", `arn:aws:iam::${account}:role/nobody`);
  expect(exitCode).toBe(2);
  expect(stderr).toContain("could not be assumed");
});

test("stage enforce asks for evidence, which CloudTrail's files give: the record stays the same, what was observed is beside it", async () => {
  world.fleet("encrypt");
  const without = await world.atRest("preflight", "--stage", "enforce");
  expect(without.exitCode).toBe(1);
  expect(without.stderr).toContain("headers-not-known");

  const day = (ago: number) => new Date(Date.now() - ago * 86_400_000).toISOString();
  const role = { identity: assumedRole("app") };
  const good = {
    parameters: {
      "x-amz-server-side-encryption": "aws:kms",
      "x-amz-server-side-encryption-aws-kms-key-id": world.keyArn,
    },
    extra: { SSEApplied: "SSE_KMS" },
  };
  const events = (...more: EventFields[]) =>
    cloudTrailFile({ ...role, ...good, time: day(8) }, { ...role, ...good, time: day(1) }, ...more);
  const path = preflightPath(world.directory, account, region, bucket);
  const observed = () => JSON.parse(readFileSync(observedPath(world.directory, account, region, bucket), "utf8"));
  const preflight = (folder: string) => world.atRest("preflight", "--stage", "enforce", "--cloudtrail", folder);

  expect(await preflight(folderOf({ "a.json.gz": events() }))).toMatchObject({ exitCode: 0 });
  const recorded = readFileSync(path, "utf8");
  expect(parsePreflightRecord(recorded)).toMatchObject({ stage: "encrypt", judgedFor: "enforce" });
  expect(observed()).toMatchObject({ records: 2, unread: 0, period: { dataEvents: { to: day(1).slice(0, 10) } } });
  await preflight(folderOf({ "a.json.gz": events({ ...role, ...good, time: day(2) }) }));
  expect(readFileSync(path, "utf8")).toBe(recorded);
  expect(observed()).toMatchObject({ records: 3 });

  const headerless = await preflight(folderOf({ "a.json": events({ ...role, time: day(2) }), "b.json": "{" }));
  expect(headerless.exitCode).toBe(1);
  const app = `arn:aws:iam::${account}:role/app`;
  expect(headerless.stderr).toContain(`${app} writes without an encryption header`);
  expect(headerless.stderr).toContain(`seen: ${app}: missing-header, 1 times, last on ${day(2).slice(0, 10)}`);
  expect(headerless.stderr).toMatch(/not read: .*b\.json: Error: it ends within, after 0 whole records/);
});

test("what is left to another owner is printed to be pasted, and is in force once it was", async () => {
  const external = "policy: external, defaultEncryption: external";
  world.fleet("encrypt", {}, external);
  const before = await world.atRest("preflight", "--json");
  expect(before.exitCode).toBe(0);
  expect(before.stderr).toContain("owners-policy-lacks");
  const { statements, defaultEncryption } = JSON.parse(before.stdout).owners;
  // New buckets block SSE-C already.
  expect(statements.map(({ Sid }: { Sid: string }) => Sid)).toEqual([
    "AtRestDenyIncorrectEncryptionHeader",
    "AtRestDenyKmsWithoutKeyId",
    "AtRestDenyIncorrectKmsKey",
    "AtRestDenyInsecureTransport",
  ]);
  const printed = [...before.stderr.matchAll(/^([[{]\n[\s\S]*?^[\]}])$/gm)].map(([json]) => JSON.parse(json));
  expect(printed).toEqual([statements, defaultEncryption]);
  const audited = await world.atRest("audit");
  expect(audited.exitCode).toBe(1);
  expect(audited.stderr).toMatch(/plain-http .*the policy is its owner's: at-rest preflight prints what it lacks/);

  // As its owner, beside a statement of its own.
  const own = { Sid: "Own", Effect: "Allow", Principal: { AWS: account }, Action: "s3:GetObject" };
  const Statement = [{ ...own, Resource: `arn:aws:s3:::${bucket}/*` }, ...statements];
  const Policy = JSON.stringify({ Version: "2012-10-17", Statement });
  await world.s3.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }));
  await world.s3.send(
    new PutBucketEncryptionCommand({ Bucket: bucket, ServerSideEncryptionConfiguration: defaultEncryption }),
  );
  const after = await world.atRest("preflight", "--json");
  expect(JSON.parse(after.stdout)).not.toHaveProperty("owners");
  expect(after.stderr).not.toContain("owners-");
  const passed = (await world.atRest("audit")).stderr;
  expect(passed).not.toMatch(/fail +(wrong-algorithm|kms-without-key-id|another-key|sse-c|plain-http|default-enc)/);

  // For the next stage, just what is new.
  const ahead = await world.atRest("preflight", "--stage", "enforce", "--json");
  expect(JSON.parse(ahead.stdout).owners).toMatchObject({
    statements: [{ Sid: "AtRestDenyUnencryptedObjectUploads" }],
    defaultEncryption: null,
  });
});
