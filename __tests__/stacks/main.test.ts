import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { loadFleet, loadSnapshots } from "../../src/fleet/load";
import { snapshotPath } from "../../src/fleet/names";
import { formatSnapshot } from "../../src/fleet/snapshot";
import { liveBucket, synthesise } from "./arrange";

const root = resolve(__dirname, "../..");
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "synth-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** Synthesises as `cdktf synth` does, without a network, an AWS account or a terraform to ask. */
function synth(fleet: string, output: string, app = "main.ts") {
  const { status, stderr } = spawnSync(process.execPath, ["--import", "tsx", join(root, app)], {
    cwd: root,
    env: { PATH: dirname(process.execPath), FLEET: fleet, CDKTF_OUTDIR: output },
    encoding: "utf8",
  });
  return { status, stderr };
}

/** The checked in fleet, elsewhere, with every bucket at a stage and its snapshot beside it. */
function fleetAt(stage: string): string {
  const file = join(directory, "fleet.yaml");
  copyFileSync(join(root, "fleet.yaml"), file);
  writeFileSync(file, readFileSync(file, "utf8").replaceAll("stage: prepare\n", `stage: ${stage}\n`));
  for (const bucket of ["acme-uploads", "acme-contracts", "acme-reports"]) {
    const path = snapshotPath(directory, "111111111111", "eu-west-1", bucket);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, formatSnapshot(liveBucket(bucket, { objectLock: bucket === "acme-contracts" })));
  }
  return file;
}

const filesIn = (output: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(output, { recursive: true, encoding: "utf8" })
      .filter((name) => statSync(join(output, name)).isFile())
      .sort()
      .map((name) => [name, readFileSync(join(output, name), "utf8")]),
  );

test("the checked in fleet synthesises, and twice to the same bytes", () => {
  const fleet = fleetAt("encrypt");
  const [first, second] = [join(directory, "first"), join(directory, "second")];
  expect(synth(fleet, first)).toEqual({ status: 0, stderr: "" });
  expect(synth(fleet, second)).toEqual({ status: 0, stderr: "" });
  expect(Object.keys(filesIn(first))).toContain("stacks/sandbox-eu-west-1/cdk.tf.json");
  expect(filesIn(second)).toEqual(filesIn(first));

  // Wherever the synthesised files are, the state is beside the fleet file.
  const stack = join(first, "stacks", "sandbox-eu-west-1");
  const { terraform } = JSON.parse(readFileSync(join(stack, "cdk.tf.json"), "utf8"));
  expect(resolve(stack, terraform.backend.local.path)).toBe(join(directory, "state", "sandbox-eu-west-1.tfstate"));
});

test.each(["prepare", "encrypt", "enforce", "released"])("the checked in fleet can go to stage %s", (stage) => {
  const fleet = loadFleet(fleetAt(stage));
  const { resource } = synthesise(fleet, [...loadSnapshots(fleet).values()]);
  const held = stage === "encrypt" || stage === "enforce" ? 3 : 0;
  expect(Object.keys(resource["aws_s3_bucket_policy"] ?? {})).toHaveLength(1 + held);
});

test("a variable without a value names no fleet: the one at the root is taken", () => {
  expect(synth("", join(directory, "out"))).toEqual({ status: 0, stderr: "" });
});

test.each(["main.ts", "bootstrap.ts"])("%s says how a fleet is made where there is none", (app) => {
  const fleet = join(directory, "fleet.yaml");
  const stderr = `${fleet}: is not there. Draft it with at-rest discover, or name another with FLEET.\n`;
  expect(synth(fleet, join(directory, "out"), app)).toEqual({ status: 2, stderr });
});

test("a fleet with mistakes says them, one a line, and leaves with 2", () => {
  const fleet = join(directory, "fleet.yaml");
  writeFileSync(fleet, "state: { backend: local, directory: state }\naccounts: []\n");
  expect(synth(fleet, join(directory, "out"))).toEqual({ status: 2, stderr: `${fleet}: accounts: is empty.\n` });
});

test("what the pipeline needs is an app of its own, which asks for a pipeline", () => {
  const fleet = fleetAt("prepare");
  const output = join(directory, "bootstrap");
  const missing = `${fleet}: github: is missing; it says which repository plans and applies the fleet.\n`;
  expect(synth(fleet, output, "bootstrap.ts")).toEqual({ status: 2, stderr: missing });

  const text = readFileSync(fleet, "utf8").replace(/^state:[\s\S]*?\n\n/m, "");
  writeFileSync(
    fleet,
    `state: { backend: s3, bucket: acme-state, region: eu-west-1 }
github: { repository: acme/at-rest, account: "999999999999" }
${text}`,
  );
  expect(synth(fleet, output, "bootstrap.ts")).toEqual({ status: 0, stderr: "" });
  expect(readdirSync(join(output, "stacks")).sort()).toEqual(["bootstrap-pipeline", "bootstrap-sandbox"]);
});
