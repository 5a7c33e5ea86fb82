import type * as iam from "@aws-sdk/client-iam";
import type { Context } from "../service";
import { newEntity } from "./accounts";
import { boundaryOf, boundaryShape } from "./boundaries";
import {
  accountOf,
  addTags,
  alreadyExists,
  authorizeIam,
  checkDocument,
  deleteConflict,
  encoded,
  iamArn,
  nameOf,
  quota,
  required,
  roleOf,
  sizeOf,
  tagList,
  validationError,
} from "./iam-account";
import { listPage } from "./pages";
import type { Role } from "./state";

const largestTrustPolicy = 2_048;

const shapeOf = (role: Role): iam.Role => ({
  Path: role.path,
  RoleName: role.name,
  RoleId: role.id,
  Arn: role.arn,
  CreateDate: new Date(role.createdAt),
  AssumeRolePolicyDocument: encoded(role.trustPolicy),
  Description: role.description,
  MaxSessionDuration: role.maxSessionSeconds,
  PermissionsBoundary: boundaryShape(role),
  Tags: role.tags.size ? tagList(role.tags) : undefined,
});

function trustPolicyOf(context: Context, given: string | undefined): string {
  const document = required(given, "assumeRolePolicyDocument");
  checkDocument(context, document, "trust");
  if (sizeOf(document) > largestTrustPolicy) throw quota("ACLSizePerRole", largestTrustPolicy);
  return document;
}

function sessionSeconds(seconds: number): number {
  if (seconds >= 3_600 && seconds <= 43_200) return seconds;
  throw validationError(
    `1 validation error detected: Value '${seconds}' at 'maxSessionDuration' failed to satisfy constraint: Member must have value between 3600 and 43200`,
  );
}

function createRole(context: Context, input: iam.CreateRoleCommandInput) {
  const account = accountOf(context);
  const name = nameOf(input.RoleName, "roleName", 64);
  const path = input.Path ?? "/";
  if (!path.startsWith("/") || !path.endsWith("/")) throw validationError("The specified value for path is invalid.");
  const entity = newEntity(iamArn(context, account, "role"), { name, path, idPrefix: "AROA", now: context.now });
  authorizeIam(context, "CreateRole", entity.arn, { "iam:PermissionsBoundary": input.PermissionsBoundary });
  const taken = [...account.roles.keys()].some((other) => other.toLowerCase() === name.toLowerCase());
  if (taken) throw alreadyExists(`Role with name ${name} already exists.`);
  const role: Role = {
    is: "role",
    ...entity,
    tags: new Map(),
    boundary: boundaryOf(account, input.PermissionsBoundary),
    trustPolicy: trustPolicyOf(context, input.AssumeRolePolicyDocument),
    description: input.Description,
    maxSessionSeconds: sessionSeconds(input.MaxSessionDuration ?? 3_600),
  };
  addTags(role.tags, input.Tags);
  account.roles.set(name, role);
  return { Role: shapeOf(role) };
}

const getRole = (context: Context, input: iam.GetRoleCommandInput) => ({
  Role: { ...shapeOf(roleOf(context, input.RoleName, "GetRole")), RoleLastUsed: {} },
});

function updateRole(context: Context, input: iam.UpdateRoleCommandInput): object {
  const role = roleOf(context, input.RoleName, "UpdateRole");
  if (input.MaxSessionDuration !== undefined) role.maxSessionSeconds = sessionSeconds(input.MaxSessionDuration);
  if (input.Description !== undefined) role.description = input.Description;
  return {};
}

function updateAssumeRolePolicy(context: Context, input: iam.UpdateAssumeRolePolicyCommandInput): object {
  const role = roleOf(context, input.RoleName, "UpdateAssumeRolePolicy");
  role.trustPolicy = trustPolicyOf(context, input.PolicyDocument);
  return {};
}

function deleteRole(context: Context, input: iam.DeleteRoleCommandInput): object {
  const role = roleOf(context, input.RoleName, "DeleteRole");
  if (role.attached.size) throw deleteConflict("Cannot delete entity, must detach all policies first.");
  if (role.inline.size) throw deleteConflict("Cannot delete entity, must delete policies first.");
  accountOf(context).roles.delete(role.name);
  return {};
}

function listRoles(context: Context, input: iam.ListRolesCommandInput) {
  const account = accountOf(context);
  authorizeIam(context, "ListRoles", iamArn(context, account, "role/"));
  const roles = [...account.roles.values()].filter(({ path }) => path.startsWith(input.PathPrefix ?? "/"));
  const { items, ...page } = listPage(roles.map(shapeOf), input);
  // The list leaves out tags and boundaries: API_ListRoles.
  return { Roles: items.map((role) => ({ ...role, Tags: undefined, PermissionsBoundary: undefined })), ...page };
}

/** Terraform asks before it deletes a role. There are no instances here, so there is never a profile. */
function listInstanceProfilesForRole(context: Context, input: iam.ListInstanceProfilesForRoleCommandInput) {
  roleOf(context, input.RoleName, "ListInstanceProfilesForRole");
  return { InstanceProfiles: [], IsTruncated: false };
}

export const roleOperations = {
  CreateRole: createRole,
  GetRole: getRole,
  UpdateRole: updateRole,
  UpdateAssumeRolePolicy: updateAssumeRolePolicy,
  DeleteRole: deleteRole,
  ListRoles: listRoles,
  ListInstanceProfilesForRole: listInstanceProfilesForRole,
};
