import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export type Json = Record<string, unknown>;

export interface Run {
  readonly exitCode: number;
  /** Without colours, and with the lines of an error box joined, so that a sentence can be looked for. */
  readonly output: string;
  readonly log: string;
  readonly stdout: string;
}

/** A resource in `terraform show -json` of a plan, as far as the tests look at it. */
export interface Change {
  readonly type: string;
  readonly address: string;
  readonly change: {
    readonly actions: string[];
    readonly before: Json | null;
    readonly after: Json | null;
    readonly after_unknown: Json;
    readonly replace_paths?: string[][];
    readonly importing?: Json;
  };
}

export const hasTerraform = spawnSync("terraform", ["version"]).status === 0;

/** A directory with a configuration, in which the real Terraform runs. */
export class Workspace {
  readonly directory = mkdtempSync(join(tmpdir(), "at-rest-terraform-"));

  constructor(private readonly environment: Record<string, string>) {}

  /** Replaces the configuration. `provider` is merged into the provider block. */
  write(configuration: Json, provider: Json | Json[] = {}): void {
    const providers = [provider].flat().map((block) => ({ region: "eu-west-1", ...block }));
    const whole = {
      terraform: { required_providers: { aws: { source: "hashicorp/aws", version: "6.25.0" } } },
      provider: { aws: providers },
      ...configuration,
    };
    writeFileSync(join(this.directory, "main.tf.json"), JSON.stringify(whole));
  }

  run(parameters: string[], variables: Record<string, string> = {}): Promise<Run> {
    const environment = { ...process.env, TF_LOG: "WARN", TF_IN_AUTOMATION: "1", ...this.environment, ...variables };
    return new Promise((done) => {
      execFile(
        "terraform",
        parameters,
        { cwd: this.directory, env: environment, maxBuffer: 100_000_000 },
        (error, stdout, log) => {
          const exitCode = error ? Number(error.code) : 0;
          const plain = `${stdout}${log}`.replace(/\x1b\[[0-9;]*m/g, "");
          done({ exitCode, output: plain.replace(/\n[│╷╵ ]*/g, " "), log, stdout });
        },
      );
    });
  }

  /** Runs what must succeed, without Terraform noticing that the provider broke its promise. */
  async must(...parameters: string[]): Promise<void> {
    await this.expectExitCode([0], parameters);
  }

  /** Plans into a file and returns what it would change; [] is what "No changes" means. */
  async plan(...options: string[]): Promise<Change[]> {
    const plan = ["plan", "-input=false", "-out=plan", "-detailed-exitcode", ...options];
    if ((await this.expectExitCode([0, 2], plan)) === 0) return [];
    const { stdout } = await this.run(["show", "-json", "plan"]);
    const { resource_changes: changes = [] }: { resource_changes?: Change[] } = JSON.parse(stdout);
    return changes.filter(({ change }) => change.actions.join() !== "no-op" || change.importing);
  }

  /** The values of each resource in the state, by type: there is one of each. */
  async state(): Promise<Record<string, Json>> {
    const { stdout } = await this.run(["state", "pull"]);
    const { resources = [] }: { resources?: { type: string; instances: { attributes: Json }[] }[] } = JSON.parse(
      stdout || "{}",
    );
    return Object.fromEntries(resources.map(({ type, instances }) => [type, instances[0]?.attributes ?? {}]));
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  private async expectExitCode(expected: readonly number[], parameters: string[]): Promise<number> {
    const { exitCode, output, log } = await this.run(parameters);
    if (!expected.includes(exitCode)) throw new Error(`terraform ${parameters.join(" ")}: ${exitCode}\n${output}`);
    expect(log).not.toMatch(/unexpected new value/);
    return exitCode;
  }
}
