import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { outputsPath } from "../../src/fleet/names";
import { hasTerraform } from "../local/terraform/workspace";
import { type Ended, ended } from "../support/at-rest-world";
import { type RolloutWorld, rolloutWorld } from "../support/rollout-world";

const withTerraform = hasTerraform ? describe : describe.skip;
if (!hasTerraform) console.warn("terraform is not on the PATH: cdktf deploys nothing.");

const account = "111111111111";
const stack = "sandbox-eu-west-1";
const bucket = "acme-uploads";
const root = resolve(__dirname, "../..");

const fleet = (stage: string) => `
state: { backend: local, directory: state }
accounts:
  - name: sandbox
    id: "${account}"
    regions:
      eu-west-1: { buckets: [{ name: ${bucket}, stage: ${stage} }] }
      us-east-1: { buckets: [{ name: acme-others }] }
`;

const plain = (text: string): string => text.replace(/\x1b\[[0-9;]*m/g, "");

withTerraform("one stack with cdktf, the real Terraform and a local AWS", () => {
  let world: RolloutWorld;
  /** In the project, where cdktf.json is. */
  const cdktf = (...words: string[]): Promise<Ended> => {
    const program = join(root, "node_modules/cdktf-cli/bundle/bin/cdktf");
    const output = ["--output", join(world.directory, "cdktf.out")];
    const environment = { ...world.environment, FLEET: join(world.directory, "fleet.yaml"), CI: "1" };
    return ended(
      spawn(process.execPath, [program, ...words, ...output], { cwd: root, env: environment, stdio: "pipe" }),
    );
  };

  beforeAll(async () => {
    world = await rolloutWorld(account);
    await world.s3.createBucket({ Bucket: bucket, CreateBucketConfiguration: { LocationConstraint: "eu-west-1" } });
    world.write("fleet.yaml", fleet("prepare"));
  });
  afterAll(() => world.close());

  test("cdktf diff shows what a stack would change, and changes nothing", async () => {
    world.writes.length = 0;
    const { exitCode, stdout } = await cdktf("diff", stack);
    expect(exitCode).toBe(0);
    expect(plain(stdout)).toMatch(/Plan: \d+ to add, 0 to change, 0 to destroy/);
    expect(world.writes).toEqual([]);
  }, 240_000);

  test("cdktf deploy applies it, and at-rest outputs reads what it answered", async () => {
    const file = join(world.directory, "outputs.json");
    const deployed = await cdktf("deploy", stack, "--auto-approve", "--outputs-file", file);
    expect(deployed.exitCode).toBe(0);
    expect(world.writes).toContain("CreateKey");
    expect(existsSync(join(world.directory, "state", `${stack}.tfstate`))).toBe(true);
    expect(existsSync(join(world.directory, "state/sandbox-us-east-1.tfstate"))).toBe(false);
    expect(await world.atRest("outputs", stack, "--outputs-file", file)).toMatchObject({ exitCode: 0 });
    expect(JSON.parse(readFileSync(outputsPath(world.directory, stack), "utf8"))).toMatchObject({ account });
    world.writes.length = 0;
    expect(plain((await cdktf("diff", stack)).stdout)).toContain("No changes.");
    expect(world.writes).toEqual([]);
  }, 240_000);
});
