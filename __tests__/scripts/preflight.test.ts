import { readFileSync } from "node:fs";
import { ListObjectVersionsCommand } from "@aws-sdk/client-s3";
import { preflightPath } from "../../src/fleet/names";
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
