import { type AtRestWorld, atRestWorld, bucket } from "../support/at-rest-world";

let world: AtRestWorld;
beforeEach(async () => {
  world = await atRestWorld();
});
afterEach(() => world.close());

test("a small bucket is counted, its objects are looked at, and nothing is written", async () => {
  world.fleet("encrypt");
  for (const key of ["a", "b", "c"]) await world.put(key);
  await world.putUnencrypted("old");
  world.writes.length = 0;
  const { exitCode, stdout, stderr } = await world.atRest("estimate", "--json");
  expect(JSON.parse(stdout)).toMatchObject({
    bucket,
    objects: 4,
    sample: 4,
    recommended: "this process",
    // A listing, two sweeps of looks, a look after each change, and the copy's tags of before and after.
    engines: [
      { engine: "this process", limitedBy: "latency" },
      { engine: "S3 Batch Operations", seconds: null },
    ],
  });
  expect(stderr).toContain("of 4 looked at: 75 % to update, 25 % to copy, 0 % right already, 0 % cannot be done");
  expect(world.writes).toEqual([]);
  expect(exitCode).toBe(0);
});

test("a bucket of more than a few pages has to be counted by somebody, and then a day's work goes to a job", async () => {
  world.fleet("encrypt");
  world.aws.seedKeys({ bucket, count: 300_000, encryption: "AES256" });
  const uncounted = await world.atRest("estimate");
  expect(uncounted.exitCode).toBe(2);
  expect(uncounted.stderr).toContain("and nothing says how many");
  const { stdout } = await world.atRest("estimate", "--json", "--objects", "1000000000", "--sample", "50");
  expect(JSON.parse(stdout)).toMatchObject({ objects: 1e9, sample: 50, recommended: "S3 Batch Operations" });
});
