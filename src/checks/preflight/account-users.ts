import { type IAMClient, paginateListRoles, paginateListUsers } from "@aws-sdk/client-iam";
import { bucketArn } from "../../fleet/names";
import type { AccountUsers, BucketUser, Intent } from "./facts";
import { type Looked, look, seen } from "./looked";
import { simulate } from "./simulate";
import { s3Context } from "./simulated-context";

/** IAM answers a few simulations a second: more would take longer than anybody waits. */
const mostPrincipals = 1_000;

async function listed(client: IAMClient): Promise<Looked<string[]>> {
  const roles = await look("iam:ListRoles", async () => {
    const arns: string[] = [];
    for await (const { Roles = [] } of paginateListRoles({ client }, {})) {
      arns.push(...Roles.flatMap(({ Arn }) => Arn ?? []));
    }
    return arns;
  });
  if (roles.is === "unseen") return roles;
  return look("iam:ListUsers", async () => {
    const arns = [...roles.value];
    for await (const { Users = [] } of paginateListUsers({ client }, {})) {
      arns.push(...Users.flatMap(({ Arn }) => Arn ?? []));
    }
    return arns;
  });
}

/**
 * Roles and users of the account whose IAM policies let them read or write any object of the bucket. No bucket policy
 * names them, and AWS's own key of S3 lets them in.
 */
export async function accountUsers(client: IAMClient, intent: Intent): Promise<Looked<AccountUsers>> {
  const principals = await listed(client);
  if (principals.is === "unseen") return principals;
  if (principals.value.length > mostPrincipals) {
    const why = `the account has more than ${mostPrincipals} roles and users`;
    return { is: "unseen", permission: "iam:SimulatePrincipalPolicy", why, notThere: false };
  }
  const resourceArn = `${bucketArn(intent.partition, intent.bucket)}/any-key`;
  const users: BucketUser[] = [];
  const undecided: { arn: string; hangsOn: readonly string[] }[] = [];
  for (const arn of principals.value.filter((one) => one !== intent.roleArn)) {
    const actions = ["s3:GetObject", "s3:PutObject"];
    const context = s3Context(intent, arn);
    const answer = await simulate(client, { principalArn: arn, actions, resourceArn, context });
    if (answer.is === "unseen") return answer;
    const { "s3:GetObject": read, "s3:PutObject": write } = answer.value;
    if (read?.decision === "allowed") users.push({ arn, does: "read", from: "IAM" });
    if (write?.decision === "allowed") users.push({ arn, does: "write", from: "IAM" });
    const refused = [read, write].flatMap((one) => (one && one.decision !== "allowed" ? one.hangsOn : []));
    const hangsOn = [...new Set(refused)].sort();
    if (hangsOn.length > 0) undecided.push({ arn, hangsOn });
  }
  return seen({ users, undecided });
}
