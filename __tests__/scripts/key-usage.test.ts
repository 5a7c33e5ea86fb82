import { CreateBucketCommand, PutBucketVersioningCommand } from "@aws-sdk/client-s3";
import { type AtRestWorld, atRestWorld, bucket, ended, region } from "../support/at-rest-world";

let world: AtRestWorld;
beforeEach(async () => {
  world = await atRestWorld();
});
afterEach(() => world.close());

test("what depends on a key is found in every bucket of the account and in old versions, by prefix, and nothing is written", async () => {
  const CreateBucketConfiguration = { LocationConstraint: region } as const;
  await world.s3.send(new CreateBucketCommand({ Bucket: "acme-other", CreateBucketConfiguration }));
  const versioned = { Bucket: bucket, VersioningConfiguration: { Status: "Enabled" } } as const;
  await world.s3.send(new PutBucketVersioningCommand(versioned));
  const under = { ServerSideEncryption: "aws:kms", SSEKMSKeyId: world.keyArn };
  for (const key of ["logs/a", "logs/b", "images/c"]) await world.put(key, under);
  await world.put("logs/a"); // its old version stays under the key
  await world.put("free");
  await world.apply("encrypt");
  world.writes.length = 0;

  const { exitCode, stdout, stderr } = await world.atRest("key-usage", "--key", world.keyArn, "--json");
  expect(world.writes).toEqual([]);
  expect(exitCode).toBe(1);
  expect(stderr).toContain("looked for in 3 buckets of account 111111111111 in eu-west-1");
  const last = JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
  expect(last).toMatchObject({
    command: "key-usage",
    verdict: "Deleting it loses 3 objects in 1 bucket for ever; while it is disabled nobody can read them.",
    unseen: [],
    exitCode: 1,
  });
  expect(last.buckets).toContainEqual({
    bucket,
    byDefault: true,
    underKey: 3,
    prefixes: [
      { prefix: "logs/", objects: 2 },
      { prefix: "images/", objects: 1 },
    ],
    unseen: [],
  });

  const current = await world.atRest(
    "key-usage",
    "--key",
    world.keyArn,
    "--bucket",
    "acme-other",
    "--versions",
    "current",
  );
  expect(current.stderr).toContain("noncurrent versions were not looked at");
  expect(current.exitCode).toBe(2);
  const other = await world.atRest("key-usage", "--key", world.keyArn, "--bucket", "acme-other");
  expect(other.stderr).toContain("Nothing that can be seen from here depends on it.");
  expect(other.stderr).toContain("cannot be seen from here: data of other services under the key");
  expect(other.exitCode).toBe(0);
  expect((await world.atRest("key-usage", "--key", "alias/at-rest")).exitCode).toBe(2);
});

test("a process that is killed is followed by one that goes on where it was, and counts each object once", async () => {
  const small = await atRestWorld({ largestPage: 5 });
  try {
    const under = { ServerSideEncryption: "aws:kms", SSEKMSKeyId: small.keyArn };
    for (let index = 0; index < 20; index++) await small.put(`key-${index}`, under);
    const words = ["key-usage", "--key", small.keyArn, "--bucket", bucket, "--json", "--concurrency", "1"];
    // Alone, a worker has written a page down before it looks at an object of the next one.
    const inTheSecondPage = small.answered("HeadObject", 1 + 7);
    const child = small.start(...words, "--max-requests-per-second", "20");
    const first = ended(child);
    await inTheSecondPage;
    child.kill("SIGKILL");
    expect((await first).stdout).toBe("");

    // A probe on a key that no object has, and all but four: the page's fifth key may have had more versions in the next.
    let moreThanNeeded = false;
    void small.answered("HeadObject", 1 + 16 + 1).then(() => {
      moreThanNeeded = true;
    });
    const { exitCode, stdout, stderr } = await small.atRest(...words);
    expect(stderr).toContain("Going on with");
    expect(small.runs("key-usage")).toHaveLength(1);
    expect(exitCode).toBe(1);
    expect(moreThanNeeded).toBe(false);
    const last = JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
    expect(last).toMatchObject({
      verdict: "Deleting it loses 20 objects in 1 bucket for ever; while it is disabled nobody can read them.",
      buckets: [{ bucket, underKey: 20, prefixes: [{ prefix: "", objects: 20 }], unseen: [] }],
    });
  } finally {
    await small.close();
  }
}, 120_000);
