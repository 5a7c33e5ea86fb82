import { AwsError, type Context } from "../service";
import { authorize } from "./authorize";
import { MalformedPolicy, type PolicyKind, parsePolicy } from "./policy/document";
import { principalsExist } from "./principals";
import type { Conditions } from "./request-keys";
import type { Account, Group, Role, Tags, User } from "./state";

export const noSuchEntity = (message: string): AwsError => new AwsError("NoSuchEntity", 404, message);
export const alreadyExists = (message: string): AwsError => new AwsError("EntityAlreadyExists", 409, message);
export const deleteConflict = (message: string): AwsError => new AwsError("DeleteConflict", 409, message);
export const quota = (name: string, limit: number): AwsError =>
  new AwsError("LimitExceeded", 409, `Cannot exceed quota for ${name}: ${limit}`);
export const validationError = (message: string): AwsError => new AwsError("ValidationError", 400, message);
export const notHere = (what: string): AwsError =>
  new AwsError("NotImplemented", 501, `The local AWS does not know ${what}.`);

/** The caller's own account: IAM has no other. */
export function accountOf(context: Context): Account {
  const { caller, state } = context;
  const account = "account" in caller ? state.identity.accounts.get(caller.account) : undefined;
  if (!account) throw new AwsError("MissingAuthenticationToken", 403, "Request is missing Authentication Token");
  return account;
}

/** `user/team/name` and the like become the ARN. */
export const iamArn = (context: Context, account: Account, resource: string): string =>
  `arn:${context.partition}:iam::${account.id}:${resource}`;

export function authorizeIam(context: Context, operation: string, resource: string, conditions?: Conditions): void {
  const resourceAccount = accountOf(context).id;
  authorize(context, { action: `iam:${operation}`, resource, resourceAccount, conditions });
}

export function required(value: string | undefined, member: string): string {
  if (value) return value;
  throw validationError(
    `1 validation error detected: Value at '${member}' failed to satisfy constraint: Member must not be null`,
  );
}

/** @throws AwsError ValidationError: names have letters, digits and `+=,.@_-` */
export function nameOf(value: string | undefined, member: string, longest: number): string {
  const name = required(value, member);
  if (!/^[\w+=,.@-]+$/.test(name))
    throw validationError(
      `The specified value for ${member} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-`,
    );
  if (name.length > longest)
    throw validationError(
      `1 validation error detected: Value '${name}' at '${member}' failed to satisfy constraint: Member must have length less than or equal to ${longest}`,
    );
  return name;
}

/** A role that the caller may do this to. */
export function roleOf(context: Context, given: string | undefined, operation: string, conditions?: Conditions): Role {
  const account = accountOf(context);
  const name = nameOf(given, "roleName", 64);
  const role = account.roles.get(name);
  authorizeIam(context, operation, role?.arn ?? iamArn(context, account, `role/${name}`), conditions);
  if (!role) throw noSuchEntity(`The role with name ${name} cannot be found.`);
  return role;
}

export function userOf(context: Context, given: string | undefined, operation: string, conditions?: Conditions): User {
  const account = accountOf(context);
  const name = nameOf(given, "userName", 64);
  const user = account.users.get(name);
  authorizeIam(context, operation, user?.arn ?? iamArn(context, account, `user/${name}`), conditions);
  if (!user) throw noSuchEntity(`The user with name ${name} cannot be found.`);
  return user;
}

export function groupOf(
  context: Context,
  given: string | undefined,
  operation: string,
  conditions?: Conditions,
): Group {
  const account = accountOf(context);
  const name = nameOf(given, "groupName", 128);
  const group = account.groups.get(name);
  authorizeIam(context, operation, group?.arn ?? iamArn(context, account, `group/${name}`), conditions);
  if (!group) throw noSuchEntity(`The group with name ${name} cannot be found.`);
  return group;
}

/** @throws AwsError MalformedPolicyDocument, also where a trust policy names somebody who is not there */
export function checkDocument(context: Context, document: string, kind: PolicyKind): void {
  try {
    parsePolicy(document, kind);
  } catch (error) {
    if (!(error instanceof MalformedPolicy)) throw error;
    throw new AwsError("MalformedPolicyDocument", 400, error.message);
  }
  if (!principalsExist(context.state.identity, document))
    throw new AwsError("MalformedPolicyDocument", 400, "Invalid principal in policy");
}

/** IAM counts policies without their white space. */
export const sizeOf = (document: string): number => document.replace(/\s/g, "").length;

/** IAM returns documents percent-encoded: API_RoleDetail, "URL-encoded compliant with RFC 3986". */
export const encoded = (document: string): string => encodeURIComponent(document);

type TagList = readonly { readonly Key: string | undefined; readonly Value: string | undefined }[];

export function addTags(tags: Tags, given: TagList | undefined): void {
  for (const { Key: key = "", Value: value = "" } of given ?? []) tags.set(key, value);
  if (tags.size > 50) throw quota("TagsPerResource", 50);
}

export const tagList = (tags: Tags) => [...tags].map(([Key, Value]) => ({ Key, Value }));
