import type * as iam from "@aws-sdk/client-iam";
import type { Context } from "../service";
import { newEntity } from "./accounts";
import {
  accountOf,
  alreadyExists,
  authorizeIam,
  deleteConflict,
  groupOf,
  iamArn,
  nameOf,
  noSuchEntity,
  userOf,
} from "./iam-account";
import { listPage } from "./pages";
import type { Group } from "./state";

const shapeOf = (group: Group): iam.Group => ({
  Path: group.path,
  GroupName: group.name,
  GroupId: group.id,
  Arn: group.arn,
  CreateDate: new Date(group.createdAt),
});

function createGroup(context: Context, input: iam.CreateGroupCommandInput) {
  const account = accountOf(context);
  const name = nameOf(input.GroupName, "groupName", 128);
  const given = { name, path: input.Path ?? "/", idPrefix: "AGPA", now: context.now };
  const group: Group = { is: "group", ...newEntity(iamArn(context, account, "group"), given), members: new Set() };
  authorizeIam(context, "CreateGroup", group.arn);
  const taken = [...account.groups.keys()].some((other) => other.toLowerCase() === name.toLowerCase());
  if (taken) throw alreadyExists(`Group with name ${name} already exists.`);
  account.groups.set(name, group);
  return { Group: shapeOf(group) };
}

function getGroup(context: Context, input: iam.GetGroupCommandInput) {
  const group = groupOf(context, input.GroupName, "GetGroup");
  const users = [...group.members].flatMap((name) => accountOf(context).users.get(name) ?? []);
  const { items, ...page } = listPage(users, input);
  const Users = items.map(({ path, name, id, arn, createdAt }) => ({
    ...{ Path: path, UserName: name, UserId: id, Arn: arn, CreateDate: new Date(createdAt) },
  }));
  return { Group: shapeOf(group), Users, ...page };
}

function listGroups(context: Context, input: iam.ListGroupsCommandInput) {
  const account = accountOf(context);
  authorizeIam(context, "ListGroups", iamArn(context, account, "group/"));
  const groups = [...account.groups.values()].filter(({ path }) => path.startsWith(input.PathPrefix ?? "/"));
  const { items, ...page } = listPage(groups.map(shapeOf), input);
  return { Groups: items, ...page };
}

function listGroupsForUser(context: Context, input: iam.ListGroupsForUserCommandInput) {
  const user = userOf(context, input.UserName, "ListGroupsForUser");
  const groups = [...accountOf(context).groups.values()].filter(({ members }) => members.has(user.name));
  const { items, ...page } = listPage(groups.map(shapeOf), input);
  return { Groups: items, ...page };
}

function memberOf(context: Context, given: string | undefined): string {
  const name = nameOf(given, "userName", 64);
  if (!accountOf(context).users.has(name)) throw noSuchEntity(`The user with name ${name} cannot be found.`);
  return name;
}

function addUserToGroup(context: Context, input: iam.AddUserToGroupCommandInput): object {
  groupOf(context, input.GroupName, "AddUserToGroup").members.add(memberOf(context, input.UserName));
  return {};
}

function removeUserFromGroup(context: Context, input: iam.RemoveUserFromGroupCommandInput): object {
  groupOf(context, input.GroupName, "RemoveUserFromGroup").members.delete(memberOf(context, input.UserName));
  return {};
}

function deleteGroup(context: Context, input: iam.DeleteGroupCommandInput): object {
  const group = groupOf(context, input.GroupName, "DeleteGroup");
  if (group.attached.size) throw deleteConflict("Cannot delete entity, must detach all policies first.");
  if (group.inline.size) throw deleteConflict("Cannot delete entity, must delete policies first.");
  if (group.members.size) throw deleteConflict("Cannot delete entity, must remove users from group first.");
  accountOf(context).groups.delete(group.name);
  return {};
}

export const groupOperations = {
  CreateGroup: createGroup,
  GetGroup: getGroup,
  ListGroups: listGroups,
  ListGroupsForUser: listGroupsForUser,
  AddUserToGroup: addUserToGroup,
  RemoveUserFromGroup: removeUserFromGroup,
  DeleteGroup: deleteGroup,
};
