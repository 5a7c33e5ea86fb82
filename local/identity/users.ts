import type * as iam from "@aws-sdk/client-iam";
import type { Context } from "../service";
import { issueAccessKey, newEntity } from "./accounts";
import { boundaryOf, boundaryShape } from "./boundaries";
import {
  accountOf,
  addTags,
  alreadyExists,
  authorizeIam,
  deleteConflict,
  iamArn,
  nameOf,
  noSuchEntity,
  quota,
  tagList,
  userOf,
} from "./iam-account";
import { listPage } from "./pages";
import type { AccessKey, User } from "./state";

const mostAccessKeys = 2;

const shapeOf = (user: User) => ({
  Path: user.path,
  UserName: user.name,
  UserId: user.id,
  Arn: user.arn,
  CreateDate: new Date(user.createdAt),
  PermissionsBoundary: boundaryShape(user),
  Tags: user.tags.size ? tagList(user.tags) : undefined,
});

/** Users may leave out their own name. */
const orOwn = ({ caller }: Context, name: string | undefined): string | undefined =>
  name ?? (caller.is === "user" ? caller.name : undefined);

const keysOf = (context: Context, user: User): readonly AccessKey[] =>
  [...context.state.identity.accessKeys.values()].filter(
    ({ caller, session }) => caller.is === "user" && caller.userId === user.id && !session,
  );

function createUser(context: Context, input: iam.CreateUserCommandInput) {
  const account = accountOf(context);
  const name = nameOf(input.UserName, "userName", 64);
  const given = { name, path: input.Path ?? "/", idPrefix: "AIDA", now: context.now };
  const user: User = { is: "user", ...newEntity(iamArn(context, account, "user"), given), tags: new Map() };
  authorizeIam(context, "CreateUser", user.arn, { "iam:PermissionsBoundary": input.PermissionsBoundary });
  const taken = [...account.users.keys()].some((other) => other.toLowerCase() === name.toLowerCase());
  if (taken) throw alreadyExists(`User with name ${name} already exists.`);
  addTags(user.tags, input.Tags);
  user.boundary = boundaryOf(account, input.PermissionsBoundary);
  account.users.set(name, user);
  return { User: shapeOf(user) };
}

const getUser = (context: Context, input: iam.GetUserCommandInput) => ({
  User: shapeOf(userOf(context, orOwn(context, input.UserName), "GetUser")),
});

function listUsers(context: Context, input: iam.ListUsersCommandInput) {
  const account = accountOf(context);
  authorizeIam(context, "ListUsers", iamArn(context, account, "user/"));
  const inPath = [...account.users.values()].filter(({ path }) => path.startsWith(input.PathPrefix ?? "/"));
  // The list leaves out tags and boundaries: API_ListUsers.
  const users = inPath.map((user) => ({ ...shapeOf(user), Tags: undefined, PermissionsBoundary: undefined }));
  const { items, ...page } = listPage(users, input);
  return { Users: items, ...page };
}

function deleteUser(context: Context, input: iam.DeleteUserCommandInput): object {
  const user = userOf(context, input.UserName, "DeleteUser");
  if (user.attached.size) throw deleteConflict("Cannot delete entity, must detach all policies first.");
  if (user.inline.size) throw deleteConflict("Cannot delete entity, must delete policies first.");
  const inGroup = [...accountOf(context).groups.values()].some(({ members }) => members.has(user.name));
  if (inGroup) throw deleteConflict("Cannot delete entity, must remove users from group first.");
  if (keysOf(context, user).length) throw deleteConflict("Cannot delete entity, must delete access keys first.");
  accountOf(context).users.delete(user.name);
  return {};
}

function createAccessKey(context: Context, input: iam.CreateAccessKeyCommandInput) {
  const user = userOf(context, orOwn(context, input.UserName), "CreateAccessKey");
  if (keysOf(context, user).length >= mostAccessKeys) throw quota("AccessKeysPerUser", mostAccessKeys);
  const caller = {
    is: "user" as const,
    account: accountOf(context).id,
    arn: user.arn,
    userId: user.id,
    name: user.name,
  };
  const key = issueAccessKey(context.state.identity, caller, context.now);
  return { AccessKey: { ...listed(user, key), SecretAccessKey: key.secretAccessKey } };
}

const listed = (user: User, key: AccessKey) => ({
  UserName: user.name,
  AccessKeyId: key.accessKeyId,
  Status: "Active" as const,
  CreateDate: new Date(key.createdAt),
});

function listAccessKeys(context: Context, input: iam.ListAccessKeysCommandInput) {
  const user = userOf(context, orOwn(context, input.UserName), "ListAccessKeys");
  const { items, ...page } = listPage(keysOf(context, user), input);
  return { AccessKeyMetadata: items.map((key) => listed(user, key)), ...page };
}

function deleteAccessKey(context: Context, input: iam.DeleteAccessKeyCommandInput): object {
  const user = userOf(context, orOwn(context, input.UserName), "DeleteAccessKey");
  const key = keysOf(context, user).find(({ accessKeyId }) => accessKeyId === input.AccessKeyId);
  if (!key) throw noSuchEntity(`The Access Key with id ${input.AccessKeyId} cannot be found.`);
  context.state.identity.accessKeys.delete(key.accessKeyId);
  return {};
}

export const userOperations = {
  CreateUser: createUser,
  GetUser: getUser,
  ListUsers: listUsers,
  DeleteUser: deleteUser,
  CreateAccessKey: createAccessKey,
  ListAccessKeys: listAccessKeys,
  DeleteAccessKey: deleteAccessKey,
};
