import { randomBytes } from "node:crypto";
import type {
  CreateGrantCommandInput,
  GrantListEntry,
  ListGrantsCommandInput,
  RetireGrantCommandInput,
  RevokeGrantCommandInput,
} from "@aws-sdk/client-kms";
import { accessDenied } from "../identity/access-denied";
import { pageOf } from "../identity/pages";
import type { Context } from "../service";
import { authorizeKey } from "./access";
import { assertEnabled, notFound, required } from "./errors";
import { accountOf, findKey } from "./find-key";
import { isCaller } from "./grant-rules";
import type { Grant, Key } from "./state";

function createGrant(context: Context, input: CreateGrantCommandInput) {
  const key = findKey(context, input.KeyId);
  const granteePrincipal = required(input.GranteePrincipal, "granteePrincipal");
  const operations = required(input.Operations, "operations");
  authorizeKey(context, key, "CreateGrant", {
    dryRun: input.DryRun,
    conditions: {
      "kms:GranteePrincipal": granteePrincipal,
      "kms:GrantOperations": operations,
      "kms:GrantIsForAWSResource": String(context.caller.is === "service"),
      "kms:RetiringPrincipal": input.RetiringPrincipal,
    },
  });
  assertEnabled(key);
  const grant: Grant = {
    id: randomBytes(32).toString("hex"),
    token: randomBytes(96).toString("base64"),
    name: input.Name,
    createdAt: context.now,
    issuingAccount: `arn:${context.partition}:iam::${accountOf(context) ?? key.account}:root`,
    ...{ granteePrincipal, operations },
    retiringPrincipal: input.RetiringPrincipal,
    constraints: input.Constraints,
  };
  key.grants.set(grant.id, grant);
  return { GrantId: grant.id, GrantToken: grant.token };
}

function listGrants(context: Context, input: ListGrantsCommandInput) {
  const key = findKey(context, input.KeyId);
  authorizeKey(context, key, "ListGrants");
  const grants = [...key.grants.values()]
    .filter(({ id }) => input.GrantId === undefined || input.GrantId === id)
    .filter(({ granteePrincipal: grantee }) => !input.GranteePrincipal || input.GranteePrincipal === grantee)
    .map(
      (grant): GrantListEntry => ({
        KeyId: key.arn,
        GrantId: grant.id,
        Name: grant.name ?? "",
        CreationDate: new Date(grant.createdAt),
        GranteePrincipal: grant.granteePrincipal,
        RetiringPrincipal: grant.retiringPrincipal,
        IssuingAccount: grant.issuingAccount,
        Operations: [...grant.operations],
        Constraints: grant.constraints,
      }),
    );
  const page = pageOf(grants, input.Limit ?? 50, input.Marker);
  return { Grants: page.items, Truncated: page.more, NextMarker: page.marker };
}

function grantOf(key: Key, id: string): Grant {
  const grant = key.grants.get(id);
  if (!grant) throw notFound(`Grant ID ${id} not found`);
  return grant;
}

function revokeGrant(context: Context, input: RevokeGrantCommandInput): object {
  const key = findKey(context, input.KeyId);
  authorizeKey(context, key, "RevokeGrant", { dryRun: input.DryRun });
  key.grants.delete(grantOf(key, required(input.GrantId, "grantId")).id);
  return {};
}

/** By token, or by key and grant; the retiring principal may, and the grantee who was given RetireGrant. */
function retireGrant(context: Context, input: RetireGrantCommandInput): object {
  const { caller, state } = context;
  const holder = [...state.kms.keys.values()].find((candidate) =>
    [...candidate.grants.values()].some(({ token }) => token === input.GrantToken),
  );
  const key = holder ?? findKey(context, input.KeyId);
  const byToken = [...key.grants.values()].find(({ token }) => token === input.GrantToken);
  const grant = byToken ?? grantOf(key, required(input.GrantId, "grantId"));
  const grantee = grant.operations.includes("RetireGrant") && isCaller(caller, grant.granteePrincipal);
  if (!grantee && !isCaller(caller, grant.retiringPrincipal))
    throw accessDenied(
      caller,
      { action: "kms:RetireGrant", resource: key.arn, resourceAccount: key.account },
      { is: "implicitDeny", missing: "resource-based" },
    );
  key.grants.delete(grant.id);
  return {};
}

export const grantOperations = {
  CreateGrant: createGrant,
  ListGrants: listGrants,
  RevokeGrant: revokeGrant,
  RetireGrant: retireGrant,
};
