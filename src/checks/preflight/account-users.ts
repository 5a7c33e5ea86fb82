import { type IAMClient, paginateListRoles, paginateListUsers } from "@aws-sdk/client-iam";
import { bucketArn } from "../../fleet/names";
import type { BucketUser, Intent } from "./facts";
import { type Looked, look, seen } from "./looked";
import { simulate } from "./simulate";

/** IAM answers a few simulations a second: more would take longer than anybody waits. */
const mostPrincipals = 1_000;

const listed = (client: IAMClient): Promise<Looked<string[]>> =>
  look("iam:ListRoles and iam:ListUsers", async () => {
    const arns: string[] = [];
    for await (const { Roles = [] } of paginateListRoles({ client }, {})) {
      arns.push(...Roles.flatMap(({ Arn }) => Arn ?? []));
    }
    for await (const { Users = [] } of paginateListUsers({ client }, {})) {
      arns.push(...Users.flatMap(({ Arn }) => Arn ?? []));
    }
    return arns;
  });

/**
 * Roles and users of the account whose IAM policies let them read or write any object of the bucket. No bucket policy
 * names them, and AWS's own key of S3 lets them in.
 */
export async function accountUsers(client: IAMClient, intent: Intent): Promise<Looked<readonly BucketUser[]>> {
  const principals = await listed(client);
  if (principals.is === "unseen") return principals;
  if (principals.value.length > mostPrincipals) {
    const why = `the account has more than ${mostPrincipals} roles and users`;
    return { is: "unseen", permission: "iam:SimulatePrincipalPolicy", why, notThere: false };
  }
  const resourceArn = `${bucketArn(intent.partition, intent.bucket)}/any-key`;
  const context = { "aws:SecureTransport": "true" };
  const users: BucketUser[] = [];
  for (const principalArn of principals.value.filter((arn) => arn !== intent.roleArn)) {
    const actions = ["s3:GetObject", "s3:PutObject"];
    const answer = await simulate(client, { principalArn, actions, resourceArn, context });
    if (answer.is === "unseen") return answer;
    if (answer.value["s3:GetObject"] === "allowed") users.push({ arn: principalArn, does: "read", from: "IAM" });
    if (answer.value["s3:PutObject"] === "allowed") users.push({ arn: principalArn, does: "write", from: "IAM" });
  }
  return seen(users);
}
