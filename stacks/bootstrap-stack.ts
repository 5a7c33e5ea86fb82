import { IamOpenidConnectProvider } from "@cdktf/provider-aws/lib/iam-openid-connect-provider";
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { TerraformOutput, TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import type { Fleet, State } from "../src/fleet/fleet";
import { boundaryArn, type Github, type PipelineAccount, pipelineAccounts, roleArn } from "../src/fleet/github";
import { ManagedRole } from "./constructs/managed-role";
import { protection } from "./constructs/protection";
import { keepStateInS3 } from "./constructs/s3-backend";
import { StateBucket } from "./constructs/state-bucket";
import { applyPolicies, managedBy, planPolicies, reachOf } from "./policies/pipeline";
import { audienceIn, entryGrants, githubIssuerUrl, pipelineTrust } from "./policies/pipeline-entry";

export interface BootstrapStackProps {
  readonly fleet: Fleet & { readonly github: Github; readonly state: Extract<State, { backend: "s3" }> };
  /** The account that the stack is for. */
  readonly account: PipelineAccount;
}

const longest = { plan: 3_600, apply: 21_600 } as const;

/**
 * What a person applies once to an account, so that the pipeline needs nobody's keys: the roles that plan and apply,
 * and in the entry account the state bucket and GitHub's identity provider.
 *
 * The pipeline's own roles cannot apply it: what they may do is not theirs to change.
 */
export class BootstrapStack extends TerraformStack {
  constructor(scope: Construct, id: string, { fleet, account }: BootstrapStackProps) {
    super(scope, id);
    this.addOverride("terraform.required_version", ">= 1.11");
    const { github, state } = fleet;
    const isEntry = account.id === github.entry.id;
    // Not below the prefix of the fleet's states, which the apply role may write.
    keepStateInS3(this, state, `${state.prefix}-bootstrap/${id}.tfstate`);
    this.connect(github, account);
    if (isEntry) {
      new StateBucket(this, "state", { bucketName: state.bucket, partition: account.partition });
      if (github.oidcProvider === "create") this.trustGithub(account.partition);
    }
    new TerraformOutput(this, "at_rest_pipeline", {
      staticId: true,
      value: { planRole: this.role("plan", fleet, account), applyRole: this.role("apply", fleet, account) },
    });
    this.node.addValidation(protection(this));
  }

  private connect({ entry, administratorRole }: Github, { id, partition, region }: PipelineAccount): void {
    const roleArns = administratorRole && id !== entry.id ? [roleArn(partition, id, administratorRole)] : [];
    new AwsProvider(this, "aws", {
      region,
      allowedAccountIds: [id],
      assumeRole: roleArns.length > 0 ? roleArns.map((arn) => ({ roleArn: arn })) : undefined,
      defaultTags: [{ tags: { [managedBy.key]: managedBy.value, stack: this.node.id } }],
    });
  }

  private trustGithub(partition: string): void {
    new IamOpenidConnectProvider(this, "github", {
      url: githubIssuerUrl,
      clientIdList: [audienceIn(partition)],
      lifecycle: { preventDestroy: true },
    }).overrideLogicalId("github");
  }

  private role(kind: "plan" | "apply", fleet: BootstrapStackProps["fleet"], account: PipelineAccount): string {
    const { github, state, targets } = fleet;
    const waves = [...new Set(targets.map((target) => target.account.wave))].sort((a, b) => a - b);
    const isEntry = account.id === github.entry.id;
    const more = isEntry ? entryGrants(kind, state, account.partition, pipelineAccounts(fleet)) : [];
    const { permissionsBoundary } = github;
    const boundary = permissionsBoundary && boundaryArn(account.partition, account.id, permissionsBoundary);
    const reach = reachOf(account, account.targets, boundary);
    const arn = kind === "plan" ? account.planRole : account.applyRole;
    const [, path = "/", name = ""] = /:role(\/(?:.*\/)?)([^/]+)$/.exec(arn) ?? [];
    return new ManagedRole(this, kind, {
      logicalId: kind,
      name,
      path,
      description: kind === "plan" ? "Plans the fleet; reads only" : "Applies the fleet",
      trust: pipelineTrust(github, account, kind, waves),
      permissionsBoundary: reach.boundary,
      maxSessionInSeconds: longest[kind],
      policies: kind === "plan" ? planPolicies(reach, more) : applyPolicies(reach, more),
      whenTooMany: "divide the account's buckets among two accounts' fleets, or ask AWS for a higher quota",
    }).arn;
  }
}
