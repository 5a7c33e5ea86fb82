import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(__dirname, "../..");
const virtualEnvironment = join(root, ".venv/bin");

const answers = (program: string, parameters: readonly string[]): boolean =>
  spawnSync(program, parameters, { stdio: "ignore" }).status === 0;

const firstThatAnswers = (programs: readonly string[], parameters: readonly string[]): string | undefined =>
  programs.find((program) => (!program.includes("/") || existsSync(program)) && answers(program, parameters));

/** The real AWS CLI: from `.venv`, else from the PATH. */
export const findAwsCli = (): string | undefined =>
  firstThatAnswers([join(virtualEnvironment, "aws"), "aws"], ["--version"]);

/** A Python that has boto3: from `.venv`, else from the PATH. */
export const findPythonWithBoto3 = (): string | undefined =>
  firstThatAnswers([join(virtualEnvironment, "python"), "python3"], ["-c", "import boto3"]);

/** From `.venv`, else from the PATH. */
export const findS3cmd = (): string | undefined =>
  firstThatAnswers([join(virtualEnvironment, "s3cmd"), "s3cmd"], ["--version"]);

/** From `.venv`, else from the PATH. */
export const findRclone = (): string | undefined =>
  firstThatAnswers([join(virtualEnvironment, "rclone"), "rclone"], ["version"]);

/** From `.venv`, else from the PATH. */
export const findMotoServer = (): string | undefined =>
  firstThatAnswers([join(virtualEnvironment, "moto_server"), "moto_server"], ["--help"]);

/** The HTTP proxy proxy.py: from `.venv`, else from the PATH. */
export const findProxy = (): string | undefined =>
  firstThatAnswers([join(virtualEnvironment, "proxy"), "proxy"], ["--version"]);

/**
 * Tests that need a program which we did not write. Where it is missing they are skipped, and the report says why;
 * in CI, where `.ci/run` has installed it, that is a failure.
 */
export const describeWith = (
  program: string | undefined,
  name: string,
  howToInstall: string,
  tests: (program: string) => void,
): void => {
  const reason = `${name}: not there, neither in .venv nor on the PATH (${howToInstall})`;
  if (program !== undefined) {
    describe(name, () => tests(program));
  } else if (process.env["CI"]) {
    test(name, () => {
      throw new Error(reason);
    });
  } else {
    test.skip(reason, () => undefined);
  }
};

export interface Finished {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export const run = (
  program: string,
  parameters: readonly string[],
  environment: NodeJS.ProcessEnv,
  directory: string = root,
): Promise<Finished> =>
  new Promise((done, reject) => {
    const child = spawn(program, parameters, { env: environment, cwd: directory, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk) => (stdout += chunk));
    child.stderr.on("data", (chunk) => (stderr += chunk));
    child.on("error", reject);
    child.on("close", (exitCode) => done({ exitCode, stdout, stderr }));
  });

export interface RunningLocalAws {
  /** What the printed `export` lines say, and nothing of this machine's own AWS configuration. */
  readonly environment: NodeJS.ProcessEnv;
  readonly httpUrl: string;
  stop(): Promise<void>;
}

/** Starts `npm run local` as a user would, in a process of its own, and reads the `export` lines that it prints. */
export const startLocalAws = (...parameters: readonly string[]): Promise<RunningLocalAws> =>
  new Promise((ready, reject) => {
    const tsx = join(root, "node_modules/.bin/tsx");
    const child = spawn(tsx, [join(root, "local/main.ts"), "--port", "0", "--http-port", "0", ...parameters], {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const closed = new Promise<void>((resolveClosed) => child.on("close", () => resolveClosed()));
    let stdout = "";
    let stderr = "";
    child.stderr.on("data", (chunk) => (stderr += chunk));
    child.on("error", reject);
    child.on("close", (exitCode) => reject(new Error(`the local AWS ended with ${exitCode}: ${stderr}`)));
    child.stdout.on("data", (chunk) => {
      stdout += chunk;
      const httpUrl = stdout.match(/http:\/\/127\.0\.0\.1:\d+|http:\/\/localhost:\d+/)?.[0];
      const exported = [...stdout.matchAll(/^export (\w+)=(.*)$/gm)].map(([, name = "", value = ""]) => [
        name,
        value.replace(/^(['"])(.*)\1$/, "$2"),
      ]);
      if (!httpUrl || !exported.some(([name]) => name === "AWS_REGION")) return;
      ready({
        environment: { PATH: process.env["PATH"], HOME: "/nonexistent", ...Object.fromEntries(exported) },
        httpUrl,
        stop: async () => {
          child.kill("SIGINT");
          await closed;
        },
      });
    });
  });

/** As `run`, and gives what was printed. @throws Error where the program did not succeed */
export const mustRun = async (
  program: string,
  parameters: readonly string[],
  environment: NodeJS.ProcessEnv,
  directory?: string,
): Promise<string> => {
  const { exitCode, stdout, stderr } = await run(program, parameters, environment, directory);
  if (exitCode !== 0) throw new Error(`${program} ${parameters.join(" ")} ended with ${exitCode}: ${stdout}${stderr}`);
  return stdout;
};

export const readJson = (path: string): unknown => JSON.parse(readFileSync(path, "utf8"));
