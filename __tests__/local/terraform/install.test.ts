import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installProvider } from "../../../local/terraform/install";

const directories = ["one", "two"].map((name) => mkdtempSync(join(tmpdir(), `at-rest-install-${name}-`)));
afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true });
});

/** The files below a mirror with their contents: what Terraform's lock file hashes. */
const mirrored = (directory: string): string[][] =>
  readdirSync(join(directory, "mirror"), { recursive: true, encoding: "utf8" })
    .map((file) => [file, join(directory, "mirror", file)])
    .filter(([, path = ""]) => statSync(path).isFile())
    .map(([file = "", path = ""]) => [file, readFileSync(path, "utf8")]);

test("the mirror is the same wherever it is, and so is its hash in lock files", async () => {
  const [one = "", two = ""] = directories;
  const installed = await Promise.all([installProvider(one), installProvider(two)]);
  expect(installed[0].environment["TF_CLI_CONFIG_FILE"]).not.toBe(installed[1].environment["TF_CLI_CONFIG_FILE"]);
  expect(mirrored(one)).toEqual(mirrored(two));
  expect(mirrored(one)).toHaveLength(1);
});

test("an unchanged provider is not built again", async () => {
  const [one = ""] = directories;
  const program = (await installProvider(one)).environment["AT_REST_LOCAL_PROVIDER"] ?? "";
  const built = statSync(program).mtimeMs;
  expect((await installProvider(one)).environment["AT_REST_LOCAL_PROVIDER"]).toBe(program);
  expect(statSync(program).mtimeMs).toBe(built);
});

test("started without its environment, the provider says what is missing", async () => {
  const [one = ""] = directories;
  await installProvider(one);
  const [[executable = ""] = []] = mirrored(one);
  const { status, stderr } = spawnSync(join(one, "mirror", executable), {
    env: { PATH: process.env["PATH"] },
    encoding: "utf8",
  });
  expect(status).not.toBe(0);
  expect(stderr).toContain("AT_REST_LOCAL_PROVIDER: is not set");
});
