import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { arch, platform } from "node:os";
import { dirname, join, resolve } from "node:path";
import { build } from "esbuild";

const VERSION = "6.25.0";
// A mirror has a folder for each registry, and hashicorp/aws is of Terraform's own.
const SOURCE = `${["registry", "terraform", "io"].join(".")}/hashicorp/aws`;

export interface InstalledProvider {
  /** For `terraform` and `cdktf`, on top of the environment that leads to the local AWS. */
  readonly environment: Record<string, string>;
}

/**
 * Makes `terraform init` find the local stand-in as hashicorp/aws, without a network, for whoever has the environment
 * that is returned. Everything is below `directory`, which may be kept and used again.
 */
export async function installProvider(directory: string): Promise<InstalledProvider> {
  const root = resolve(directory);
  const mirror = join(root, "mirror");
  const program = await built(root);

  const platformDirectory = `${platform()}_${arch() === "x64" ? "amd64" : arch()}`;
  const executable = join(mirror, SOURCE, VERSION, platformDirectory, `terraform-provider-aws_v${VERSION}`);
  await mkdir(dirname(executable), { recursive: true });
  // Terraform's lock file has the hash of this directory, so it must not change with the program.
  await writeFile(
    executable,
    `#!/bin/sh\nexec node "\${AT_REST_LOCAL_PROVIDER:?is not set: see local/terraform/install.ts}"\n`,
    { mode: 0o755 },
  );

  const configuration = join(root, "terraform.rc");
  const include = JSON.stringify([SOURCE]);
  await writeFile(
    configuration,
    `provider_installation {\n  filesystem_mirror {\n    path    = ${JSON.stringify(mirror)}\n    include = ${include}\n  }\n}\n`,
  );
  return {
    environment: {
      AT_REST_LOCAL_PROVIDER: program,
      TF_CLI_CONFIG_FILE: configuration,
      // `cdktf` locks providers in a fresh directory; without this Terraform would ask the registry.
      TF_CLI_ARGS_providers_lock: `-fs-mirror=${mirror}`,
      // A shared plugin cache would hand the stand-in to projects that mean the real provider.
      TF_PLUGIN_CACHE_DIR: "",
      CDKTF_DISABLE_PLUGIN_CACHE_ENV: "true",
      CHECKPOINT_DISABLE: "1",
    },
  };
}

/** @returns the path of the provider as one file, which starts three times as fast as its sources */
async function built(directory: string): Promise<string> {
  const program = join(directory, `provider-${await fingerprint()}.cjs`);
  if (existsSync(program)) return program;
  const unfinished = `${program}.${process.pid}`;
  await build({
    entryPoints: [join(__dirname, "main.ts")],
    outfile: unfinished,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    mainFields: ["module", "main"],
    minify: true,
    logLevel: "error",
  });
  await rename(unfinished, program);
  return program;
}

/** Of everything that the build reads: these sources, and the lock file for the packages. */
async function fingerprint(): Promise<string> {
  const sources = await readdir(__dirname, { recursive: true });
  const files = sources.filter((file) => /\.(?:ts|json)$/.test(file)).sort();
  const hash = createHash("sha256");
  for (const file of [...files, "../http/certificate.ts", "../../package-lock.json"]) {
    hash.update(`${file}\0`).update(await readFile(join(__dirname, file)));
  }
  return hash.digest("hex").slice(0, 16);
}

if (require.main === module) {
  const [directory = ".at-rest/provider"] = process.argv.slice(2);
  void installProvider(directory).then(({ environment }) => {
    for (const [name, value] of Object.entries(environment)) {
      console.log(`export ${name}='${value.replaceAll("'", "'\\''")}'`);
    }
  });
}
