import type * as iam from "@aws-sdk/client-iam";
import { AwsError, type Context } from "../service";
import { accessDenied } from "./access-denied";
import { uniqueId } from "./accounts";
import { awsManagedArns, managedByAws } from "./aws-managed";
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
  noSuchEntity,
  quota,
  required,
  sizeOf,
  tagList,
} from "./iam-account";
import { listPage } from "./pages";
import type { Account, ManagedPolicy, PolicyVersion } from "./state";

const largestPolicy = 6_144;
const mostVersions = 5;

/** AWS's own policies in the same shape. They cannot be changed: nothing of this account is in them. */
function awsPolicy(arn: string): ManagedPolicy | undefined {
  const known = managedByAws(arn);
  if (!known) return undefined;
  const { name, document } = known;
  return {
    ...{ name, arn, id: `ANPA${name.toUpperCase()}`, path: "/", createdAt: 0, updatedAt: 0, tags: new Map() },
    versions: new Map([["v1", { id: "v1", document, createdAt: 0 }]]),
    ...{ defaultVersionId: "v1", nextVersion: 2 },
  };
}

function policyOf(context: Context, given: string | undefined, operation: string): ManagedPolicy {
  const arn = required(given, "policyArn");
  authorizeIam(context, operation, arn);
  const policy = accountOf(context).policies.get(arn) ?? awsPolicy(arn);
  if (!policy) throw noSuchEntity(`Policy ${arn} was not found.`);
  return policy;
}

/** A policy that can be changed: the account's own. */
function ownPolicyOf(context: Context, given: string | undefined, operation: string): ManagedPolicy {
  const policy = policyOf(context, given, operation);
  if (!managedByAws(policy.arn)) return policy;
  const request = { action: `iam:${operation}`, resource: policy.arn, resourceAccount: "aws" };
  throw accessDenied(context.caller, request, { is: "implicitDeny", missing: "resource-based" });
}

const attachedTo = (account: Account, arn: string) => ({
  roles: [...account.roles.values()].filter(({ attached }) => attached.has(arn)),
  users: [...account.users.values()].filter(({ attached }) => attached.has(arn)),
  groups: [...account.groups.values()].filter(({ attached }) => attached.has(arn)),
});

/** Of how many roles and users it is the boundary. */
const boundaryOfHowMany = (account: Account, arn: string): number =>
  [...account.roles.values(), ...account.users.values()].filter(({ boundary }) => boundary === arn).length;

function shapeOf(account: Account, policy: ManagedPolicy) {
  const { roles, users, groups } = attachedTo(account, policy.arn);
  return {
    PolicyName: policy.name,
    PolicyId: policy.id,
    Arn: policy.arn,
    Path: policy.path,
    DefaultVersionId: policy.defaultVersionId,
    AttachmentCount: roles.length + users.length + groups.length,
    PermissionsBoundaryUsageCount: boundaryOfHowMany(account, policy.arn),
    IsAttachable: true,
    Description: policy.description,
    CreateDate: new Date(policy.createdAt),
    UpdateDate: new Date(policy.updatedAt),
    Tags: policy.tags.size ? tagList(policy.tags) : undefined,
  };
}

const versionShape = (policy: ManagedPolicy, version: PolicyVersion) => ({
  VersionId: version.id,
  IsDefaultVersion: version.id === policy.defaultVersionId,
  CreateDate: new Date(version.createdAt),
});

function checkedDocument(context: Context, given: string | undefined): string {
  const document = required(given, "policyDocument");
  checkDocument(context, document, "identity");
  if (sizeOf(document) > largestPolicy) throw quota("PolicySize", largestPolicy);
  return document;
}

function addVersion(policy: ManagedPolicy, document: string, now: number, asDefault: boolean): PolicyVersion {
  const version = { id: `v${policy.nextVersion}`, document, createdAt: now };
  policy.versions.set(version.id, version);
  policy.nextVersion += 1;
  policy.updatedAt = now;
  if (asDefault) policy.defaultVersionId = version.id;
  return version;
}

function createPolicy(context: Context, input: iam.CreatePolicyCommandInput) {
  const { now } = context;
  const account = accountOf(context);
  const name = nameOf(input.PolicyName, "policyName", 128);
  const path = input.Path ?? "/";
  const arn = iamArn(context, account, `policy${path}${name}`);
  authorizeIam(context, "CreatePolicy", arn);
  const document = checkedDocument(context, input.PolicyDocument);
  if ([...account.policies.values()].some((other) => other.name.toLowerCase() === name.toLowerCase()))
    throw alreadyExists(`A policy called ${name} already exists. Duplicate names are not allowed.`);
  const policy: ManagedPolicy = {
    ...{ name, arn, path, id: uniqueId("ANPA"), description: input.Description, createdAt: now, updatedAt: now },
    ...{ tags: new Map(), versions: new Map(), defaultVersionId: "v1", nextVersion: 1 },
  };
  addVersion(policy, document, now, true);
  addTags(policy.tags, input.Tags);
  account.policies.set(arn, policy);
  return { Policy: shapeOf(account, policy) };
}

function listPolicies(context: Context, input: iam.ListPoliciesCommandInput) {
  const account = accountOf(context);
  authorizeIam(context, "ListPolicies", "*");
  const { Scope: scope = "All", PathPrefix: prefix = "/", OnlyAttached: onlyAttached = false } = input;
  const policies = [
    ...(scope === "AWS" ? [] : account.policies.values()),
    ...(scope === "Local" ? [] : awsManagedArns(context.partition).flatMap((arn) => awsPolicy(arn) ?? [])),
  ];
  const shapes = policies
    .filter(({ path }) => path.startsWith(prefix))
    .map((policy) => ({ ...shapeOf(account, policy), Tags: undefined }))
    .filter(({ AttachmentCount: count }) => !onlyAttached || count > 0);
  const { items, ...page } = listPage(shapes, input);
  return { Policies: items, ...page };
}

const getPolicy = (context: Context, input: iam.GetPolicyCommandInput) => ({
  Policy: shapeOf(accountOf(context), policyOf(context, input.PolicyArn, "GetPolicy")),
});

function versionOf(policy: ManagedPolicy, given: string | undefined): PolicyVersion {
  const id = required(given, "versionId");
  const version = policy.versions.get(id);
  if (!version) throw noSuchEntity(`Policy ${policy.arn} version ${id} does not exist or is not attachable.`);
  return version;
}

function getPolicyVersion(context: Context, input: iam.GetPolicyVersionCommandInput) {
  const policy = policyOf(context, input.PolicyArn, "GetPolicyVersion");
  const version = versionOf(policy, input.VersionId);
  return { PolicyVersion: { ...versionShape(policy, version), Document: encoded(version.document) } };
}

function listPolicyVersions(context: Context, input: iam.ListPolicyVersionsCommandInput) {
  const policy = policyOf(context, input.PolicyArn, "ListPolicyVersions");
  const versions = [...policy.versions.values()].reverse().map((version) => versionShape(policy, version));
  const { items, ...page } = listPage(versions, input);
  return { Versions: items, ...page };
}

function createPolicyVersion(context: Context, input: iam.CreatePolicyVersionCommandInput) {
  const policy = ownPolicyOf(context, input.PolicyArn, "CreatePolicyVersion");
  const document = checkedDocument(context, input.PolicyDocument);
  if (policy.versions.size >= mostVersions)
    throw new AwsError(
      "LimitExceeded",
      409,
      `A managed policy can have up to ${mostVersions} versions. Before you create a new version, you must delete an existing version.`,
    );
  const version = addVersion(policy, document, context.now, input.SetAsDefault === true);
  return { PolicyVersion: versionShape(policy, version) };
}

function deletePolicyVersion(context: Context, input: iam.DeletePolicyVersionCommandInput): object {
  const policy = ownPolicyOf(context, input.PolicyArn, "DeletePolicyVersion");
  const version = versionOf(policy, input.VersionId);
  if (version.id === policy.defaultVersionId) throw deleteConflict("Cannot delete the default version of a policy.");
  policy.versions.delete(version.id);
  return {};
}

function setDefaultPolicyVersion(context: Context, input: iam.SetDefaultPolicyVersionCommandInput): object {
  const policy = ownPolicyOf(context, input.PolicyArn, "SetDefaultPolicyVersion");
  policy.defaultVersionId = versionOf(policy, input.VersionId).id;
  policy.updatedAt = context.now;
  return {};
}

function deletePolicy(context: Context, input: iam.DeletePolicyCommandInput): object {
  const policy = ownPolicyOf(context, input.PolicyArn, "DeletePolicy");
  const account = accountOf(context);
  const { roles, users, groups } = attachedTo(account, policy.arn);
  if (roles.length + users.length + groups.length + boundaryOfHowMany(account, policy.arn) > 0)
    throw deleteConflict("Cannot delete a policy attached to entities.");
  if (policy.versions.size > 1)
    throw deleteConflict(
      "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
    );
  account.policies.delete(policy.arn);
  return {};
}

function listEntitiesForPolicy(context: Context, input: iam.ListEntitiesForPolicyCommandInput) {
  const policy = policyOf(context, input.PolicyArn, "ListEntitiesForPolicy");
  const { roles, users, groups } = attachedTo(accountOf(context), policy.arn);
  return {
    PolicyGroups: groups.map(({ name, id }) => ({ GroupName: name, GroupId: id })),
    PolicyRoles: roles.map(({ name, id }) => ({ RoleName: name, RoleId: id })),
    PolicyUsers: users.map(({ name, id }) => ({ UserName: name, UserId: id })),
    IsTruncated: false,
  };
}

function tagPolicy(context: Context, input: iam.TagPolicyCommandInput): object {
  addTags(ownPolicyOf(context, input.PolicyArn, "TagPolicy").tags, input.Tags);
  return {};
}

function untagPolicy(context: Context, input: iam.UntagPolicyCommandInput): object {
  const { tags } = ownPolicyOf(context, input.PolicyArn, "UntagPolicy");
  for (const key of input.TagKeys ?? []) tags.delete(key);
  return {};
}

function listPolicyTags(context: Context, input: iam.ListPolicyTagsCommandInput) {
  const { items, ...page } = listPage(tagList(policyOf(context, input.PolicyArn, "ListPolicyTags").tags), input);
  return { Tags: items, ...page };
}

export const managedPolicyOperations = {
  CreatePolicy: createPolicy,
  ListPolicies: listPolicies,
  GetPolicy: getPolicy,
  GetPolicyVersion: getPolicyVersion,
  ListPolicyVersions: listPolicyVersions,
  CreatePolicyVersion: createPolicyVersion,
  DeletePolicyVersion: deletePolicyVersion,
  SetDefaultPolicyVersion: setDefaultPolicyVersion,
  DeletePolicy: deletePolicy,
  ListEntitiesForPolicy: listEntitiesForPolicy,
  TagPolicy: tagPolicy,
  UntagPolicy: untagPolicy,
  ListPolicyTags: listPolicyTags,
};
