import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findTool, toolDirectory } from "./clients";

const fromPyPi = ["awscli==1.46.3", "boto3==1.43.103", "botocore==1.43.127", "c7n==0.9.53", "s3cmd==2.4.0"];
const s5cmd = "github.com/peak/s5cmd/v2";
const s5cmdVersion = "v2.3.0";

const run = (program: string, parameters: readonly string[], directory = toolDirectory): void => {
  execFileSync(program, parameters, { cwd: directory, stdio: "inherit" });
};

/** Puts what others made into `.bench`, at the versions that the numbers in docs/performance.md are of. */
export function installTools(): void {
  mkdirSync(toolDirectory, { recursive: true });
  const environment = join(toolDirectory, "venv");
  if (!existsSync(join(environment, "bin/custodian"))) {
    run("python3", ["-m", "venv", environment]);
    run(join(environment, "bin/pip"), ["install", "--quiet", ...fromPyPi]);
  }
  if (findTool("go") === undefined) {
    process.stderr.write("Go is not installed, so s5cmd is left out.\n");
  } else if (!existsSync(join(toolDirectory, "bin/s5cmd"))) {
    // A module that requires it, since `go install` of a version also asks for the list of all versions.
    const source = join(toolDirectory, "s5cmd");
    mkdirSync(source, { recursive: true });
    writeFileSync(join(source, "go.mod"), `module bench\n\ngo 1.22\n\nrequire ${s5cmd} ${s5cmdVersion}\n`);
    run("go", ["build", "-mod=mod", "-o", join(toolDirectory, "bin/s5cmd"), s5cmd], source);
  }
}
