import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { CreateAccountCommand, CreateOrganizationCommand, OrganizationsClient } from "@aws-sdk/client-organizations";
import {
  CreateBucketCommand,
  PutBucketTaggingCommand,
  PutBucketWebsiteCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { loadFleet } from "../../src/fleet/load";
import { describeWith, findMotoServer, run } from "../clients/tools";
import { startMoto } from "../support/moto";

const script = resolve(__dirname, "../../scripts/at-rest.cjs");
const management = "123456789012";
const home = "eu-west-1";

describeWith(findMotoServer(), "discover, against moto", "pip install moto[server]", (program) => {
  let moto: Awaited<ReturnType<typeof startMoto>>;
  let directory: string;
  let shop: string;

  const configuration = () => ({
    region: home,
    endpoint: moto.url,
    credentials: { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "secret" },
  });

  /** In the account itself, as the role that discover assumes. */
  async function s3Of(account: string, region = home): Promise<S3Client> {
    const RoleArn = `arn:aws:iam::${account}:role/reader`;
    const { Credentials: given } = await new STSClient(configuration()).send(
      new AssumeRoleCommand({ RoleArn, RoleSessionName: "test" }),
    );
    const credentials = {
      accessKeyId: given?.AccessKeyId ?? "",
      secretAccessKey: given?.SecretAccessKey ?? "",
      sessionToken: given?.SessionToken,
    };
    return new S3Client({ ...configuration(), region, credentials, forcePathStyle: true });
  }

  async function bucket(client: S3Client, Bucket: string, LocationConstraint: "eu-west-1" | "eu-central-1" = home) {
    await client.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint } }));
  }

  const discover = (...words: string[]) =>
    run(
      process.execPath,
      [script, "discover", ...words],
      {
        PATH: process.env["PATH"],
        HOME: directory,
        AWS_ENDPOINT_URL: moto.url,
        AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
        AWS_SECRET_ACCESS_KEY: "secret",
        AWS_REGION: home,
      },
      directory,
    );

  beforeAll(async () => {
    moto = await startMoto(program);
    directory = mkdtempSync(join(tmpdir(), "discover-"));
    const organizations = new OrganizationsClient(configuration());
    await organizations.send(new CreateOrganizationCommand({ FeatureSet: "ALL" }));
    const { CreateAccountStatus } = await organizations.send(
      new CreateAccountCommand({ AccountName: "Shop (EU)", Email: "shop@example.com" }),
    );
    shop = CreateAccountStatus?.AccountId ?? "";
    const own = new S3Client({ ...configuration(), forcePathStyle: true });
    await bucket(own, "acme-audit");
    const shops = await s3Of(shop);
    await bucket(shops, "acme-uploads");
    await shops.send(new PutObjectCommand({ Bucket: "acme-uploads", Key: "a", Body: "x".repeat(2_048) }));
    await bucket(await s3Of(shop, "eu-central-1"), "acme-site", "eu-central-1");
    const central = await s3Of(shop, "eu-central-1");
    const WebsiteConfiguration = { IndexDocument: { Suffix: "index.html" } };
    await central.send(new PutBucketWebsiteCommand({ Bucket: "acme-site", WebsiteConfiguration }));
    const TagSet = [{ Key: "ManagedBy", Value: "Terraform" }];
    await central.send(new PutBucketTaggingCommand({ Bucket: "acme-site", Tagging: { TagSet } }));
  });
  afterAll(async () => {
    await moto.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  const ofOrganization = ["--organization", "--role-name", "reader", "--fleet", "production.yaml"];

  test("every bucket of the organisation is drafted, and the draft is then compared and left alone", async () => {
    const drafted = await discover(...ofOrganization);
    expect(drafted.stderr).toContain("production.yaml: drafted, with 3 buckets at stage prepare");
    expect(drafted.exitCode).toBe(0);
    const file = join(directory, "production.yaml");
    const text = readFileSync(file, "utf8");
    const { targets } = loadFleet(file);
    expect(
      targets.map(({ stackName, account, buckets }) => [stackName, account.id, ...buckets.map(({ name }) => name)]),
    ).toEqual(
      [
        ["master-eu-west-1", management, "acme-audit"],
        ["shop-eu-eu-central-1", shop, "acme-site"],
        ["shop-eu-eu-west-1", shop, "acme-uploads"],
      ].sort(([, one = ""], [, other = ""]) => (one < other ? -1 : one > other ? 1 : 0)),
    );
    const site = targets.flatMap(({ buckets }) => buckets).find(({ name }) => name === "acme-site");
    expect(site).toMatchObject({ encryption: "AES256", policy: "external", defaultEncryption: "external" });
    expect(text).toMatch(/# 1 object, \d+ bytes \(\d{4}-\d\d-\d\d\); default encryption AES256/);

    const same = await discover(...ofOrganization);
    expect(same.stderr).toContain("production.yaml says what is there.");
    expect(same.exitCode).toBe(0);

    await bucket(await s3Of(shop), "acme-new");
    writeFileSync(file, text.replace("acme-audit", "acme-gone"));
    const changed = await discover(...ofOrganization, "--json");
    expect(changed.exitCode).toBe(1);
    const { differences, accounts } = JSON.parse(changed.stdout);
    expect(differences).toMatchObject([
      { is: "new", bucket: "acme-audit" },
      {
        is: "new",
        bucket: "acme-new",
        account: shop,
        region: home,
        entry: expect.arrayContaining(["- name: acme-new"]),
      },
      { is: "gone", bucket: "acme-gone" },
    ]);
    expect(accounts).toContainEqual(expect.objectContaining({ id: shop, listed: true, notRead: [] }));
    expect(readFileSync(file, "utf8")).toBe(text.replace("acme-audit", "acme-gone"));
  });

  test("a check of the fleet's own accounts names what is outside, until the fleet says that it is left out", async () => {
    const file = join(directory, "small.yaml");
    const fleet = (leaveOut: string) =>
      writeFileSync(
        file,
        `state: { backend: local, directory: state }
leaveOut: ${leaveOut}
accounts:
  - { name: own, id: "${management}", regions: { eu-west-1: { buckets: [{ name: acme-audit }] } } }
  - { name: shop, id: "${shop}", planRole: reader, regions: { eu-west-1: { buckets: [{ name: acme-uploads }] } } }
`,
      );
    fleet("[{ name: acme-new, reason: Of the test before }]");
    const outside = await discover("--check", "--fleet", "small.yaml", "--no-sizes");
    expect(outside.stderr.split("\n")).toContain(`outside: s3://acme-site in account ${shop}, eu-central-1`);
    expect(outside.stderr).toContain("1 bucket is outside small.yaml");
    expect(outside.exitCode).toBe(1);
    fleet("[{ name: acme-new, reason: Of the test before }, { name: acme-site, reason: It ends in May }]");
    expect((await discover("--check", "--fleet", "small.yaml", "--no-sizes")).exitCode).toBe(0);
  });

  test("an account of which no role is known hides no other", async () => {
    const accounts = ["--account", "999999999999=dark", "--account", `${management}=bright`];
    const { exitCode, stdout } = await discover(...accounts, "--fleet", "half.yaml", "--json");
    expect(exitCode).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      is: "drafted",
      accounts: [
        { id: "999999999999", listed: false, notRead: [expect.stringContaining("--role-name")] },
        { id: management, listed: true, notRead: [] },
      ],
    });
    const text = readFileSync(join(directory, "half.yaml"), "utf8");
    expect(text).toContain("# account 999999999999 (dark) is not in this draft");
    expect(loadFleet(join(directory, "half.yaml")).targets.map(({ stackName }) => stackName)).toEqual([
      "bright-eu-west-1",
    ]);
  });

  test("the policy for the organisation is alone on stdout, and nothing is asked or written for it", async () => {
    const { exitCode, stdout, stderr } = await discover("--rcp", "--fleet", "none.yaml");
    expect(exitCode).toBe(0);
    const { Statement } = JSON.parse(stdout);
    for (const statement of Statement) {
      expect(statement).toMatchObject({ Effect: "Deny", Principal: "*", Resource: "*" });
    }
    expect(stderr).toContain("https://docs.aws.amazon.com/organizations/");
    expect(existsSync(join(directory, "none.yaml"))).toBe(false);
  });

  test.each([
    ["--account", "12"],
    ["--check", "--fleet", "nowhere.yaml"],
  ])("%s %s ... is a mistake of the caller's", async (...words) => {
    const { exitCode, stderr } = await discover(...words.filter((word): word is string => word !== undefined));
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/It must be 12 digits|nowhere.yaml is not there/);
    expect(stderr).not.toContain("This was not foreseen");
  });
});
