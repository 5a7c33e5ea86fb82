import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type JsonObject, schemasIn, toHcl } from "./hcl";

const terraform = (directory: string, ...words: string[]): string =>
  execFileSync("terraform", words, { cwd: directory, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });

/** Writes every synthesised stack as HCL, each in a directory of its own. */
function convert(synthesised: string, target: string): void {
  const stacks = readdirSync(join(synthesised, "stacks")).sort();
  const configurations = new Map(
    stacks.map((stack): [string, JsonObject] => [
      stack,
      JSON.parse(readFileSync(join(synthesised, "stacks", stack, "cdk.tf.json"), "utf8")),
    ]),
  );
  const scratch = mkdtempSync(join(tmpdir(), "to-hcl-"));
  try {
    const [first] = configurations.values();
    writeFileSync(join(scratch, "main.tf.json"), JSON.stringify({ terraform: { ...of(first), backend: undefined } }));
    terraform(scratch, "init", "-input=false", "-backend=false");
    const schemas = schemasIn(terraform(scratch, "providers", "schema", "-json"));
    for (const [stack, configuration] of configurations) {
      const directory = join(target, stack);
      mkdirSync(directory, { recursive: true });
      writeFileSync(join(directory, "main.tf"), toHcl(configuration, schemas));
      terraform(directory, "fmt");
      console.log(join(directory, "main.tf"));
    }
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

const of = (configuration: JsonObject | undefined): object => Object(configuration?.["terraform"]);

const [synthesised = "cdktf.out", target = "hcl"] = process.argv.slice(2);
convert(synthesised, target);
