import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IAM } from "@aws-sdk/client-iam";
import { KMS } from "@aws-sdk/client-kms";
import { S3 } from "@aws-sdk/client-s3";
import { STS } from "@aws-sdk/client-sts";
import { createLocalAws, type LocalAws } from "../../local/aws";
import { type Listening, listen } from "../../local/http/server";
import { issueAccessKey } from "../../local/identity/accounts";
import { installProvider } from "../../local/terraform/install";
import { schemasIn, toHcl } from "../../scripts/leaving/hcl";
import { hasTerraform, Workspace } from "../local/terraform/workspace";
import { liveBucket, synthesise, synthesiseBootstrap } from "./arrange";
import { pipelineFleet } from "./pipeline-fleet";

const withTerraform = hasTerraform ? describe : describe.skip;
if (!hasTerraform) console.warn("terraform is not on the PATH: the pipeline's roles are not tried with it.");

const [entry, sandbox, region] = ["999999999999", "111111111111", "eu-west-1"] as const;

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

// The provider is the local stand-in for hashicorp/aws; Terraform and its S3 backend are the real ones.
withTerraform("the pipeline's roles in the hands of the real Terraform", () => {
  const directory = mkdtempSync(join(tmpdir(), "at-rest-bootstrap-"));
  const workspaces: Workspace[] = [];
  let local: LocalAws;
  let listening: Listening;
  let provider: Record<string, string>;
  let administrators: Record<"entry" | "sandbox", Credentials>;

  const as = (credentials: Credentials) => ({
    endpoint: listening.httpsUrl,
    region,
    credentials,
    maxAttempts: 1,
    requestHandler: { httpsAgent: new Agent({ ca: listening.caPem }) },
  });
  const s3As = (credentials: Credentials) => new S3({ ...as(credentials), forcePathStyle: true });

  /** What AssumeRoleWithWebIdentity would give a job of GitHub's. */
  function job(role: "plan" | "apply"): Credentials {
    const name = `at-rest-${role}`;
    const found = local.state.identity.accounts.get(entry)?.roles.get(name);
    if (!found) throw new Error(`no role ${name}`);
    const caller = { is: "role", account: entry, arn: found.arn, userId: `${found.id}:job`, roleName: name } as const;
    const sessionArn = `arn:aws:sts::${entry}:assumed-role/${name}/job`;
    const key = issueAccessKey(local.state.identity, { ...caller, sessionArn }, Date.now(), Date.now() + 3_600_000);
    return { ...key, sessionToken: key.session?.token };
  }

  const asVariables = ({ accessKeyId, secretAccessKey, sessionToken = "" }: Credentials) => ({
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  });

  function workspace(credentials: Credentials): Workspace {
    const bundle = join(directory, "ca.pem");
    const made = new Workspace({
      ...provider,
      AWS_ENDPOINT_URL: listening.httpsUrl,
      AWS_CA_BUNDLE: bundle,
      ...asVariables(credentials),
    });
    workspaces.push(made);
    return made;
  }

  // Buckets have no host names on this machine.
  const init = ["init", "-input=false", "-backend-config=use_path_style=true"];
  const at = (stage: string) => pipelineFleet(`[{ name: acme-uploads, stage: ${stage} }]`);

  beforeAll(async () => {
    local = createLocalAws();
    administrators = { entry: local.addAccount(entry), sandbox: local.addAccount(sandbox) };
    listening = await listen(local, { httpsPort: 0, httpPort: 0 });
    writeFileSync(join(directory, "ca.pem"), listening.caPem);
    provider = (await installProvider(directory)).environment;
    const s3 = s3As(administrators.sandbox);
    await s3.createBucket({ Bucket: "acme-uploads", CreateBucketConfiguration: { LocationConstraint: region } });
    const iam = new IAM(as(administrators.sandbox));
    const RoleName = "OrganizationAccountAccessRole";
    const trust = { Effect: "Allow", Principal: { AWS: `arn:aws:iam::${entry}:root` }, Action: "sts:AssumeRole" };
    await iam.createRole({
      RoleName,
      AssumeRolePolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [trust] }),
    });
    await iam.attachRolePolicy({ RoleName, PolicyArn: "arn:aws:iam::aws:policy/AdministratorAccess" });
  });

  afterAll(async () => {
    await listening.close();
    for (const each of workspaces) each.remove();
    rmSync(directory, { recursive: true, force: true });
  });

  test("the stack that makes the state's bucket moves its own state there", async () => {
    const terraform = workspace(administrators.entry);
    terraform.write({ ...synthesiseBootstrap(at("prepare"), "pipeline") });
    const override = join(terraform.directory, "first_override.tf");
    writeFileSync(override, 'terraform {\n  backend "local" {}\n}\n');
    await terraform.must("init", "-input=false");
    await terraform.must("apply", "-input=false", "-auto-approve");
    expect(existsSync(join(terraform.directory, "terraform.tfstate"))).toBe(true);

    rmSync(override);
    await terraform.must(...init, "-migrate-state", "-force-copy");
    expect(await terraform.plan()).toEqual([]);
    const s3 = s3As(administrators.entry);
    const { Contents = [] } = await s3.listObjectsV2({ Bucket: "acme-state" });
    expect(Contents.map(({ Key }) => Key)).toEqual(["at-rest-bootstrap/bootstrap-pipeline.tfstate"]);
    await expect(s3.putObject({ Bucket: "acme-state", Key: "plain", Body: "no header" })).rejects.toThrow(
      /explicit deny/,
    );
  }, 120_000);

  test("the apply role applies a stack in another account, the plan role plans it, and neither does more", async () => {
    const bootstrap = workspace(administrators.entry);
    bootstrap.write({ ...synthesiseBootstrap(at("prepare"), "sandbox") });
    await bootstrap.must(...init);
    await bootstrap.must("apply", "-input=false", "-auto-approve");

    const deploy = workspace(job("apply"));
    deploy.write({ ...synthesise(at("prepare")) });
    await deploy.must(...init);
    await deploy.must("apply", "-input=false", "-auto-approve");

    const encrypt = { ...synthesise(at("encrypt"), [liveBucket("acme-uploads")]) };
    const review = workspace(job("plan"));
    review.write(encrypt);
    await review.must(...init);
    const seen = await review.plan("-lock=false");
    expect(seen.map(({ address, change }) => `${address} ${change.actions}`)).toEqual([
      "aws_s3_bucket_policy.bucket_acme-uploads create",
      "aws_s3_bucket_server_side_encryption_configuration.bucket_acme-uploads update",
    ]);
    const locked = await review.run(["plan", "-input=false"]);
    expect(locked.output).toMatch(/Error acquiring the state lock.*AccessDenied/);
    const tried = await review.run(["apply", "-input=false", "-auto-approve", "-lock=false"]);
    expect(tried.output).toMatch(
      /at-rest-plan\/job is not authorized to perform: sts:AssumeRole on resource: \S*at-rest-apply/,
    );

    deploy.write(encrypt);
    await deploy.must("apply", "-input=false", "-auto-approve");
    expect(await deploy.plan()).toEqual([]);
    const { ServerSideEncryptionConfiguration: set } = await s3As(administrators.sandbox).getBucketEncryption({
      Bucket: "acme-uploads",
    });
    expect(set?.Rules?.[0]?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm).toBe("aws:kms");
    // The same as HCL, without cdktf: Terraform has nothing to change.
    const { stdout } = await deploy.run(["providers", "schema", "-json"]);
    writeFileSync(join(deploy.directory, "main.tf"), toHcl(JSON.parse(JSON.stringify(encrypt)), schemasIn(stdout)));
    rmSync(join(deploy.directory, "main.tf.json"));
    expect(await deploy.plan()).toEqual([]);
    // The lock is gone again, and of the state every version is kept.
    const { Versions = [] } = await s3As(administrators.entry).listObjectVersions({
      Bucket: "acme-state",
      Prefix: "at-rest/",
    });
    expect(new Set(Versions.filter(({ IsLatest }) => IsLatest).map(({ Key }) => Key))).toEqual(
      new Set(["at-rest/sandbox-eu-west-1.tfstate"]),
    );
  }, 180_000);

  async function become(role: "plan" | "apply", name: string): Promise<Credentials> {
    const { Credentials: given } = await new STS(as(job(role))).assumeRole({
      RoleArn: `arn:aws:iam::${sandbox}:role/${name}`,
      RoleSessionName: "test",
    });
    return {
      accessKeyId: given?.AccessKeyId ?? "",
      secretAccessKey: given?.SecretAccessKey ?? "",
      sessionToken: given?.SessionToken,
    };
  }

  test("what the roles are refused", async () => {
    const KeyId = [...local.state.kms.keys.values()].find(({ account }) => account === sandbox)?.arn ?? "";
    const Bucket = "acme-uploads";
    const refused = /not authorized to perform/;
    const state = { Bucket: "acme-state", Key: "at-rest/sandbox-eu-west-1.tfstate" };

    const plan = await become("plan", "at-rest-plan");
    await expect(s3As(plan).putBucketPolicy({ Bucket, Policy: "{}" })).rejects.toThrow(refused);
    await expect(s3As(plan).listObjectsV2({ Bucket })).rejects.toThrow(refused);
    await expect(new KMS(as(plan)).createKey({})).rejects.toThrow(refused);
    await expect(new KMS(as(plan)).describeKey({ KeyId })).resolves.toBeDefined();
    await expect(s3As(job("plan")).putObject({ ...state, Body: "x", ServerSideEncryption: "AES256" })).rejects.toThrow(
      refused,
    );
    await expect(become("plan", "at-rest-reencrypt-eu-west-1")).rejects.toThrow(refused);
    await expect(become("plan", "at-rest-apply")).rejects.toThrow(refused);

    const apply = await become("apply", "at-rest-apply");
    const explicit = /with an explicit deny in an identity-based policy/;
    await expect(s3As(apply).deleteBucketPolicy({ Bucket })).rejects.toThrow(explicit);
    await expect(s3As(apply).deleteBucket({ Bucket })).rejects.toThrow(explicit);
    await expect(new KMS(as(apply)).scheduleKeyDeletion({ KeyId })).rejects.toThrow(explicit);
    await expect(new KMS(as(apply)).disableKey({ KeyId })).rejects.toThrow(explicit);
    await expect(new KMS(as(apply)).createKey({})).rejects.toThrow(refused);
    await expect(s3As(job("apply")).deleteObject(state)).rejects.toThrow(refused);
    const own = { RoleName: "at-rest-apply", PolicyArn: "arn:aws:iam::aws:policy/AdministratorAccess" };
    await expect(new IAM(as(apply)).attachRolePolicy(own)).rejects.toThrow(refused);
    const converting = { ...own, RoleName: "at-rest-reencrypt-eu-west-1" };
    await expect(new IAM(as(apply)).attachRolePolicy(converting)).rejects.toThrow(refused);
    const { KeyMetadata: foreign } = await new KMS(as(administrators.sandbox)).createKey({});
    await new KMS(as(administrators.sandbox)).createAlias({ AliasName: "alias/foreign", TargetKeyId: foreign?.KeyId });
    // With our tag it would be taken for ours.
    const Tags = [{ TagKey: "managed-by", TagValue: "s3-at-rest" }];
    await expect(new KMS(as(apply)).tagResource({ KeyId: foreign?.KeyId, Tags })).rejects.toThrow(refused);
    const putting = new KMS(as(apply)).putKeyPolicy({ KeyId: foreign?.KeyId, Policy: "{}", PolicyName: "default" });
    await expect(putting).rejects.toThrow(refused);
    await expect(become("apply", "at-rest-reencrypt-eu-west-1")).resolves.toBeDefined();
  }, 60_000);
});
