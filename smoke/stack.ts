import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Stage } from "../src/fleet/fleet";
import { type Programs, printed, synthesise } from "./program";
import { accountNameOf, type Run, stackNameOf } from "./run-id";

export interface StackProps {
  readonly run: Run;
  readonly partition: string;
  readonly programs: Programs;
}

/** The run's one stack, as its user moves it on: the fleet, synth, plan, apply of that plan. */
export class Stack {
  readonly #props: StackProps;
  readonly #stages = new Map<string, Stage>();
  readonly #directory: string;
  #providerVersion = "";
  #initialised: string | undefined;

  constructor(props: StackProps) {
    this.#props = props;
    this.#directory = join(props.programs.directory, "cdktf.out/stacks", stackNameOf(props.run));
  }

  /** Writes the fleet with a bucket at a stage. Buckets that were there stay. */
  write(bucket: string, stage: Stage): void {
    this.#stages.set(bucket, stage);
    const { run, partition, programs } = this.#props;
    const buckets = [...this.#stages].map(([name, at]) => ({ name, stage: at }));
    const account = { name: accountNameOf(run), id: run.account, partition, regions: { [run.region]: { buckets } } };
    const fleet = { state: { backend: "local", directory: "state" }, accounts: [account] };
    // JSON is YAML.
    writeFileSync(join(programs.directory, "fleet.yaml"), JSON.stringify(fleet, null, 2));
  }

  /** From the next apply on, Terraform takes the newest version of hashicorp/aws that this constraint allows. */
  useProvider(version: string): void {
    this.#providerVersion = version;
  }

  /** Applies the fleet as it is written. Returns Terraform's last words. */
  async apply(): Promise<string> {
    await synthesise(this.#props.programs);
    this.#chooseProvider();
    if (this.#initialised !== this.#providerVersion) await this.#terraform(["init", "-input=false", "-upgrade"]);
    this.#initialised = this.#providerVersion;
    await this.#terraform(["plan", "-input=false", "-out=plan"]);
    const { stdout } = await this.#terraform(["apply", "-input=false", "plan"]);
    return stdout.match(/^Apply complete!.*$/m)?.[0] ?? stdout;
  }

  /** What is left to change after an apply: "No changes" where it is as it should be. */
  async leftToChange(): Promise<string> {
    const plan = ["plan", "-input=false", "-detailed-exitcode"];
    const { exitCode, stdout } = await this.#terraform(plan, [0, 2]);
    return exitCode === 0 ? "No changes" : (stdout.match(/^Plan:.*$/m)?.[0] ?? stdout);
  }

  /** Of Terraform, and of hashicorp/aws as it was chosen. */
  async versions(): Promise<Versions> {
    const { stdout } = await this.#terraform(["version", "-json"]);
    const { terraform_version: terraform, provider_selections: providers = {} }: TerraformVersion = JSON.parse(stdout);
    const [, provider] = Object.entries(providers).find(([name]) => name.endsWith("/hashicorp/aws")) ?? [];
    return { terraform, provider };
  }

  #chooseProvider(): void {
    const file = join(this.#directory, "cdk.tf.json");
    const synthesised: Synthesised = JSON.parse(readFileSync(file, "utf8"));
    synthesised.terraform.required_providers.aws.version = this.#providerVersion;
    writeFileSync(file, JSON.stringify(synthesised, null, 2));
  }

  #terraform(parameters: readonly string[], expected: readonly number[] = [0]) {
    const options = parameters[0] === "version" ? parameters : [...parameters, "-no-color"];
    return printed(this.#props.programs, "terraform", options, { where: this.#directory, expected });
  }
}

export interface Versions {
  readonly terraform?: string;
  /** Of hashicorp/aws. */
  readonly provider?: string;
}

interface TerraformVersion {
  readonly terraform_version?: string;
  readonly provider_selections?: Readonly<Record<string, string>>;
}

interface Synthesised {
  readonly terraform: { readonly required_providers: { readonly aws: { version: string } } };
}
