import { Testing } from "cdktf";
import type { Fleet } from "../../src/fleet/fleet";
import { pipelineAccounts } from "../../src/fleet/github";
import type { PolicyDocument } from "../../src/fleet/policy";
import type { BucketSnapshot } from "../../src/fleet/snapshot";
import { BootstrapStack } from "../../stacks/bootstrap-stack";
import { EncryptionStack } from "../../stacks/encryption-stack";
import { targetOf } from "../support/fleets";
import { snapshotOf } from "../support/snapshots";

/** What was live in a bucket before this project. */
export const liveBucket = snapshotOf;

/** What Terraform is given, as far as tests look at it. */
export interface Synthesised {
  readonly resource: Record<string, Record<string, Record<string, unknown>>>;
  readonly import?: readonly { to: string; id: string }[];
  readonly removed?: readonly { from: string; lifecycle: { destroy: boolean } }[];
  readonly output: Record<string, { value: unknown }>;
  readonly provider: { aws: readonly Record<string, unknown>[] };
  readonly terraform: Record<string, unknown>;
}

/** Synthesises the fleet's only stack, with validations and aspects. */
export function synthesise(fleet: Fleet, snapshots: readonly BucketSnapshot[] = []): Synthesised {
  const target = targetOf(fleet);
  const stack = new EncryptionStack(Testing.app(), target.stackName, {
    fleet,
    target,
    snapshots: new Map(snapshots.map((snapshot) => [snapshot.bucket, snapshot])),
  });
  return JSON.parse(Testing.synth(stack, true));
}

/** Synthesises what the pipeline needs in an account of the fleet, or in `pipeline` where it comes in. */
export function synthesiseBootstrap(fleet: Fleet, name: string): Synthesised {
  const { github, state } = fleet;
  const account = pipelineAccounts(fleet).find((each) => each.name === name);
  if (!github || state.backend !== "s3" || !account) throw new Error(`the fleet has no pipeline in ${name}`);
  const stack = new BootstrapStack(Testing.app(), `bootstrap-${name}`, { fleet: { ...fleet, github, state }, account });
  return JSON.parse(Testing.synth(stack, true));
}

export function resourceOf(synthesised: Synthesised, type: string, name: string): Record<string, unknown> {
  const resource = synthesised.resource[type]?.[name];
  if (!resource) throw new Error(`no ${type}.${name}`);
  const { "//": _, ...attributes } = resource;
  return attributes;
}

/** The policy in a resource's attribute, as Terraform would hand it to AWS. */
export function policyOf(synthesised: Synthesised, type: string, name: string, attribute = "policy"): PolicyDocument {
  const text = String(resourceOf(synthesised, type, name)[attribute]);
  return JSON.parse(text.replaceAll("$${", "${").replaceAll("%%{", "%{"));
}
