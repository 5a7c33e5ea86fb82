import { type IAMClient, paginateListRoles, paginateListUsers } from "@aws-sdk/client-iam";
import { bucketArn } from "../../fleet/names";
import { atOnce } from "../at-once";
import { type AccountAnswers, type PrincipalAnswer, principalAnswer, useOfObjects } from "./account-users";
import type { Intent } from "./facts";
import { SIMULATIONS_AT_ONCE } from "./iam-client";
import { type KeptAnswers, questionOf } from "./kept-answers";
import { type Looked, seen } from "./looked";
import { lookUntilAnswered, simulate, simulateEach } from "./simulate";
import { s3Context } from "./simulated-context";

/** IAM's entries in a page, at most. */
const pageSize = 1_000;

/** The ARNs of all roles and users of the account. */
export async function principalsOf(client: IAMClient): Promise<Looked<readonly string[]>> {
  const roles = await lookUntilAnswered("iam:ListRoles", async () => {
    const arns: string[] = [];
    for await (const { Roles = [] } of paginateListRoles({ client, pageSize }, {})) {
      arns.push(...Roles.flatMap(({ Arn }) => Arn ?? []));
    }
    return arns;
  });
  if (roles.is === "unseen") return roles;
  return lookUntilAnswered("iam:ListUsers", async () => {
    const arns = [...roles.value];
    for await (const { Users = [] } of paginateListUsers({ client, pageSize }, {})) {
      arns.push(...Users.flatMap(({ Arn }) => Arn ?? []));
    }
    return arns;
  });
}

/** How a search is getting on: roles and users. */
export interface Standing {
  readonly of: number;
  /** Whom an earlier search had asked about. */
  readonly before: number;
  /** Whom this one has. */
  readonly asked: number;
}

export interface Search {
  readonly client: IAMClient;
  /** Of all the buckets: requests to them have the same condition keys. */
  readonly place: Pick<Intent, "account" | "region" | "partition">;
  readonly principals: readonly string[];
  readonly buckets: readonly string[];
  /** Of an earlier search as well. */
  readonly kept: KeptAnswers;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly stop: AbortSignal;
  readonly told: (standing: Standing) => void;
}

/**
 * Resources in one request. IAM's reference has no limit, and refused long lists:
 * https://github.com/nccgroup/PMapper/pull/6
 */
const mostResources = 20;

const groupsOf = (buckets: readonly string[]): string[][] =>
  Array.from({ length: Math.ceil(buckets.length / mostResources) }, (_, group) =>
    buckets.slice(group * mostResources, (group + 1) * mostResources),
  );

type Answers = ReadonlyMap<string, PrincipalAnswer>;

/** Asks about one role or user, and as many buckets as one request takes. */
async function ask(
  { client, place, stop }: Search,
  principalArn: string,
  buckets: readonly string[],
): Promise<Looked<Answers>> {
  const question = { principalArn, actions: useOfObjects, context: s3Context(place, principalArn) };
  const arnOf = (bucket: string): string => `${bucketArn(place.partition, bucket)}/any-key`;
  const together = await simulateEach(client, { ...question, resourceArns: buckets.map(arnOf), stop });
  if (together.is === "unseen") return together;
  const answers = new Map<string, PrincipalAnswer>();
  for (const bucket of buckets) {
    const said = together.value.get(arnOf(bucket));
    const alone = said ? seen(said) : await simulate(client, { ...question, resourceArn: arnOf(bucket), stop });
    if (alone.is === "unseen") return alone;
    answers.set(bucket, principalAnswer(alone.value));
  }
  return seen(answers);
}

/**
 * Asks IAM about all roles and users of an account that no earlier search has asked about. Whoever was deleted since they
 * were listed is left out.
 *
 * @returns what is known of them all; `stopped` where there is more to ask
 */
export async function searchAccount(search: Search): Promise<Looked<AccountAnswers> | { readonly is: "stopped" }> {
  const { place, principals, buckets, kept, now, stop, told } = search;
  const questions = new Map(principals.map((arn) => [arn, questionOf(s3Context(place, arn))]));
  const answers = new Map([...questions].map(([arn, question]) => [arn, new Map(kept.of(question))]));
  const missing = principals.flatMap((principal) => {
    const left = buckets.filter((bucket) => !answers.get(principal)?.has(bucket));
    return left.length > 0 ? [{ principal, left }] : [];
  });
  const before = principals.length - missing.length;
  let asked = 0;
  let refused: Extract<Looked<Answers>, { is: "unseen" }> | undefined;
  told({ of: principals.length, before, asked });
  await atOnce(SIMULATIONS_AT_ONCE, missing, async ({ principal, left }) => {
    for (const some of groupsOf(left)) {
      if (refused || stop.aborted) return;
      const answer = await ask(search, principal, some);
      if (answer.is === "seen") {
        for (const [bucket, says] of answer.value) answers.get(principal)?.set(bucket, says);
        const at = new Date(now()).toISOString();
        const question = questions.get(principal) ?? "";
        kept.keep({ at, principal, question, answers: Object.fromEntries(answer.value) });
      } else if (answer.why === "NoSuchEntityException") {
        answers.delete(principal);
        break;
      } else {
        if (!stop.aborted) refused = answer;
        return;
      }
    }
    asked++;
    told({ of: principals.length, before, asked });
  });
  if (refused) return refused;
  return before + asked < principals.length ? { is: "stopped" } : seen(answers);
}
