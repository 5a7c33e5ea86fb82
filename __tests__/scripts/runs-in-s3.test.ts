import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CreateKeyCommand } from "@aws-sdk/client-kms";
import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketPolicyCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
} from "@aws-sdk/client-s3";
import { type AtRestWorld, atRestWorld, bucket, ended, region } from "../support/at-rest-world";

const runs = "acme-runs";
const place = `s3://${runs}/conversions`;
/** A lease is thirty seconds, and processes have no other clock than the real one. */
const LEASES = 180_000;

let world: AtRestWorld;
beforeEach(async () => {
  world = await atRestWorld();
  const CreateBucketConfiguration = { LocationConstraint: region } as const;
  await world.s3.send(new CreateBucketCommand({ Bucket: runs, CreateBucketConfiguration }));
});
afterEach(() => world.close());

const to = (keyArn: string) => ["--bucket", bucket, "--sse", "aws:kms", "--kms-key-arn", keyArn, "--yes"];
const words = (...more: string[]) => ["reencrypt", ...to(world.keyArn), "--run-directory", place, ...more];
const keys = async (): Promise<string[]> => {
  const { Contents = [] } = await world.s3.send(new ListObjectsV2Command({ Bucket: runs }));
  return Contents.map(({ Key = "" }) => Key);
};

test("a run is journaled in S3 alone, its report is a file of this machine, and no list of keys is left here", async () => {
  for (const key of ["a", "b"]) await world.put(key);
  await world.putUnencrypted("c");
  const { exitCode, stdout } = await world.atRest(...words("--json"));
  const told = JSON.parse(stdout);
  expect({ exitCode, counts: told.counts }).toEqual({ exitCode: 0, counts: { updated: 2, copied: 1 } });
  expect(told.run).toMatch(new RegExp(`^${place}/${bucket}/reencrypt/\\d{8}T`));
  const run = told.run.replace(`s3://${runs}/`, "");
  expect(await keys()).toEqual(expect.arrayContaining([`${run}/run.json`, `${run}/journal/0000000001`]));
  expect(await keys()).toContain(`conversions/${bucket}/reencrypt/lock`);
  const directory = join(world.directory, ".at-rest", bucket, "reencrypt", told.run.split("/").at(-1));
  expect(join(world.directory, told.report)).toBe(join(directory, "report/index.html"));
  expect(JSON.parse(readFileSync(join(directory, "report/summary.json"), "utf8"))).toMatchObject({
    counts: { updated: 2, copied: 1 },
    exitCode: 0,
  });
  expect(existsSync(join(directory, "journal.jsonl"))).toBe(false);

  const again = await world.atRest(...words("--json"));
  expect(JSON.parse(again.stdout)).toMatchObject({ counts: { alreadyRight: 3 }, exitCode: 0 });
});

/** A process that has begun its run, and waits for an upload that is in progress. */
async function waiting() {
  const at = { Bucket: bucket, Key: "uploaded" };
  const { UploadId } = await world.s3.send(new CreateMultipartUploadCommand(at));
  const child = world.start(...words("--wait-for-uploads"));
  const end = ended(child);
  await new Promise<void>((waits) => {
    let told = "";
    child.stderr.on("data", (chunk) => {
      told += String(chunk);
      if (told.includes("Waiting for 1 upload in parts")) waits();
    });
  });
  return { child, end, over: () => world.s3.send(new AbortMultipartUploadCommand({ ...at, UploadId })) };
}

test(
  "a second process hears who is at work, and takes over once that one is killed",
  async () => {
    await world.put("a");
    const { child, over } = await waiting();
    const others = async () => (await keys()).filter((key) => !key.includes("/journal/")); // it goes on writing its own
    const before = await others();
    const second = await world.atRest(...words());
    expect(second.exitCode).toBe(2);
    expect(second.stderr).toContain(`process ${child.pid} on `);
    expect(second.stderr).toContain(`is at work in ${place}/${bucket}/reencrypt`);
    expect(await others()).toEqual(before);

    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
    await over();
    const third = await world.atRest(...words("--json"));
    expect(third.stderr).toContain(`Going on with ${place}/${bucket}/reencrypt/`);
    expect(JSON.parse(third.stdout)).toMatchObject({ counts: { updated: 1 }, exitCode: 0 });
    expect(await world.s3.send(new HeadObjectCommand({ Bucket: bucket, Key: "a" }))).toMatchObject({
      SSEKMSKeyId: world.keyArn,
    });
  },
  LEASES,
);

test("an interrupted run goes on at once on another machine, and not for another key", async () => {
  await world.put("a");
  const { child, end, over } = await waiting();
  child.kill("SIGINT");
  expect(await end).toMatchObject({ exitCode: 130 });
  await over();
  const other = (await world.kms.send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? "";
  world.writes.length = 0;
  const refused = await world.atRest("reencrypt", ...to(other), "--run-directory", place);
  expect(refused.exitCode).toBe(2);
  expect(refused.stderr).toContain("is of an unfinished run, and of another one: keyArn");
  expect(world.writes.filter((operation) => operation !== "PutObject")).toEqual(["UpdateObjectEncryption"]); // the probe

  const resumed = await world.atRest(...words());
  expect(resumed.stderr).toContain("Going on with");
  expect(resumed.stderr).not.toContain("watched for");
  expect(resumed.exitCode).toBe(0);
});

describe("bad input ends with exit code 2, and no object is touched:", () => {
  const deny = async (Action: string) => {
    const Resource = [`arn:aws:s3:::${runs}`, `arn:aws:s3:::${runs}/*`];
    const Statement = [{ Effect: "Deny", Principal: "*", Action, Resource }];
    await world.s3.send(
      new PutBucketPolicyCommand({ Bucket: runs, Policy: JSON.stringify({ Version: "2012-10-17", Statement }) }),
    );
  };
  test(
    "a bucket that may not be written, read, listed or asked, that is not there, or is the bucket itself",
    async () => {
      await world.put("a");
      const expectRefused = async (where: string, message: string) => {
        const { exitCode, stderr } = await world.atRest("reencrypt", ...to(world.keyArn), "--run-directory", where);
        expect(stderr).toContain(message);
        expect({ where, exitCode, stack: stderr.includes("    at ") }).toEqual({ where, exitCode: 2, stack: false });
      };
      await deny("s3:PutObject");
      await expectRefused(place, `s3:PutObject on s3://${runs}/conversions/${bucket}/reencrypt/* is denied`);
      await deny("s3:GetObject");
      await expectRefused(place, `s3:GetObject on s3://${runs}/conversions/${bucket}/reencrypt/* is denied`);
      await deny("s3:ListBucket");
      await expectRefused(place, `s3:ListBucket on s3://${runs} is denied`);
      await deny("s3:GetEncryptionConfiguration");
      await expectRefused(place, "s3:GetEncryptionConfiguration");
      await world.s3.send(new DeleteBucketPolicyCommand({ Bucket: runs }));
      await expectRefused("s3://acme-nothing/conversions", "acme-nothing");
      await expectRefused(`s3://${bucket}/runs`, `s3://${bucket} cannot have the runs in it that convert it`);
      await expectRefused("s3://", "Write s3://<bucket>/<prefix>.");
      expect(await world.s3.send(new HeadObjectCommand({ Bucket: bucket, Key: "a" }))).toMatchObject({
        ServerSideEncryption: "AES256",
      });
    },
    LEASES,
  );

  test.each([
    ["backup", "Name a directory on a volume that outlives the machine; --prefix divides"],
    ["restore", "Name a directory: a restore that begins anew elsewhere brings what is still missing."],
    ["audit", "Name a directory: an audit always begins anew; --bucket and --prefix divide"],
    ["key-usage", "Name a directory on a volume that outlives the machine; --bucket and --prefix divide"],
  ])("%s journals in a directory, and says what there is instead", async (command, instead) => {
    world.fleet("encrypt");
    world.writes.length = 0;
    const { exitCode, stderr } = await world.atRest(command, "--run-directory", place);
    expect(stderr).toContain(`Only at-rest reencrypt journals in S3. ${instead}`);
    expect({ exitCode, writes: world.writes, here: existsSync(join(world.directory, ".at-rest")) }).toEqual({
      ...{ exitCode: 2, writes: [], here: false },
    });
  });
});
