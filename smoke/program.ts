import { join } from "node:path";
import { run as runProgram } from "../scripts/demo/commands";

const root = join(__dirname, "..");

/** Runs the project's own programs, and Terraform, in a run's directory. */
export interface Programs {
  readonly directory: string;
  readonly environment: NodeJS.ProcessEnv;
}

/**
 * What a program printed on standard output.
 *
 * @throws Error with all that it printed, where it ends with another exit code than `expected`
 */
export async function printed(
  { directory, environment }: Programs,
  program: string,
  parameters: readonly string[],
  { where = directory, expected = [0] }: { readonly where?: string; readonly expected?: readonly number[] } = {},
): Promise<{ readonly exitCode: number; readonly stdout: string }> {
  const { exitCode, stdout, stderr } = await runProgram(program, parameters, { directory: where, environment });
  if (expected.includes(exitCode)) return { exitCode, stdout };
  throw new Error(`${program} ${parameters.join(" ")} ended with ${exitCode}:\n${stdout}${stderr}`);
}

/** `at-rest`, as a user types it: how it ended, and all that it said. */
export async function atRest({ directory, environment }: Programs, ...parameters: readonly string[]) {
  const script = join(root, "scripts/at-rest.cjs");
  const { exitCode, stdout, stderr } = await runProgram(process.execPath, [script, ...parameters], {
    directory,
    environment,
  });
  return { exitCode, said: `${stdout}${stderr}` };
}

/** Synthesises the fleet of the run's directory, without cdktf-cli: Terraform itself is run on what comes out. */
export const synthesise = (programs: Programs) =>
  printed(
    { ...programs, environment: { ...programs.environment, CDKTF_OUTDIR: join(programs.directory, "cdktf.out") } },
    process.execPath,
    ["--import", "tsx", join(root, "main.ts")],
    { where: root },
  );
