import type * as iam from "@aws-sdk/client-iam";
import type { Context } from "../service";
import { managedByAws } from "./aws-managed";
import { accountOf, noSuchEntity, required, roleOf, userOf } from "./iam-account";
import type { Account, Principal } from "./state";

/** A managed policy as the boundary of a role or user. @throws AwsError NoSuchEntity */
export function boundaryOf(account: Account, arn: string | undefined): string | undefined {
  if (arn === undefined || account.policies.has(arn) || managedByAws(arn)) return arn;
  throw noSuchEntity(`Scope ARN: ${arn} does not exist or is not attachable.`);
}

export const boundaryShape = ({ boundary }: Principal): iam.AttachedPermissionsBoundary | undefined =>
  boundary === undefined
    ? undefined
    : { PermissionsBoundaryType: "PermissionsBoundaryPolicy", PermissionsBoundaryArn: boundary };

const kinds = {
  Role: (context: Context, input: Input, operation: string, wanted?: string) =>
    roleOf(context, input.RoleName, operation, { "iam:PermissionsBoundary": wanted }),
  User: (context: Context, input: Input, operation: string, wanted?: string) =>
    userOf(context, input.UserName, operation, { "iam:PermissionsBoundary": wanted }),
};

interface Input {
  readonly RoleName?: string;
  readonly UserName?: string;
  readonly PermissionsBoundary?: string;
}

const operationsOf = (kind: keyof typeof kinds) => ({
  [`Put${kind}PermissionsBoundary`]: (context: Context, input: Input): object => {
    const wanted = required(input.PermissionsBoundary, "permissionsBoundary");
    const principal = kinds[kind](context, input, `Put${kind}PermissionsBoundary`, wanted);
    principal.boundary = boundaryOf(accountOf(context), wanted);
    return {};
  },
  [`Delete${kind}PermissionsBoundary`]: (context: Context, input: Input): object => {
    const principal = kinds[kind](context, input, `Delete${kind}PermissionsBoundary`);
    delete principal.boundary;
    return {};
  },
});

export const boundaryOperations = { ...operationsOf("Role"), ...operationsOf("User") };
