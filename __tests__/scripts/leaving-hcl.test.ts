import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import fc from "fast-check";
import { installProvider } from "../../local/terraform/install";
import { template, toHcl } from "../../scripts/leaving/hcl";
import { hasTerraform } from "../local/terraform/workspace";
import { liveBucket, synthesise, synthesiseBootstrap } from "../stacks/arrange";
import { pipelineFleet } from "../stacks/pipeline-fleet";

const open = "$" + "{";

test.each([
  ["plain", '"plain"'],
  ['a "quote" and a \\', '"a \\"quote\\" and a \\\\"'],
  ["two\nlines", '"two\\nlines"'],
  [`${open}aws_kms_key.at_rest.arn}`, "aws_kms_key.at_rest.arn"],
  [`{"Key":"${open}aws_kms_key.at_rest.arn}"}`, `"{\\"Key\\":\\"${open}aws_kms_key.at_rest.arn}\\"}"`],
  [`${open}terraform.applying ? "a}" : "b"}`, 'terraform.applying ? "a}" : "b"'],
  [`${open}a}-${open}b}`, `"${open}a}-${open}b}"`],
  [`$${open}aws:username}/*`, `"$${open}aws:username}/*"`],
  [`${open}"${open}a}"}/b`, `"${open}"${open}a}"}/b"`],
])("the template %j is %s in HCL", (text, hcl) => {
  expect(template(text)).toBe(hcl);
});

test("text without an interpolation reads as in JSON, whatever is in it", () => {
  const text = fc
    .string({ unit: "binary-ascii" })
    .filter((given) => !/[$%]\{/.test(given) && !/[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/.test(given));
  fc.assert(fc.property(text, (given) => expect(JSON.parse(template(given))).toBe(given)));
});

test("what is not understood is refused, not left out", () => {
  const schemas = { provider: {}, resources: {} };
  expect(() => toHcl({ module: {} }, schemas)).toThrow("module is not understood.");
  expect(() => toHcl({ resource: { aws_new: { it: {} } } }, schemas)).toThrow(
    "The provider has no resource type aws_new.",
  );
});

const withTerraform = hasTerraform ? describe : describe.skip;

const root = resolve(__dirname, "../..");

withTerraform("stacks as HCL, for the real Terraform", () => {
  const directory = mkdtempSync(join(tmpdir(), "at-rest-hcl-"));
  afterAll(() => rmSync(directory, { recursive: true }));

  test("are valid, whether they hold buckets or forget them, and so is the pipeline's", async () => {
    const at = (stage: string) =>
      pipelineFleet(`[{ name: acme-uploads, stage: ${stage} }, { name: acme.b, encryption: AES256, stage: ${stage} }]`);
    const live = [liveBucket("acme-uploads", { policy: foreign }), liveBucket("acme.b")];
    const stacks: [string, object][] = [
      ...["prepare", "enforce"].map((stage): [string, object] => [stage, synthesise(at(stage), live)]),
      ...["pipeline"].map((name): [string, object] => [name, synthesiseBootstrap(at("prepare"), name)]),
    ];
    for (const [name, stack] of stacks) {
      mkdirSync(join(directory, "out/stacks", name), { recursive: true });
      writeFileSync(join(directory, "out/stacks", name, "cdk.tf.json"), JSON.stringify(stack));
    }
    const environment = { ...process.env, ...(await installProvider(directory)).environment };
    const run = (cwd: string, file: string, ...words: string[]) =>
      execFileSync(file, words, { cwd, env: environment, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
    run(
      root,
      process.execPath,
      "--import",
      "tsx",
      "scripts/leaving/to-hcl.ts",
      join(directory, "out"),
      join(directory, "hcl"),
    );
    for (const [name] of stacks) {
      const written = join(directory, "hcl", name);
      run(written, "terraform", "init", "-input=false", "-backend=false");
      expect(run(written, "terraform", "validate", "-no-color")).toContain("The configuration is valid.");
    }
  }, 120_000);
});

const foreign = {
  Version: "2012-10-17",
  Statement: [
    {
      Sid: "AnotherTeams",
      Effect: "Allow",
      Principal: { AWS: "arn:aws:iam::111111111111:root" },
      Action: "s3:GetObject",
      Resource: `arn:aws:s3:::acme-uploads/${open}aws:username}/*`,
    },
  ],
};
