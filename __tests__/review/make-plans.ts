/**
 * Makes the plans of this folder with the real Terraform, the stand-in provider and a local AWS:
 *
 *   npx tsx __tests__/review/make-plans.ts && npx biome format --write __tests__/review/plans
 *
 * Ids of keys differ each time, so the golden comments have to be made again too.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DisableKeyRotationCommand } from "@aws-sdk/client-kms";
import { snapshotPath } from "../../src/fleet/names";
import { type RolloutWorld, rolloutWorld } from "../support/rollout-world";
import { account, bucket, fleetText, type Stages, stack } from "./fleets";

const policy = {
  Version: "2012-10-17",
  Statement: [
    {
      Sid: "AllowCloudFrontRead",
      Effect: "Allow",
      Principal: { Service: "cloudfront.amazonaws.com" },
      Action: "s3:GetObject",
      Resource: `arn:aws:s3:::${bucket}/*`,
      Condition: { StringEquals: { "aws:SourceArn": `arn:aws:cloudfront::${account}:distribution/EDFDVBD6EXAMPLE` } },
    },
    {
      Sid: "DenyOldTls",
      Effect: "Deny",
      Principal: "*",
      Action: "s3:*",
      Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`],
      Condition: { NumericLessThan: { "s3:TlsVersion": "1.2" } },
    },
  ],
};

type Json = Record<string, unknown>;

class Maker {
  constructor(private readonly world: RolloutWorld) {}

  private async must(...words: string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await this.world.atRest(...words);
    if (exitCode !== 0) throw new Error(`at-rest ${words.join(" ")}: ${stderr}`);
    return stdout;
  }

  stage(stages: Stages): void {
    this.world.write("fleet.yaml", fleetText(stages));
  }

  snapshot = () => this.must("snapshot");

  /** Plans, keeps the plan under a name, and gives the hash. */
  async plan(name: string, ...words: string[]): Promise<string> {
    const hash = JSON.parse(await this.must("plan", "--json", ...words)).hash;
    const text = readFileSync(join(this.world.directory, ".at-rest/plan/plans", `${stack}.json`), "utf8");
    // Where a registry's host stands before it depends on the machine.
    const portable = text.replaceAll(/"[\w.-]+\/hashicorp\/aws"/g, '"hashicorp/aws"');
    writeFileSync(join(__dirname, "plans", `${name}.json`), portable);
    console.log(name);
    return hash;
  }

  apply = (hash: string) => this.must("apply", "--skip-synth", "--approved", hash);

  /** Plans what a changed construct would have synthesised. */
  async planKey(name: string, change: (key: Json) => void): Promise<void> {
    const path = join(this.world.directory, "cdktf.out/stacks", stack, "cdk.tf.json");
    const before = readFileSync(path, "utf8");
    const document = JSON.parse(before);
    change(document.resource.aws_kms_key.at_rest);
    writeFileSync(path, JSON.stringify(document));
    await this.plan(name, "--skip-synth");
    writeFileSync(path, before);
  }

  /** Takes a statement out of the snapshot, as a bad merge would. */
  async planWithout(name: string, sid: string): Promise<void> {
    const path = snapshotPath(this.world.directory, account, "eu-west-1", bucket);
    const before = readFileSync(path, "utf8");
    const document = JSON.parse(before);
    document.policy.Statement = document.policy.Statement.filter(({ Sid }: Json) => Sid !== sid);
    writeFileSync(path, JSON.stringify(document));
    await this.plan(name);
    writeFileSync(path, before);
  }
}

async function main(): Promise<void> {
  mkdirSync(join(__dirname, "plans"), { recursive: true });
  const world = await rolloutWorld(account);
  const maker = new Maker(world);
  try {
    for (const Bucket of [bucket, "acme-reports"]) {
      await world.s3.createBucket({ Bucket, CreateBucketConfiguration: { LocationConstraint: "eu-west-1" } });
    }
    await world.s3.putBucketPolicy({ Bucket: bucket, Policy: JSON.stringify(policy) });
    maker.stage({ uploads: "prepare", reports: "prepare" });
    await maker.snapshot();
    await maker.apply(await maker.plan("prepare"));

    maker.stage({ uploads: "encrypt", reports: "prepare" });
    await maker.apply(await maker.plan("encrypt"));
    await maker.planWithout("policy-lost", "AllowCloudFrontRead");

    maker.stage({ uploads: "enforce", reports: "prepare" });
    await maker.apply(await maker.plan("enforce"));
    await maker.plan("nothing", "--skip-synth");
    await maker.planKey("rotation", (key) => Object.assign(key, { rotation_period_in_days: 180 }));
    await maker.planKey("key-replaced", (key) => {
      Object.assign(key, { multi_region: true });
      delete key["lifecycle"];
    });

    maker.stage({ uploads: "released", reports: "prepare" });
    await maker.plan("released");

    maker.stage({ uploads: "enforce", reports: "prepare" });
    const { buckets } = JSON.parse(readFileSync(join(world.directory, "outputs", `${stack}.json`), "utf8"));
    await world.kms.send(new DisableKeyRotationCommand({ KeyId: buckets[bucket].keyArn }));
    await maker.plan("drift");
  } finally {
    await world.close();
  }
}

void main();
