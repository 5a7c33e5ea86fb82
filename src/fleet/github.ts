import type { z } from "zod";
import type { Account, Fleet, Target } from "./fleet";
import type { Mistake } from "./mistakes";
import type { githubSchema } from "./schema";

/** An account and the two roles with which the pipeline comes into it. */
export interface PipelineRoles {
  readonly id: string;
  readonly partition: string;
  /** ARN of the role that plans: it only reads. */
  readonly planRole: string;
  /** ARN of the role that applies. */
  readonly applyRole: string;
}

/** The repository whose workflows plan and apply the fleet, and where they come in. */
export interface Github {
  /** `owner/name` */
  readonly repository: string;
  /** What does not change when owner or repository get another name: part of the subject of newer repositories' tokens. */
  readonly ids?: { readonly owner: number; readonly repository: number };
  readonly branch: string;
  /** GitHub's tokens are exchanged for credentials of this account, from which the others' roles are assumed. The state is there. */
  readonly entry: PipelineRoles;
  /** Whether the entry account's identity provider for GitHub is ours to make. An account has one of them. */
  readonly oidcProvider: "create" | "existing";
  /** Name of a role of every other account that may make roles there. Undefined: the credentials that Terraform finds. */
  readonly administratorRole?: string;
  /** Name of a managed policy, with its path, that bounds every role that is made for or by the pipeline, in each account. */
  readonly permissionsBoundary?: string;
}

export const defaultPlanRole = "at-rest-plan";
export const defaultApplyRole = "at-rest-apply";

/** What the entry account is called where the fleet has no buckets in it, and so no name for it. */
const entryName = "pipeline";

/** @param name with its path, if it has one */
export const roleArn = (partition: string, account: string, name: string): string =>
  `arn:${partition}:iam::${account}:role/${name.replace(/^\//, "")}`;

/** ARN of the policy that bounds the roles of an account, where the fleet has one. @param name with its path, if it has one */
export const boundaryArn = (partition: string, account: string, name: string): string =>
  `arn:${partition}:iam::${account}:policy/${name.replace(/^\//, "")}`;

/** The environment whose approval lets a wave begin. */
export const environmentOf = (wave: number): string => `wave-${wave}`;

/** @param entry the entry account, if the fleet has buckets there. @param partition of the fleet's accounts */
export function toGithub(
  given: z.infer<typeof githubSchema>,
  partition: string,
  entry: { readonly planRole?: string; readonly applyRole?: string } = {},
): Github {
  const { account: id, repository, ids, branch = "main", oidcProvider = "create" } = given;
  const { administratorRole, permissionsBoundary } = given;
  return {
    repository,
    ids,
    branch,
    entry: {
      id,
      partition,
      planRole: roleArn(partition, id, entry.planRole ?? defaultPlanRole),
      applyRole: roleArn(partition, id, entry.applyRole ?? defaultApplyRole),
    },
    oidcProvider,
    administratorRole,
    permissionsBoundary,
  };
}

/** What is wrong between the pipeline and the rest of a fleet. */
export function githubMistakes({ github, state, targets }: Pick<Fleet, "github" | "state" | "targets">): Mistake[] {
  if (!github) return [];
  const at = (says: string): Mistake => ({ path: ["github"], says });
  const accounts = new Map(targets.map(({ account }) => [account.id, account]));
  const foreign = [...accounts.values()].find(({ partition }) => partition !== github.entry.partition);
  const one = [...accounts.values()].find(({ planRole, applyRole }) => planRole === applyRole);
  const namesake = [...accounts.values()].find(({ name, id }) => name === entryName && id !== github.entry.id);
  return [
    ...(state.backend === "s3" ? [] : [at("needs the state in a bucket (state.backend: s3), which its jobs share")]),
    ...(foreign
      ? [
          at(
            `comes in through partition ${github.entry.partition}, from which no role of ${foreign.name} in ${foreign.partition} can be assumed; each partition needs a fleet of its own`,
          ),
        ]
      : []),
    ...(namesake && !accounts.has(github.entry.id)
      ? [at(`the entry account's stack is called ${entryName}, as account ${namesake.id}; give that another name`)]
      : []),
    ...(one ? [at(`plans and applies as one role in ${one.name}; planRole and applyRole have to differ`)] : []),
  ];
}

/** An account as the pipeline's stack for it needs it. */
export interface PipelineAccount extends PipelineRoles {
  readonly name: string;
  /** Where the stack's provider works; what it makes is global but for the state bucket. */
  readonly region: string;
  readonly targets: readonly Target[];
}

const rolesOf = ({ id, partition, planRole, applyRole }: Account): PipelineRoles => {
  if (!planRole || !applyRole) throw new Error(`account ${id} has no roles for a pipeline`);
  return { id, partition, planRole, applyRole };
};

/** Every account that the pipeline comes into: the entry account, and those of the fleet. */
export function pipelineAccounts({ github, state, targets }: Fleet): PipelineAccount[] {
  if (!github || state.backend !== "s3") return [];
  const { entry } = github;
  const ofFleet = [...new Set(targets.map(({ account }) => account))].map((account) => {
    const own = targets.filter((target) => target.account === account);
    const region = account.id === entry.id ? state.region : (own[0]?.region ?? state.region);
    return { ...rolesOf(account), name: account.name, region, targets: own };
  });
  return ofFleet.some(({ id }) => id === entry.id)
    ? ofFleet
    : [{ ...entry, name: entryName, region: state.region, targets: [] }, ...ofFleet];
}
