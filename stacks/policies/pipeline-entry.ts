import type { State } from "../../src/fleet/fleet";
import { environmentOf, type Github, type PipelineRoles } from "../../src/fleet/github";
import { bucketArn, reencryptionRoleName } from "../../src/fleet/names";
import type { PolicyDocument } from "../../src/fleet/policy";
import { allowToPrincipals, distinct } from "./principals";
import type { Grant } from "./split";

const issuer = "token.actions.githubusercontent.com";
export const githubIssuerUrl = `https://${issuer}`;

/** What a token has to be for. In China STS has another name. */
export const audienceIn = (partition: string): string =>
  partition === "aws-cn" ? "sts.amazonaws.com.cn" : "sts.amazonaws.com";

export const githubProviderArn = ({ partition, id }: { partition: string; id: string }): string =>
  `arn:${partition}:iam::${id}:oidc-provider/${issuer}`;

/**
 * The subjects of the tokens that may become a role.
 *
 * | role  | pull request | branch main, without an environment | environment of a wave |
 * |-------|--------------|-------------------------------------|-----------------------|
 * | plan  | yes          | yes                                 | no                    |
 * | apply | no           | no                                  | yes                   |
 *
 * Repositories made, renamed or transferred since 15 July 2026 have numbers in their subjects; with `ids` only those are
 * trusted, so that whoever takes over a name that is free again gets in nowhere.
 *
 * Source: GitHub Docs, "OpenID Connect reference", "Immutable subject claims".
 */
export function subjectsOf({ repository, ids, branch }: Github, role: "plan" | "apply", waves: readonly number[]) {
  const [owner, name] = repository.split("/");
  const of = ids ? `repo:${owner}@${ids.owner}/${name}@${ids.repository}` : `repo:${repository}`;
  return role === "plan"
    ? [`${of}:pull_request`, `${of}:ref:refs/heads/${branch}`]
    : waves.map((wave) => `${of}:environment:${environmentOf(wave)}`);
}

/**
 * What else a token has to say. An environment holds nobody back before somebody has made it, with its reviewers and its one
 * branch: until then a job of any branch has its name in the subject. So the branch is asked for as well, where AWS is
 * known to compare it: the announcement speaks of the commercial Regions.
 *
 * Source: IAM User Guide, "IAM and AWS STS condition context keys", "Available keys for AWS OIDC federation";
 * https://aws.amazon.com/about-aws/whats-new/2026/01/aws-sts-supports-validation-identity-provider-claims/
 */
const branchOf = ({ branch }: Github, role: "plan" | "apply", partition: string): Record<string, string> =>
  role === "apply" && partition === "aws" ? { [`${issuer}:ref`]: `refs/heads/${branch}` } : {};

/**
 * Who may become a role of the pipeline: in the entry account GitHub's jobs, and everywhere the entry account's roles.
 *
 * The apply role plans as well, right before it applies. In the entry account it becomes itself, which IAM wants said.
 */
export function pipelineTrust(
  github: Github,
  account: PipelineRoles,
  role: "plan" | "apply",
  waves: readonly number[],
): PolicyDocument {
  const { entry } = github;
  const callers = role === "plan" ? [entry.planRole, entry.applyRole] : [entry.applyRole];
  const jobs = {
    Sid: "AtRestGithub",
    Effect: "Allow",
    Principal: { Federated: githubProviderArn(account) },
    Action: "sts:AssumeRoleWithWebIdentity",
    Condition: {
      StringEquals: {
        [`${issuer}:aud`]: audienceIn(account.partition),
        [`${issuer}:sub`]: subjectsOf(github, role, waves),
        ...branchOf(github, role, account.partition),
      },
    },
  };
  return {
    Version: "2012-10-17",
    Statement: [
      ...(account.id === entry.id ? [jobs] : []),
      ...allowToPrincipals("AtRestPipeline", callers, { Action: "sts:AssumeRole" }),
    ],
  };
}

/** Account ids of a condition: with the rest of its policy they stay below IAM's 6,144 characters. */
const accountsInACondition = 250;

/** Fleets have more accounts than policies have room for their roles' ARNs, so the accounts are a condition. */
function comeInto(roleArns: readonly string[], accounts: readonly string[]): Grant[] {
  const resources = distinct(roleArns.map((arn) => arn.replace(/::\d{12}:/, "::*:")));
  const chunks = Math.ceil(accounts.length / accountsInACondition);
  return Array.from({ length: chunks }, (_, index) => ({
    sid: `AtRestComeIn${index + 1}`,
    actions: ["sts:AssumeRole"],
    resources,
    condition: {
      StringEquals: {
        "aws:ResourceAccount": accounts.slice(index * accountsInACondition, (index + 1) * accountsInACondition),
      },
    },
  }));
}

type S3State = Extract<State, { backend: "s3" }>;

/** What the entry account's roles need besides: the state, and the way into the other accounts. */
export function entryGrants(
  role: "plan" | "apply",
  state: S3State,
  partition: string,
  accounts: readonly (PipelineRoles & { readonly targets: readonly { readonly region: string }[] })[],
): Grant[] {
  const bucket = bucketArn(partition, state.bucket);
  const states = `${bucket}/${state.prefix}/*`;
  const ids = distinct(accounts.map(({ id }) => id));
  const converting = accounts.flatMap(({ id, targets }) =>
    targets.map(({ region }) => `arn:${partition}:iam::${id}:role/${reencryptionRoleName(region)}`),
  );
  const plan = accounts.map(({ planRole }) => planRole);
  const apply = [...plan, ...accounts.map(({ applyRole }) => applyRole), ...converting];
  return [
    { sid: "AtRestListStates", actions: ["s3:ListBucket"], resources: [bucket] },
    {
      sid: "AtRestStates",
      actions: role === "plan" ? ["s3:GetObject"] : ["s3:GetObject", "s3:PutObject"],
      resources: [states],
    },
    // Journals name objects, which a pull request's own code has no business with.
    {
      sid: "AtRestRuns",
      actions: ["s3:GetObject", "s3:PutObject"],
      resources: role === "plan" ? [] : [`${bucket}/${state.prefix}-runs/*`],
    },
    // Of states themselves nothing is ever deleted.
    { sid: "AtRestUnlockStates", actions: ["s3:DeleteObject"], resources: role === "plan" ? [] : [`${states}.tflock`] },
    ...comeInto(role === "plan" ? plan : apply, ids),
  ];
}
