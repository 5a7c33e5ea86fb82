import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { createLocalAws } from "../../../local/aws";
import { requestHandler } from "../../support/request-handler";
import { account, policyOf } from "./arrange";

export const roleArn = (name: string): string => `arn:aws:iam::${account}:role/${name}`;
export const named = (howMany: number): string[] => Array.from({ length: howMany }, (_, number) => `role-${number}`);

/** An account with these roles, a client that tries once, and how often IAM was asked what. */
export async function accountWithRoles(names: readonly string[]) {
  const operations: string[] = [];
  const aws = createLocalAws({ log: ({ operation = "" }) => operations.push(operation) });
  const configuration = { region: "eu-west-1", maxAttempts: 1, credentials: aws.addAccount(account) };
  const client = new IAMClient({ ...configuration, requestHandler: requestHandler(aws.handle) });
  const AssumeRolePolicyDocument = JSON.stringify(
    policyOf({ Effect: "Allow", Principal: { AWS: account }, Action: "sts:AssumeRole" }),
  );
  const add = (RoleName: string) => client.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  for (const name of names) await add(name);
  const gets = async (RoleName: string, Resource: string | string[]) => {
    const PolicyDocument = JSON.stringify(policyOf({ Effect: "Allow", Action: "s3:GetObject", Resource }));
    await client.send(new PutRolePolicyCommand({ RoleName, PolicyName: "inline", PolicyDocument }));
  };
  const count = (operation: string): number => operations.filter((one) => one === operation).length;
  return { aws, client, add, gets, count, questions: () => count("SimulatePrincipalPolicy") };
}
