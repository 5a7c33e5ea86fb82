import { accessDenied } from "../identity/access-denied";
import { type AccessRequest, type Decision, decide } from "../identity/authorize";
import type { Conditions } from "../identity/request-keys";
import type { Context } from "../service";
import { dryRun } from "./errors";
import { accountOf } from "./find-key";
import { grantReach } from "./grant-reach";
import type { Grant, Key } from "./state";
import type { EncryptionContext } from "./wrap";

export interface Use {
  readonly encryptionContext?: EncryptionContext;
  /** The service that asks on the caller's behalf: `s3.eu-west-1.amazonaws.com`. */
  readonly via?: string;
  /** As the request named the key, if it did. */
  readonly keyId?: string;
  readonly conditions?: Conditions;
  readonly dryRun?: boolean;
  /** The grant that `CreateGrant` is about: a grant cannot give more than the one that allows it. */
  readonly newGrant?: Pick<Grant, "operations" | "constraints">;
}

/** Source: KMS Developer Guide, "AWS KMS condition keys". */
function conditionsOf(context: Context, key: Key, use: Use): Conditions {
  const conditions: Record<string, string | readonly string[] | undefined> = {
    "kms:CallerAccount": accountOf(context),
    "kms:ViaService": use.via,
    "kms:KeyOrigin": "AWS_KMS",
    "kms:KeySpec": "SYMMETRIC_DEFAULT",
    "kms:KeyUsage": "ENCRYPT_DECRYPT",
    "kms:MultiRegion": "false",
    "kms:EncryptionAlgorithm": use.encryptionContext && "SYMMETRIC_DEFAULT",
    "kms:RequestAlias": use.keyId?.match(/alias\/.*$/)?.[0],
  };
  const aliases: string[] = [];
  for (const { keyArn, name } of context.state.kms.aliases.values()) if (keyArn === key.arn) aliases.push(name);
  if (aliases.length) conditions["kms:ResourceAliases"] = aliases;
  for (const [name, value] of key.tags) conditions[`aws:ResourceTag/${name}`] = value;
  const names = Object.keys(use.encryptionContext ?? {});
  if (names.length) conditions["kms:EncryptionContextKeys"] = names;
  for (const name of names) conditions[`kms:EncryptionContext:${name}`] = use.encryptionContext?.[name];
  return use.conditions ? { ...conditions, ...use.conditions } : conditions;
}

/** Whatever policies say. Source: KMS Developer Guide, "Allowing users in other accounts to use a KMS key". */
const isForOtherAccounts = (operation: string): boolean =>
  /^(Encrypt|Decrypt|ReEncrypt.*|GenerateDataKey.*|GenerateMac|VerifyMac|Sign|Verify|DescribeKey|GetKeyRotationStatus|CreateGrant|ListGrants|RetireGrant|RevokeGrant)$/.test(
    operation,
  );
const never: Decision = { is: "implicitDeny", missing: "resource-based" };

/**
 * The key's policy, the caller's own policies where it delegates to them, and the key's grants.
 *
 * @param operation `Decrypt`, without `kms:`
 * @throws AwsError AccessDeniedException; DryRunOperationException where it was only asked whether
 */
export function authorizeKey(context: Context, key: Key, operation: string, use: Use = {}): void {
  const request: AccessRequest = {
    action: `kms:${operation}`,
    resource: key.arn,
    resourceAccount: key.account,
    resourcePolicy: key.policy,
    resourceMustAllow: true,
    conditions: () => conditionsOf(context, key, use),
    ...(key.grants.size > 0 && { grant: () => grantReach(context.caller, key, operation, use) }),
    viaService: use.via === undefined ? undefined : true,
  };
  const foreign = accountOf(context) !== undefined && accountOf(context) !== key.account;
  const decision = foreign && !isForOtherAccounts(operation) ? never : decide(context, request);
  if (decision.is !== "allowed") throw accessDenied(context.caller, request, decision);
  if (use.dryRun) throw dryRun();
}
