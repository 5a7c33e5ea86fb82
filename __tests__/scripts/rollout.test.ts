import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { hasTerraform } from "../local/terraform/workspace";
import { ended } from "../support/at-rest-world";
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
      us-east-1: { buckets: [{ name: acme-one-us, newBucket: true }, { name: acme-one-more, newBucket: true }] }
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
    // One request after the other, so that whoever loses the credentials is in the middle of nothing else.
    world = await rolloutWorld(one, { TF_CLI_ARGS_apply: "-parallelism=1" });
    for (const account of [two, three]) await deployRole(account);
    await createBucket("acme-one");
    for (const name of ["acme-one-us", "acme-one-more"]) await createBucket(name, "us-east-1");
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
      { stack: "one-us-east-1", account: one, region: "us-east-1", wave: 0, buckets: ["acme-one-us", "acme-one-more"] },
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
    const words = ["rollout", "--wave", "0", "--approved", approved["0"] ?? "", "--yes", "--json"];
    const child = world.start(...words);
    world.aws.faults = { rates: { PutBucketPolicy: { stallBefore: 1 } } };
    await world.answered("CreateKey"); // in the middle of an apply, which goes on by itself
    child.kill("SIGKILL");
    await once(child, "close");

    const resumed = world.start(...words);
    resumed.stderr.on("data", (said) => {
      if (!String(said).includes("Waiting for process")) return;
      world.aws.faults = undefined;
      world.release();
    });
    const second = await ended(resumed);
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

  const applyLog = (stack: string) =>
    readFileSync(join(world.directory, ".at-rest/rollout/wave-1", stack, "apply.log"), "utf8");
  const lost = { expiredToken: 1 };

  test("credentials that are lost in the middle of an apply fail its target, and beyond the tolerance stop its wave", async () => {
    world.aws.faults = { rates: { PutBucketPolicy: lost } };
    const running = rollout(1, "--plan", ".at-rest/plan");
    await world.answered("PutBucketPolicy");
    world.aws.faults = { rates: { "*": lost } }; // from here on, for whatever S3 is asked
    const { exitCode, stdout, stderr } = await running;
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/two-eu-west-1: apply ended with 1: \S+wave-1\/two-eu-west-1\/apply\.log says why\n/);
    expect(statuses(stdout)).toEqual(["two-eu-west-1 failed", "three-eu-west-1 waiting"]);
    expect(JSON.parse(stdout).stoppedBecause).toBe("1 target of eu-west-1 failed, and 0 may");
    expect(applyLog("two-eu-west-1")).toMatch(/two-eu-west-1: terraform apply failed: .*ExpiredToken/);
  }, 600_000);

  test("inside the tolerance the others go on, and with new credentials what an apply has left is applied under the same approval", async () => {
    const tolerant = ["--plan", ".at-rest/plan", "--failure-tolerance-count", "1"];
    const child = world.start(
      ...["rollout", "--wave", "1", "--approved", approved["1"] ?? "", "--yes", "--json", ...tolerant],
    );
    child.stderr.on("data", (said) => {
      if (String(said).includes("two-eu-west-1: apply ended with")) world.aws.faults = undefined;
    });
    const first = await ended(child);
    expect(statuses(first.stdout)).toEqual(["two-eu-west-1 failed", "three-eu-west-1 succeeded"]);
    expect(first.exitCode).toBe(3);
    expect(applyLog("two-eu-west-1")).toContain("1 of 1 stacks could not be planned");

    world.writes.length = 0;
    const second = await rollout(1, ...tolerant);
    expect(second).toMatchObject({ exitCode: 0 });
    expect(statuses(second.stdout)).toEqual(["two-eu-west-1 succeeded", "three-eu-west-1 succeeded"]);
    expect(world.writes).toContain("PutBucketPolicy");
    expect(world.writes).not.toContain("CreateKey"); // which the first one had done
  }, 600_000);

  test("an alarm stops a wave before anything is applied", async () => {
    const { exitCode, stdout } = await rollout(1, "--new-run", "--plan", ".at-rest/plan", "--alarm-command", "exit 7");
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout).stoppedBecause).toBe("the alarm command ended with 7");
  }, 240_000);

  test("a bucket that is released keeps what it has, and one that is just taken out stops the merge", async () => {
    world.write("base.yaml", fleet);
    world.write("fleet.yaml", fleet.replace("name: acme-one,", "name: acme-one, stage: released,"));
    const policyOf = async () => JSON.parse((await world.s3.getBucketPolicy({ Bucket: "acme-one" })).Policy ?? "");
    const encryptionOf = async () =>
      (await world.s3.getBucketEncryption({ Bucket: "acme-one" })).ServerSideEncryptionConfiguration;
    const [policy, encryption] = [await policyOf(), await encryptionOf()];
    const planned = JSON.parse((await world.atRest("plan", "--json", "--stack", "one-eu-west-1")).stdout);
    const review = await world.atRest("review", ".at-rest/plan/plans/one-eu-west-1.json", "--base-fleet", "base.yaml");
    expect(review.stdout).toMatch(/^### Safe to merge\. /);
    expect(review.stdout).toContain("0 to change, 2 to destroy, 0 to replace, 0 imported, 2 forgotten"); // of the role its rights
    expect(review.stdout).toContain("encrypt -> released | forgotten, stays as it is | forgotten, stays as it is |");
    expect(review.exitCode).toBe(0);
    world.writes.length = 0;
    const words = ["--skip-synth", "--stack", "one-eu-west-1", "--approved", planned.hash];
    expect(await world.atRest("apply", ...words)).toMatchObject({ exitCode: 0 });
    expect(world.writes.filter((operation) => /Bucket|Object/.test(operation))).toEqual([]);
    expect([await policyOf(), await encryptionOf()]).toEqual([policy, encryption]);
    expect(await world.s3.headObject({ Bucket: "acme-one", Key: "old" })).toMatchObject({ BucketKeyEnabled: true });

    // The stage is left out, and so Terraform would delete what it holds.
    world.write("fleet.yaml", fleet.replace("{ name: acme-one-us, newBucket: true }, ", ""));
    await world.atRest("plan", "--stack", "one-us-east-1", "--json");
    const taken = await world.atRest("review", "--base-fleet", "base.yaml", "--json");
    expect(taken.exitCode).toBe(1);
    const found = JSON.parse(taken.stdout).findings.map(
      ({ id, level }: { id: string; level: string }) => `${level} ${id}`,
    );
    expect(found).toEqual(
      expect.arrayContaining(["error bucket-left-fleet", "error policy-destroyed", "error encryption-destroyed"]),
    );
  }, 600_000);
});
