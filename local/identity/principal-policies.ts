import { AwsError, type Context } from "../service";
import { managedByAws } from "./aws-managed";
import {
  accountOf,
  addTags,
  checkDocument,
  encoded,
  groupOf,
  nameOf,
  noSuchEntity,
  quota,
  required,
  roleOf,
  sizeOf,
  tagList,
  userOf,
} from "./iam-account";
import { listPage } from "./pages";
import type { Entity, Tags } from "./state";

/** Roles, users and groups differ in nothing here but the name of a member, so they share the operations. */
interface Input {
  readonly RoleName?: string;
  readonly GroupName?: string;
  readonly UserName?: string;
  readonly PolicyName?: string;
  readonly PolicyDocument?: string;
  readonly PolicyArn?: string;
  readonly MaxItems?: number;
  readonly Marker?: string;
  readonly Tags?: readonly { readonly Key: string | undefined; readonly Value: string | undefined }[];
  readonly TagKeys?: readonly string[];
}

// Source: IAM User Guide, "IAM and AWS STS quotas".
const kinds = {
  Role: { find: roleOf, largestInline: 10_240, member: "RoleName" },
  Group: { find: groupOf, largestInline: 5_120, member: "GroupName" },
  User: { find: userOf, largestInline: 2_048, member: "UserName" },
} as const;

/** IAM's default quota, which can be raised on request. */
const mostAttached = 10;

type Kind = keyof typeof kinds;

const find = (context: Context, kind: Kind, input: Input, operation: string): Entity =>
  kinds[kind].find(context, input[kinds[kind].member], operation, {
    "iam:PolicyARN": input.PolicyArn,
  });

function put(context: Context, kind: Kind, input: Input): object {
  const principal = find(context, kind, input, `Put${kind}Policy`);
  const name = nameOf(input.PolicyName, "policyName", 128);
  const document = required(input.PolicyDocument, "policyDocument");
  checkDocument(context, document, "identity");
  const inline = new Map(principal.inline).set(name, document);
  const { largestInline } = kinds[kind];
  if ([...inline.values()].reduce((sum, each) => sum + sizeOf(each), 0) > largestInline)
    throw new AwsError(
      "LimitExceeded",
      409,
      `Maximum policy size of ${largestInline} bytes exceeded for ${kind.toLowerCase()} ${principal.name}`,
    );
  principal.inline.set(name, document);
  return {};
}

function inlineDocument(kind: Kind, principal: Entity, name: string | undefined): string {
  const document = principal.inline.get(required(name, "policyName"));
  if (document === undefined) throw noSuchEntity(`The ${kind.toLowerCase()} policy with name ${name} cannot be found.`);
  return document;
}

function get(context: Context, kind: Kind, input: Input) {
  const principal = find(context, kind, input, `Get${kind}Policy`);
  const document = encoded(inlineDocument(kind, principal, input.PolicyName));
  return { [kinds[kind].member]: principal.name, PolicyName: input.PolicyName, PolicyDocument: document };
}

function remove(context: Context, kind: Kind, input: Input): object {
  const principal = find(context, kind, input, `Delete${kind}Policy`);
  inlineDocument(kind, principal, input.PolicyName);
  principal.inline.delete(input.PolicyName ?? "");
  return {};
}

function list(context: Context, kind: Kind, input: Input) {
  const principal = find(context, kind, input, `List${kind}Policies`);
  const { items, ...page } = listPage([...principal.inline.keys()], input);
  return { PolicyNames: items, ...page };
}

function listAttached(context: Context, kind: Kind, input: Input) {
  const principal = find(context, kind, input, `ListAttached${kind}Policies`);
  const attached = [...principal.attached].map((arn) => ({ PolicyName: arn.split("/").at(-1), PolicyArn: arn }));
  const { items, ...page } = listPage(attached, input);
  return { AttachedPolicies: items, ...page };
}

function attach(context: Context, kind: Kind, input: Input): object {
  const principal = find(context, kind, input, `Attach${kind}Policy`);
  const arn = required(input.PolicyArn, "policyArn");
  if (!accountOf(context).policies.has(arn) && !managedByAws(arn))
    throw noSuchEntity(`Policy ${arn} does not exist or is not attachable.`);
  if (!principal.attached.has(arn) && principal.attached.size >= mostAttached)
    throw quota(`PoliciesPer${kind}`, mostAttached);
  principal.attached.add(arn);
  return {};
}

function detach(context: Context, kind: Kind, input: Input): object {
  const principal = find(context, kind, input, `Detach${kind}Policy`);
  const arn = required(input.PolicyArn, "policyArn");
  if (!principal.attached.delete(arn)) throw noSuchEntity(`Policy ${arn} was not found.`);
  return {};
}

/** Groups have no tags. */
type Tagged = Exclude<Kind, "Group">;

const tagsOf = (context: Context, kind: Tagged, input: Input, operation: string): Tags =>
  kinds[kind].find(context, input[kinds[kind].member], operation).tags;

function tag(context: Context, kind: Tagged, input: Input): object {
  addTags(tagsOf(context, kind, input, `Tag${kind}`), input.Tags);
  return {};
}

function untag(context: Context, kind: Tagged, input: Input): object {
  const tags = tagsOf(context, kind, input, `Untag${kind}`);
  for (const key of input.TagKeys ?? []) tags.delete(key);
  return {};
}

function listTags(context: Context, kind: Tagged, input: Input) {
  const { items, ...page } = listPage(tagList(tagsOf(context, kind, input, `List${kind}Tags`)), input);
  return { Tags: items, ...page };
}

const of =
  <K extends Kind, T>(kind: K, operation: (context: Context, kind: K, input: Input) => T) =>
  (context: Context, input: Input): T =>
    operation(context, kind, input);

const operationsOf = (kind: Kind) => ({
  [`Put${kind}Policy`]: of(kind, put),
  [`Get${kind}Policy`]: of(kind, get),
  [`Delete${kind}Policy`]: of(kind, remove),
  [`List${kind}Policies`]: of(kind, list),
  [`ListAttached${kind}Policies`]: of(kind, listAttached),
  [`Attach${kind}Policy`]: of(kind, attach),
  [`Detach${kind}Policy`]: of(kind, detach),
});

const tagOperationsOf = (kind: Tagged) => ({
  [`Tag${kind}`]: of(kind, tag),
  [`Untag${kind}`]: of(kind, untag),
  [`List${kind}Tags`]: of(kind, listTags),
});

export const principalPolicyOperations = {
  ...operationsOf("Role"),
  ...operationsOf("User"),
  ...operationsOf("Group"),
  ...tagOperationsOf("Role"),
  ...tagOperationsOf("User"),
};
