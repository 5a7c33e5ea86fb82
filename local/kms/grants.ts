import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type * as kms from "@aws-sdk/client-kms";
import { accessDenied } from "../identity/access-denied";
import { type AccessRequest, decide } from "../identity/authorize";
import { principalExists } from "../identity/principals";
import type { Context } from "../service";
import { authorizeKey } from "./access";
import {
  assertEnabled,
  constraint,
  dryRun,
  invalidArn,
  invalidGrantToken,
  notFound,
  required,
  validation,
} from "./errors";
import { accountOf, findKey } from "./find-key";
import { reachOfPrincipal } from "./grant-reach";
import { authorizeInAccount } from "./keys";
import { catchUp } from "./lifecycle";
import { listPage } from "./pages";
import type { Grant, Key } from "./state";

/** What a grant of a symmetric encryption key can allow: KMS Developer Guide, "Grant operations". */
const grantable: readonly string[] = [
  ...["Decrypt", "Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "ReEncryptFrom", "ReEncryptTo"],
  ...["CreateGrant", "RetireGrant", "DescribeKey", "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext"],
];
const mostPairs = 8;

/** A principal is given as an ARN or as a service's name, never as both. */
function principalOf(
  context: Context,
  arn: string | undefined,
  service: string | undefined,
  member: string,
): string | undefined {
  if (arn !== undefined && service !== undefined)
    throw validation(`Specify either ${member}Principal or ${member}ServicePrincipal, not both.`);
  if (arn !== undefined && !(arn.startsWith("arn:") && principalExists(context.state.identity, arn)))
    throw invalidArn(`ARN does not refer to a valid principal: ${arn}`);
  return arn ?? service;
}

function operationsOf(given: kms.CreateGrantRequest["Operations"]): readonly kms.GrantOperation[] {
  const operations = required(given, "operations");
  if (operations.length === 0) throw constraint("[]", "operations", "have length greater than or equal to 1");
  const other = operations.find((operation) => !grantable.includes(operation));
  if (other) throw validation(`Operation ${other} is not supported for a key of the spec SYMMETRIC_DEFAULT.`);
  return operations;
}

function constraintsOf(given: kms.GrantConstraints = {}): kms.GrantConstraints {
  for (const pairs of [given.EncryptionContextEquals, given.EncryptionContextSubset]) {
    const text = JSON.stringify(pairs ?? {});
    if (Object.keys(pairs ?? {}).length > mostPairs || text.length > 384)
      throw validation(`An encryption context constraint has at most ${mostPairs} pairs and 384 characters.`);
  }
  return given;
}

/** A grant of the same name that says the same is the same grant: API_CreateGrant, "Name". */
const isRepeated = (grant: Grant, again: Grant): boolean =>
  again.name !== undefined && isDeepStrictEqual({ ...grant, id: "", createdAt: 0 }, { ...again, id: "", createdAt: 0 });

function createGrant(context: Context, input: kms.CreateGrantCommandInput) {
  const key = findKey(context, input.KeyId);
  const operations = operationsOf(input.Operations);
  const constraints = constraintsOf(input.Constraints);
  const grantee = principalOf(context, input.GranteePrincipal, input.GranteeServicePrincipal, "Grantee");
  const retiring = principalOf(context, input.RetiringPrincipal, input.RetiringServicePrincipal, "Retiring");
  if (grantee === undefined) throw constraint(undefined, "granteePrincipal", "not be null");
  if (input.GranteeServicePrincipal !== undefined && !(constraints.SourceArn && retiring))
    throw validation("A grant for a service principal needs a SourceArn constraint and a retiring principal.");
  const types = Object.keys(constraints).filter((type) => type.startsWith("EncryptionContext"));
  authorizeKey(context, key, "CreateGrant", {
    newGrant: { operations, constraints },
    dryRun: input.DryRun,
    conditions: {
      "kms:GranteePrincipal": grantee,
      "kms:RetiringPrincipal": retiring,
      "kms:GrantOperations": operations,
      "kms:GrantConstraintType": types[0],
      "kms:GrantIsForAWSResource": "false",
    },
  });
  assertEnabled(key);
  const grant: Grant = {
    ...{ id: randomBytes(32).toString("hex"), name: input.Name, createdAt: context.now, grantee, retiring },
    ...{ issuingAccount: accountOf(context) ?? key.account, operations, constraints },
  };
  const { id } = [...key.grants.values()].find((known) => isRepeated(known, grant)) ?? grant;
  if (id === grant.id) key.grants.set(id, grant);
  return { GrantId: id, GrantToken: tokenOf(key, id) };
}

/** Says which grant it is; every call gives another one. */
const tokenOf = (key: Key, id: string): string =>
  Buffer.from(JSON.stringify([key.arn, id, randomBytes(16).toString("hex")])).toString("base64url");

function readToken(token: string): { readonly keyArn: string; readonly id: string } {
  const [, keyArn, id] = /^\["(arn:[^"]+)","([0-9a-f]{64})","/.exec(Buffer.from(token, "base64url").toString()) ?? [];
  if (keyArn === undefined || id === undefined) throw invalidGrantToken();
  return { keyArn, id };
}

const isService = (principal: string | undefined): boolean => principal !== undefined && !principal.startsWith("arn:");

const entryOf =
  (key: Key) =>
  (grant: Grant): kms.GrantListEntry => ({
    KeyId: key.arn,
    GrantId: grant.id,
    Name: grant.name ?? "",
    CreationDate: new Date(grant.createdAt),
    GranteePrincipal: grant.grantee,
    GranteeServicePrincipal: isService(grant.grantee) ? grant.grantee : undefined,
    RetiringPrincipal: isService(grant.retiring) ? undefined : grant.retiring,
    RetiringServicePrincipal: isService(grant.retiring) ? grant.retiring : undefined,
    IssuingAccount: `arn:${key.arn.split(":")[1]}:iam::${grant.issuingAccount}:root`,
    Operations: [...grant.operations],
    Constraints: Object.keys(grant.constraints).length > 0 ? grant.constraints : undefined,
  });

function pageOfGrants(entries: readonly kms.GrantListEntry[], asked: Pick<kms.ListGrantsRequest, "Limit" | "Marker">) {
  const { items, ...page } = listPage(entries, asked, 50, 100);
  return { Grants: items, ...page };
}

function grantOf(key: Key, id: string): Grant {
  const grant = key.grants.get(id);
  if (!grant) throw notFound(`Grant ID ${id} is not found for ${key.arn}.`);
  return grant;
}

function listGrants(context: Context, input: kms.ListGrantsCommandInput) {
  const key = findKey(context, input.KeyId);
  authorizeKey(context, key, "ListGrants", { conditions: { "kms:GrantIsForAWSResource": "false" } });
  const { GrantId: id, GranteePrincipal: grantee } = input;
  const grants = [...key.grants.values()].filter(
    (grant) => (id ?? grant.id) === grant.id && (grantee ?? grant.grantee) === grant.grantee,
  );
  return pageOfGrants(grants.map(entryOf(key)), input);
}

/** Of all the Region's keys, also those of other accounts. */
function listRetirableGrants(context: Context, input: kms.ListRetirableGrantsCommandInput) {
  const retiring = required(input.RetiringPrincipal, "retiringPrincipal");
  authorizeInAccount(context, "ListRetirableGrants");
  if (retiring.split(":")[4] !== accountOf(context)) throw invalidArn(`${retiring} is no principal of this account.`);
  catchUp(context.state.kms, context.now);
  const entries = [...context.state.kms.keys.values()]
    .filter(({ region }) => region === context.region)
    .flatMap((key) => [...key.grants.values()].filter((grant) => grant.retiring === retiring).map(entryOf(key)));
  return pageOfGrants(entries, input);
}

/**
 * Who is named may; of the account that made the grant also its root and whom its policies allow.
 *
 * Source: KMS Developer Guide, "Retiring and revoking grants".
 */
function authorizeRetiring(context: Context, key: Key, grant: Grant): void {
  const named = [grant.retiring, grant.operations.includes("RetireGrant") ? grant.grantee : undefined];
  const request: AccessRequest = {
    ...{ action: "kms:RetireGrant", resource: key.arn, resourceAccount: grant.issuingAccount },
    grant: () => {
      const reaches = named.map((principal) => principal && reachOfPrincipal(principal, context.caller));
      return reaches.find((reach) => reach && reach !== "account") || reaches.find((reach) => reach) || undefined;
    },
  };
  const decision = decide(context, request);
  if (decision.is !== "allowed") throw accessDenied(context.caller, request, decision);
}

function retireGrant(context: Context, input: kms.RetireGrantCommandInput): object {
  const named =
    input.GrantToken === undefined
      ? { keyArn: required(input.KeyId, "keyId"), id: required(input.GrantId, "grantId") }
      : readToken(input.GrantToken);
  const key = findKey(context, named.keyArn);
  const grant = grantOf(key, named.id);
  authorizeRetiring(context, key, grant);
  if (input.DryRun) throw dryRun();
  key.grants.delete(grant.id);
  return {};
}

function revokeGrant(context: Context, input: kms.RevokeGrantCommandInput): object {
  const id = required(input.GrantId, "grantId");
  const key = findKey(context, input.KeyId);
  const use = { conditions: { "kms:GrantIsForAWSResource": "false" }, dryRun: input.DryRun };
  authorizeKey(context, key, "RevokeGrant", use);
  key.grants.delete(grantOf(key, id).id);
  return {};
}

export const grantOperations = {
  CreateGrant: createGrant,
  ListGrants: listGrants,
  ListRetirableGrants: listRetirableGrants,
  RetireGrant: retireGrant,
  RevokeGrant: revokeGrant,
};
