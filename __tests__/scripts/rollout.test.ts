import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { hasTerraform } from "../local/terraform/workspace";
import { requestHandler } from "../support/request-handler";
import { type RolloutWorld, rolloutWorld } from "../support/rollout-world";

const withTerraform = hasTerraform ? describe : describe.skip;
if (!hasTerraform) console.warn("terraform is not on the PATH: nothing is planned or applied with it.");

const [one, two, three] = ["111111111111", "222222222222", "333333333333"] as const;

const fleet = `
state: { backend: local, directory: state }
defaults: { stage: encrypt, backup: none }
accounts:
  - name: one
    id: "${one}"
    wave: 0
    regions:
      eu-west-1: { buckets: [{ name: acme-one, newBucket: true, backup: all }] }
      us-east-1: { buckets: [{ name: acme-one-us, newBucket: true }] }
${[two, three]
  .map(
    (id) => `  - name: ${id === two ? "two" : "three"}
    id: "${id}"
    wave: 1
    applyRole: deploy
    operators: ["arn:aws:iam::${one}:root"]
    regions: { eu-west-1: { buckets: [{ name: acme-${id === two ? "two" : "three"}, newBucket: true }] } }
`,
  )
  .join("")}`;

withTerraform("three accounts, two Regions and two waves, with the real Terraform", () => {
  let world: RolloutWorld;
  /** Of the changes of each wave. */
  let approved: Readonly<Record<string, string>>;
  const rollout = (wave: number, ...words: string[]) =>
    world.atRest("rollout", "--wave", String(wave), "--approved", approved[wave] ?? "", "--yes", "--json", ...words);
  const statuses = (stdout: string) =>
    JSON.parse(stdout).targets.map(({ stack, status }: { stack: string; status: string }) => `${stack} ${status}`);

  /** A role that the first account may become, and that may do everything in its own. */
  async function deployRole(account: string): Promise<void> {
    const iam = new IAMClient({
      region: "eu-west-1",
      credentials: world.aws.addAccount(account),
      requestHandler: requestHandler(world.aws.handle),
    });
    const allow = (statement: object) =>
      JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] });
    const AssumeRolePolicyDocument = allow({
      Principal: { AWS: `arn:aws:iam::${one}:root` },
      Action: "sts:AssumeRole",
    });
    await iam.send(new CreateRoleCommand({ RoleName: "deploy", AssumeRolePolicyDocument }));
    const PolicyDocument = allow({ Action: "*", Resource: "*" });
    await iam.send(new PutRolePolicyCommand({ RoleName: "deploy", PolicyName: "all", PolicyDocument }));
  }

  const createBucket = (Bucket: string, region = "eu-west-1", account?: string) =>
    (account === undefined ? world.s3In(region) : world.s3As(account)).createBucket({
      Bucket,
      ...(region === "eu-west-1" && { CreateBucketConfiguration: { LocationConstraint: region } }),
    });

  beforeAll(async () => {
    world = await rolloutWorld(one);
    for (const account of [two, three]) await deployRole(account);
    await createBucket("acme-one");
    await createBucket("acme-one-us", "us-east-1");
    await createBucket("acme-two", "eu-west-1", two);
    await createBucket("acme-three", "eu-west-1", three);
    world.aws.seedObject({ bucket: "acme-one", key: "old", body: "of before 2023" });
    world.write("fleet.yaml", fleet);
    const { stdout, stderr, exitCode } = await world.atRest("plan", "--json");
    if (exitCode !== 0) throw new Error(stderr);
    approved = JSON.parse(stdout).waves;
  }, 240_000);
  afterAll(() => world.close());

  test("a wave is a CI matrix", async () => {
    const { stdout } = await world.atRest("matrix", "--wave", "0");
    expect(JSON.parse(stdout).include).toMatchObject([
      { stack: "one-eu-west-1", account: one, region: "eu-west-1", wave: 0, buckets: ["acme-one"] },
      { stack: "one-us-east-1", account: one, region: "us-east-1", wave: 0, buckets: ["acme-one-us"] },
    ]);
  }, 120_000);

  test("a wave does not start before the one before it, nor with changes that nobody approved", async () => {
    world.writes.length = 0;
    const early = await rollout(1);
    expect(early.exitCode).toBe(2);
    expect(early.stderr).toContain("Wave 1 may not start: wave 0 has not been rolled out. Nothing was changed.");
    const wrong = await rollout(0, "--approved", "0".repeat(64));
    expect(wrong.exitCode).toBe(2);
    expect(wrong.stderr).toContain("The changes of wave 0 are not those that were approved");
    expect(world.writes).toEqual([]);
  }, 240_000);

  test("a rollout that is killed in the middle goes on where it was, and converts what was there", async () => {
    const child = world.start("rollout", "--wave", "0", "--approved", approved["0"] ?? "", "--yes");
    await world.answered("PutBucketPolicy"); // in the middle of an apply, which goes on by itself
    child.kill("SIGKILL");
    await once(child, "close");

    const second = await rollout(0);
    expect(second.stderr).toMatch(/^Waiting for process \d+, which an earlier rollout has started/m);
    expect(second).toMatchObject({ exitCode: 0 });
    expect(statuses(second.stdout)).toEqual(["one-eu-west-1 succeeded", "one-us-east-1 succeeded"]);
    expect(await world.s3.headObject({ Bucket: "acme-one", Key: "old" })).toMatchObject({
      ServerSideEncryption: "aws:kms",
      BucketKeyEnabled: true,
    });
    const page = join(world.directory, ".at-rest/rollout/wave-0/index.html");
    expect(readFileSync(page, "utf8")).toContain("Wave 0 has ended: 2 of 2 targets are done.");

    const writes = world.writes.length;
    const third = await rollout(0);
    expect(third).toMatchObject({ exitCode: 0 });
    expect(world.writes).toHaveLength(writes);
  }, 600_000);

  test("a target that fails beyond the tolerance stops its wave; inside of it the others go on", async () => {
    // What was planned and approved cannot be applied any more.
    await world.s3As(two).deleteBucket({ Bucket: "acme-two" });
    const reviewed = ["--plan", ".at-rest/plan"];
    const strict = await rollout(1, ...reviewed);
    expect(strict.exitCode).toBe(1);
    expect(statuses(strict.stdout)).toEqual(["two-eu-west-1 failed", "three-eu-west-1 waiting"]);
    expect(JSON.parse(strict.stdout).stoppedBecause).toBe("1 target of eu-west-1 failed, and 0 may");
    const log = join(world.directory, ".at-rest/rollout/wave-1/two-eu-west-1/apply.log");
    expect(readFileSync(log, "utf8")).toContain("Cannot import non-existent remote object");

    const tolerant = await rollout(1, ...reviewed, "--failure-tolerance-count", "1");
    expect(statuses(tolerant.stdout)).toEqual(["two-eu-west-1 failed", "three-eu-west-1 succeeded"]);
    expect(tolerant.exitCode).toBe(3);
  }, 600_000);

  test("an alarm stops a wave before anything is applied", async () => {
    const { exitCode, stdout } = await rollout(1, "--new-run", "--plan", ".at-rest/plan", "--alarm-command", "exit 7");
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout).stoppedBecause).toBe("the alarm command ended with 7");
  }, 240_000);
});
