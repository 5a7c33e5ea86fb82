import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DisableKeyRotationCommand } from "@aws-sdk/client-kms";
import { outputsPath } from "../../src/fleet/names";
import { parseStackOutputs } from "../../src/fleet/outputs";
import { placeOfProcess } from "../../src/reencrypt/run-lock";
import { hasTerraform } from "../local/terraform/workspace";
import { type RolloutWorld, rolloutWorld } from "../support/rollout-world";

const withTerraform = hasTerraform ? describe : describe.skip;
if (!hasTerraform) console.warn("terraform is not on the PATH: nothing is planned or applied with it.");

const account = "111111111111";
const stack = "sandbox-eu-west-1";
const bucket = "acme-uploads";

const fleet = (stage: string, more = ""): string => `
state: { backend: local, directory: state }
accounts:
  - name: sandbox
    id: "${account}"
    regions: { eu-west-1: { buckets: [{ name: ${bucket}, stage: ${stage} }] } }
${more}`;

const other = `
  - name: other
    id: "222222222222"
    planRole: nobody
    wave: 1
    regions: { eu-west-1: { buckets: [{ name: acme-others }] } }
`;

const statement = (sid: string) => ({
  Sid: sid,
  Effect: "Allow",
  Principal: { AWS: `arn:aws:iam::${account}:root` },
  Action: "s3:GetObject",
  Resource: `arn:aws:s3:::${bucket}/*`,
});

withTerraform("plan, review and apply with the real Terraform", () => {
  let world: RolloutWorld;
  const path = (...names: string[]) => join(world.directory, ...names);
  const putPolicy = (...sids: string[]) =>
    world.s3.putBucketPolicy({
      Bucket: bucket,
      Policy: JSON.stringify({ Version: "2012-10-17", Statement: sids.map(statement) }),
    });
  const sids = async (): Promise<string[]> =>
    JSON.parse((await world.s3.getBucketPolicy({ Bucket: bucket })).Policy ?? "{}").Statement.map(
      ({ Sid }: { Sid: string }) => Sid,
    );

  /** Plans, and gives the hash of the changes. */
  async function plan(...words: string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await world.atRest("plan", "--json", ...words);
    if (exitCode !== 0) throw new Error(stderr);
    return JSON.parse(stdout).hash;
  }

  beforeAll(async () => {
    world = await rolloutWorld(account);
    await world.s3.createBucket({ Bucket: bucket, CreateBucketConfiguration: { LocationConstraint: "eu-west-1" } });
    await putPolicy("AllowCloudFrontRead");
  });
  afterAll(() => world.close());

  test("an account that lets nobody in hides no other, and nothing secret is left readable", async () => {
    world.write("fleet.yaml", fleet("prepare", other));
    const { exitCode, stdout, stderr } = await world.atRest("plan", "--json", "--no-lock");
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout).stacks).toMatchObject([
      { stack, is: "planned", empty: false },
      { stack: "other-eu-west-1", is: "failed", step: "plan" },
    ]);
    expect(stderr).toContain("other-eu-west-1: terraform plan failed: ");
    expect(stderr).toContain("next    mend what failed, and plan again");
    const outputs = await world.atRest("outputs", stack);
    expect(outputs.stderr).toContain(`cdktf.out/stacks/${stack}: Output "at_rest" not found`);
    expect(outputs.stderr).toContain("Apply the stacks first (at-rest apply)");
    expect(statSync(path(".at-rest/plan/private", `${stack}.tfplan`)).mode & 0o777).toBe(0o600);
    expect(statSync(path(".at-rest/plan/private")).mode & 0o777).toBe(0o700);

    const review = await world.atRest("review", "--base-fleet", "fleet.yaml");
    expect(review.exitCode).toBe(1);
    expect(review.stdout).toMatch(/^### Do not merge: 1 error\. /);
    expect(review.stdout).toContain("**error `plan-failed`** `other-eu-west-1`: `terraform plan: ");
  }, 600_000);

  test("what was approved is applied, and nothing else", async () => {
    world.write("fleet.yaml", fleet("prepare"));
    await world.atRest("snapshot");
    const hash = await plan();
    expect(await plan("--skip-synth")).toBe(hash);

    world.writes.length = 0;
    const wrong = await world.atRest("apply", "--skip-synth", "--approved", "0".repeat(64));
    expect(wrong.exitCode).toBe(2);
    expect(wrong.stderr).toContain("+ aws_kms_key.at_rest: create");
    expect(wrong.stderr).toContain("Nothing was applied.");
    expect(wrong.stderr).toContain(`.at-rest/plan is not what was approved: its changes are ${hash}.`);
    expect(world.writes).toEqual([]);

    const right = await world.atRest("apply", "--skip-synth", "--approved", hash);
    expect(right).toMatchObject({ exitCode: 0 });
    expect(world.writes).toContain("CreateKey");
    expect(JSON.parse(readFileSync(outputsPath(world.directory, stack), "utf8"))).toMatchObject({ account });

    // Applied once, it need not be applied again, and is no difference.
    const again = await world.atRest("apply", "--skip-synth", "--approved", hash, "--json");
    expect(JSON.parse(again.stdout)).toMatchObject({ stacks: [{ stack, is: "unchanged" }], exitCode: 0 });
  }, 600_000);

  test("a policy that was changed after the approval stops the apply, until it is planned and approved anew", async () => {
    world.write("base.yaml", fleet("prepare"));
    world.write("fleet.yaml", fleet("encrypt"));
    const approved = await plan();
    // A pipeline has no outputs of the last apply in its checkout.
    rmSync(path("outputs"), { recursive: true });
    await putPolicy("AllowCloudFrontRead", "AnotherTeams");

    const stale = await world.atRest("apply", "--skip-synth", "--approved", approved);
    expect(stale.exitCode).toBe(2);
    expect(stale.stderr).toContain("statement AnotherTeams is live and not in the snapshot");
    expect(await sids()).toEqual(["AllowCloudFrontRead", "AnotherTeams"]);

    await world.atRest("snapshot");
    const different = await world.atRest("apply", "--approved", approved);
    expect(different.exitCode).toBe(2);
    expect(different.stderr).toMatch(/- aws_s3_bucket_policy\.bucket_acme-uploads: policy: /);
    expect(different.stderr).toMatch(/\+ aws_s3_bucket_policy\.bucket_acme-uploads: policy: .*AnotherTeams/);

    const hash = await plan("--skip-synth");
    const review = await world.atRest("review", "--base-fleet", "base.yaml", "--json");
    expect(JSON.parse(review.stdout)).toMatchObject({ hash, counts: { import: 2, update: 2, destroy: 0, drift: 0 } });
    expect(await world.atRest("apply", "--skip-synth", "--approved", hash)).toMatchObject({ exitCode: 0 });
    expect(await sids()).toEqual(expect.arrayContaining(["AllowCloudFrontRead", "AtRestDenyInsecureTransport"]));
    expect(await world.atRest("snapshot", "--check")).toMatchObject({ exitCode: 0 });
  }, 600_000);

  test("a change behind Terraform's back is drift, and told apart", async () => {
    expect(await world.atRest("plan", "--skip-synth", "--detailed-exitcode")).toMatchObject({ exitCode: 0 });
    const { buckets } = parseStackOutputs(JSON.parse(readFileSync(outputsPath(world.directory, stack), "utf8")));
    await world.kms.send(new DisableKeyRotationCommand({ KeyId: buckets[bucket]?.keyArn ?? "" }));
    expect(await world.atRest("plan", "--skip-synth", "--detailed-exitcode")).toMatchObject({ exitCode: 2 });

    const { exitCode, stdout } = await world.atRest("review", "--base-fleet", "fleet.yaml");
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^### Look at 1 warning before you merge\. /);
    expect(stdout).toContain("**Changed behind Terraform's back**");
    expect(stdout).toContain("- `aws_kms_key.at_rest` in `sandbox-eu-west-1`: `enable_key_rotation` `true` -> `false`");
  }, 600_000);

  test("two runs at once are refused, and what is not there is named", async () => {
    writeFileSync(path("cdktf.out", `lock-${process.pid}@${placeOfProcess()}`), "");
    const second = await world.atRest("plan", "--skip-synth");
    expect(second).toMatchObject({ exitCode: 2 });
    expect(second.stderr).toContain("Wait for it to end.");
    rmSync(path("cdktf.out", `lock-${process.pid}@${placeOfProcess()}`));

    expect((await world.atRest("plan", "--stack", "nobody")).stderr).toContain("fleet.yaml has no stack nobody.");
    expect((await world.atRest("apply", "--approved", "abc")).stderr).toContain("64 hexadecimal digits");
    expect((await world.atRest("review", "nowhere")).stderr).toContain("nowhere is not there.");
  }, 600_000);
});
