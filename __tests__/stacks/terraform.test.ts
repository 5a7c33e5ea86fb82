import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { S3 } from "@aws-sdk/client-s3";
import { createLocalAws } from "../../local/aws";
import { type Listening, listen } from "../../local/http/server";
import { installProvider } from "../../local/terraform/install";
import { readSnapshot } from "../../src/checks/snapshot";
import { snapshotToKeep } from "../../src/checks/snapshot-kept";
import { bucketOutputOf, parseStackOutputs } from "../../src/fleet/outputs";
import { type FullSnapshot, formatSnapshot } from "../../src/fleet/snapshot";
import { hasTerraform, Workspace } from "../local/terraform/workspace";
import { bucketOf, fleetOf } from "../support/fleets";
import { synthesise } from "./arrange";

const withTerraform = hasTerraform ? describe : describe.skip;
if (!hasTerraform) console.warn("terraform is not on the PATH: the stacks are not applied with it.");

const foreign = {
  Version: "2008-10-17",
  Statement: [
    {
      Sid: "AnotherTeams",
      Effect: "Allow",
      Principal: { AWS: "arn:aws:iam::111111111111:root" },
      Action: "s3:GetObject",
      Resource: "arn:aws:s3:::acme-uploads/$" + "{aws:username}/*",
    },
  ],
};

// The provider is the local stand-in for hashicorp/aws; Terraform is the real one.
withTerraform("a stack in the hands of the real Terraform", () => {
  const directory = mkdtempSync(join(tmpdir(), "at-rest-stack-"));
  let listening: Listening;
  let s3: S3;
  let workspace: Workspace;
  let initialised = false;
  let before: FullSnapshot;

  beforeAll(async () => {
    const local = createLocalAws();
    const credentials = local.addAccount("111111111111");
    listening = await listen(local, { httpsPort: 0, httpPort: 0 });
    const bundle = join(directory, "ca.pem");
    writeFileSync(bundle, listening.caPem);
    s3 = new S3({
      endpoint: listening.httpsUrl,
      credentials,
      region: "eu-west-1",
      forcePathStyle: true,
      requestHandler: { httpsAgent: new Agent({ ca: listening.caPem }) },
    });
    workspace = new Workspace({
      ...(await installProvider(directory)).environment,
      AWS_ENDPOINT_URL: listening.httpsUrl,
      AWS_CA_BUNDLE: bundle,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    });
    await s3.createBucket({
      Bucket: "acme-uploads",
      CreateBucketConfiguration: { LocationConstraint: "eu-west-1" },
    });
    await s3.putBucketPolicy({ Bucket: "acme-uploads", Policy: JSON.stringify(foreign) });
    before = await snapshot();
  });

  afterAll(async () => {
    s3.destroy();
    await listening.close();
    workspace.remove();
    rmSync(directory, { recursive: true, force: true });
  });

  /** Plans and applies the fleet with its bucket at a stage, and says what the plan does to what we hold of the bucket. */
  async function rollOut(stage: string): Promise<string[]> {
    const { terraform, ...stack } = synthesise(fleetOf(`[{ name: acme-uploads, stage: ${stage} }]`), [before]);
    const { backend: _, ...settings } = terraform;
    workspace.write({ ...stack, terraform: settings });
    if (!initialised) await workspace.must("init", "-input=false");
    initialised = true;
    const changes = await workspace.plan();
    await workspace.must("apply", "-input=false", "plan");
    return changes
      .filter(({ address }) => address.includes("acme-uploads"))
      .map(({ address, change }) => `${address} ${change.actions}${change.importing ? ", imported" : ""}`);
  }

  const sids = async (): Promise<string[]> => {
    const { Policy } = await s3.getBucketPolicy({ Bucket: "acme-uploads" });
    return JSON.parse(Policy ?? "{}").Statement.map(({ Sid }: { Sid: string }) => Sid);
  };
  const algorithm = async () => {
    const { ServerSideEncryptionConfiguration } = await s3.getBucketEncryption({ Bucket: "acme-uploads" });
    return ServerSideEncryptionConfiguration?.Rules?.[0]?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm;
  };

  const snapshot = () =>
    readSnapshot({ client: s3, bucket: "acme-uploads", expectedBucketOwner: "111111111111" }, "eu-west-1");

  /** What `at-rest snapshot` would write now over the one that was taken before. */
  async function snapshotAgain(): Promise<string> {
    const { stdout } = await workspace.run(["output", "-json", "at_rest"]);
    const outputs = parseStackOutputs(JSON.parse(stdout));
    const { bucket } = bucketOf("stage: encrypt");
    return formatSnapshot(snapshotToKeep(await snapshot(), bucket, before, bucketOutputOf(outputs, bucket.name)));
  }

  async function refusedToDestroy(): Promise<string[]> {
    const { output } = await workspace.run(["plan", "-destroy", "-input=false"]);
    return [...output.matchAll(/Resource (\S+) has lifecycle\.prevent_destroy set/g)]
      .map(([, name = ""]) => name)
      .sort();
  }

  const ours = [
    "AtRestDenyIncorrectEncryptionHeader",
    "AtRestDenyKmsWithoutKeyId",
    "AtRestDenyIncorrectKmsKey",
    "AtRestDenySSECEncryptedObjectUploads",
    "AtRestDenyInsecureTransport",
  ];
  const held = "aws_s3_bucket_server_side_encryption_configuration.bucket_acme-uploads";
  const heldPolicy = "aws_s3_bucket_policy.bucket_acme-uploads";

  test("takes a bucket in, lets it go without touching it, takes it up again, and never gives up key or backup", async () => {
    expect(await rollOut("encrypt")).toEqual([`${heldPolicy} update, imported`, `${held} update, imported`]);
    expect(await sids()).toEqual(["AnotherTeams", ...ours]);
    expect(await algorithm()).toBe("aws:kms");
    expect(await workspace.plan()).toEqual([]);
    expect(await snapshotAgain()).toBe(formatSnapshot(before));

    // Deleting the policy, as Terraform would do with what is no longer declared, would delete the other team's statement.
    expect(await rollOut("prepare")).toEqual([`${heldPolicy} forget`, `${held} forget`]);
    expect(await sids()).toEqual(["AnotherTeams", ...ours]);
    expect(await algorithm()).toBe("aws:kms");

    // Where policy and encryption of a bucket are held, Terraform stops at those first.
    expect(await refusedToDestroy()).toEqual(["aws_kms_key.at_rest", "aws_s3_bucket.backup"]);

    expect(await rollOut("enforce")).toEqual([`${heldPolicy} update, imported`, `${held} no-op, imported`]);
    expect(await sids()).toEqual(["AnotherTeams", "AtRestDenyUnencryptedObjectUploads", ...ours]);
    expect(await snapshotAgain()).toBe(formatSnapshot(before));
  }, 180_000);
});
