import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IAM } from "@aws-sdk/client-iam";
import { KMS } from "@aws-sdk/client-kms";
import { S3 } from "@aws-sdk/client-s3";
import { createLocalAws } from "../../../local/aws";
import { type Listening, listen } from "../../../local/http/server";
import { installProvider } from "../../../local/terraform/install";
import { resources } from "../../../local/terraform/resources";
import { account, bucket, type Clients, cases, configuration, type ResourceCase } from "./resource-cases";
import { type Change, hasTerraform, type Json, Workspace } from "./workspace";

const withTerraform = hasTerraform ? describe : describe.skip;
if (!hasTerraform) console.warn("terraform is not on the PATH: the provider is not tested with it.");

const providerBlock = { default_tags: [{ tags: { team: "storage" } }] };
const given = configuration((one) => one.given);
const changed = configuration((one) => ({ ...one.given, ...one.changed }));
const types = Object.keys(cases);

withTerraform("one resource of every type, in the hands of the real Terraform", () => {
  const directory = mkdtempSync(join(tmpdir(), "at-rest-provider-"));
  let listening: Listening;
  let aws: Clients;
  const workspaces: Workspace[] = [];
  let environment: Record<string, string>;
  let main: Workspace;

  const workspace = async (configuration: Json, provider: Json | Json[] = providerBlock): Promise<Workspace> => {
    const made = new Workspace(environment);
    workspaces.push(made);
    made.write(configuration, provider);
    await made.must("init", "-input=false");
    return made;
  };
  const changeOf = (changes: readonly Change[], type: string) => changes.find((change) => change.type === type)?.change;
  /** The names of the arguments that an update changes, as a reader of the plan sees them. */
  const changedNames = (change: Change["change"] | undefined): string[] =>
    Object.keys(change?.after ?? {}).filter(
      (name) =>
        JSON.stringify(change?.before?.[name]) !== JSON.stringify(change?.after?.[name]) ||
        (change?.after_unknown[name] === true && change.before?.[name] !== undefined),
    );

  beforeAll(async () => {
    const local = createLocalAws();
    const credentials = local.addAccount(account);
    listening = await listen(local, { httpsPort: 0, httpPort: 0 });
    const bundle = join(directory, "ca.pem");
    writeFileSync(bundle, listening.caPem);
    const connection = {
      endpoint: listening.httpsUrl,
      credentials,
      region: "eu-west-1",
      requestHandler: { httpsAgent: new Agent({ ca: listening.caPem }) },
    };
    aws = { s3: new S3({ ...connection, forcePathStyle: true }), kms: new KMS(connection), iam: new IAM(connection) };
    environment = {
      ...(await installProvider(directory)).environment,
      AWS_ENDPOINT_URL: listening.httpsUrl,
      AWS_CA_BUNDLE: bundle,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    };
    main = await workspace(given);
  });

  afterAll(async () => {
    await listening.close();
    for (const one of workspaces) one.remove();
    rmSync(directory, { recursive: true, force: true });
  });

  test("the cases cover every type that the provider has", () => {
    expect(types.sort()).toEqual(Object.keys(resources).sort());
  });

  describe("created", () => {
    let state: Record<string, Json>;
    let after: Change[];

    beforeAll(async () => {
      await main.must("apply", "-auto-approve", "-input=false");
      state = await main.state();
      after = await main.plan();
    });

    test.each(Object.entries(cases))("%s has what AWS computes", (type, { computed }) => {
      expect(state[type]).toMatchObject(computed);
    });

    test("the next plan is empty", () => {
      expect(after).toEqual([]);
    });
  });

  describe("changed", () => {
    let planned: Change[];
    let after: Change[];
    const changing = Object.entries(cases).filter(([, one]) => one.changed);

    beforeAll(async () => {
      main.write(changed, providerBlock);
      planned = await main.plan();
      await main.must("apply", "plan");
      after = await main.plan();
    });

    test.each(changing)("%s is updated in place, in exactly what was changed", (type, one) => {
      const change = changeOf(planned, type);
      const expected = Object.keys(one.changed ?? {});
      const tagged = expected.includes("tags") ? ["tags_all"] : [];
      expect(change?.actions).toEqual(["update"]);
      expect(changedNames(change).sort()).toEqual([...expected, ...tagged].sort());
    });

    test("nothing else is touched, and the next plan is empty", () => {
      expect(planned.map(({ type }) => type).sort()).toEqual(changing.map(([type]) => type).sort());
      expect(after).toEqual([]);
    });
  });

  describe("imported into another state", () => {
    let planned: Change[];
    let other: Workspace;
    let after: Change[];

    beforeAll(async () => {
      const state = await main.state();
      const imports = Object.entries(cases).map(([type, one]) => ({
        to: `${type}.it`,
        id: one.importId(state[type] ?? {}),
      }));
      other = await workspace({ ...changed, import: imports });
      planned = await other.plan();
      await other.must("apply", "plan");
      after = await other.plan();
    });

    test.each(Object.entries(cases))("%s is taken as it is", (type, { notImported = [] }) => {
      const change = changeOf(planned, type);
      expect(change?.importing).toBeDefined();
      expect(changedNames(change)).toEqual(notImported);
    });

    test("the next plan is empty", () => {
      expect(after).toEqual([]);
    });

    test("and is forgotten by `removed` blocks, without a change", async () => {
      const removed = types.map((type) => ({ from: `${type}.it`, lifecycle: [{ destroy: false }] }));
      other.write({ removed }, providerBlock);
      expect((await other.plan()).map(({ change }) => change.actions)).toEqual(types.map(() => ["forget"]));
      await other.must("apply", "plan");
      expect(await other.state()).toEqual({});
      await expect(aws.s3.headBucket({ Bucket: bucket })).resolves.toBeDefined();
    });
  });

  describe("changed by somebody else", () => {
    let planned: Change[];
    let after: Change[];

    beforeAll(async () => {
      const state = await main.state();
      for (const [type, one] of Object.entries(cases)) await one.drift(aws, state[type] ?? {});
      planned = await main.plan();
      await main.must("apply", "plan");
      after = await main.plan();
    });

    test.each(Object.entries(cases))("%s: the plan shows it", (type, { found }) => {
      const change = changeOf(planned, type);
      expect(change?.actions).toEqual([found === "gone" ? "create" : "update"]);
      if (found !== "gone") expect(change?.before).toMatchObject(found);
    });

    test("the apply puts it right", () => {
      expect(after).toEqual([]);
    });
  });

  describe("given an argument that forces a replacement", () => {
    let planned: Change[];
    const replaced = (one: ResourceCase) => ({ ...one.given, ...one.changed, ...one.replaced });

    beforeAll(async () => {
      main.write(configuration(replaced), providerBlock);
      planned = await main.plan("-refresh=false");
    });

    test.each(Object.entries(cases))("%s would be replaced because of it", (type, one) => {
      const change = changeOf(planned, type);
      expect(change?.actions).toEqual(["delete", "create"]);
      for (const name of Object.keys(one.replaced)) expect(change?.replace_paths).toContainEqual([name]);
    });

    test("prevent_destroy stops the plan", async () => {
      const kept = configuration((one) => ({ ...replaced(one), lifecycle: [{ prevent_destroy: true }] }));
      main.write(kept, providerBlock);
      const { exitCode, output } = await main.run(["plan", "-input=false", "-refresh=false"]);
      expect(exitCode).toBe(1);
      // Core does not plan what depends on one that it stopped at.
      for (const type of ["aws_iam_policy", "aws_iam_role", "aws_kms_key", "aws_s3_bucket"]) {
        expect(output).toContain(`Resource ${type}.it has lifecycle.prevent_destroy set`);
      }
    });
  });

  describe("refused", () => {
    let refusing: Workspace;
    const refusal = async (configuration: Json, provider: Json = {}, variables: Record<string, string> = {}) => {
      refusing.write(configuration, provider);
      const { exitCode, output } = await refusing.run(["plan", "-input=false"], variables);
      expect(exitCode).toBe(1);
      return output;
    };
    beforeAll(async () => {
      refusing = await workspace({});
    });
    const oneBucket = { resource: { aws_s3_bucket: { it: { bucket: "new-bucket" } } } };

    test("an endpoint elsewhere, with the endpoint and the way out", async () => {
      const output = await refusal(oneBucket, {}, { AWS_ENDPOINT_URL_S3: "https://s3.eu-west-1.amazonaws.com" });
      expect(output).toContain('The endpoint "https://s3.eu-west-1.amazonaws.com" of s3 is not on this machine.');
      expect(output).toContain("npm run local");
    });

    test("a resource type that it does not have", async () => {
      expect(await refusal({ resource: { aws_sqs_queue: { it: {} } } })).toContain("Invalid resource type");
    });

    test("an argument that it does not have, and one that it has from hashicorp/aws and does not implement", async () => {
      const output = await refusal({
        resource: {
          aws_s3_bucket: { it: { acl: "private" } },
          aws_kms_alias: { it: { target_key_id: "k", colour: "red" } },
        },
      });
      expect(output).toContain("aws_s3_bucket.acl: not implemented by the local stand-in for hashicorp/aws");
      expect(output).toMatch(/Extraneous JSON object property.*"colour"/);
    });

    test("the import of a setting that is not there, in Terraform's own words", async () => {
      const output = await refusal({
        import: [{ to: "aws_s3_bucket_policy.it", id: "no-such-bucket" }],
        resource: { aws_s3_bucket_policy: { it: { bucket: "no-such-bucket", policy: "{}" } } },
      });
      expect(output).toContain("Cannot import non-existent remote object");
    });
  });

  test("what was made before its creation failed is in the state, and is replaced by the next apply", async () => {
    const made = await workspace({
      resource: { aws_kms_key: { it: { enable_key_rotation: true, rotation_period_in_days: 1 } } },
    });
    expect((await made.run(["apply", "-auto-approve", "-input=false"])).exitCode).toBe(1);
    const { id } = (await made.state())["aws_kms_key"] ?? {};
    await expect(aws.kms.describeKey({ KeyId: String(id) })).resolves.toMatchObject({ KeyMetadata: { Enabled: true } });

    made.write({ resource: { aws_kms_key: { it: { enable_key_rotation: true } } } }, providerBlock);
    expect(changeOf(await made.plan(), "aws_kms_key")?.actions).toEqual(["delete", "create"]);
    await made.must("apply", "plan");
    await expect(aws.kms.describeKey({ KeyId: String(id) })).resolves.toMatchObject({
      KeyMetadata: { KeyState: "PendingDeletion" },
    });
  });

  test("destroyed, nothing is left", async () => {
    main.write(changed, providerBlock);
    const state = await main.state();
    await main.must("destroy", "-auto-approve", "-input=false");
    expect(await main.state()).toEqual({});
    await expect(aws.s3.headBucket({ Bucket: bucket })).rejects.toThrow();
    await expect(aws.iam.getRole({ RoleName: "at-rest-test" })).rejects.toThrow();
    const { KeyMetadata } = await aws.kms.describeKey({ KeyId: String(state["aws_kms_key"]?.["id"]) });
    expect(KeyMetadata?.KeyState).toBe("PendingDeletion");
  });
});
