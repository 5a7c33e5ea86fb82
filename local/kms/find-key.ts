import type { Context } from "../service";
import { noSuchAlias, noSuchKey, notFound, required } from "./errors";
import { catchUp } from "./lifecycle";
import { awsManagedKey } from "./managed-key";
import type { Key } from "./state";

/** The account in which ids and aliases without an account are looked up: the caller's. */
export const accountOf = ({ caller }: Context): string | undefined =>
  "account" in caller ? caller.account : undefined;

export const aliasArn = (context: Context, account: string, name: string): string =>
  `arn:${context.partition}:kms:${context.region}:${account}:${name}`;

const keyIdForm = /^(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

function keyOfAlias(context: Context, account: string, name: string): Key {
  const arn = aliasArn(context, account, name);
  const alias = context.state.kms.aliases.get(arn);
  const key = alias
    ? context.state.kms.keys.get(alias.keyArn)
    : account === accountOf(context)
      ? awsManagedKey(context, account, name)
      : undefined;
  if (!key) throw noSuchAlias(arn);
  return key;
}

/**
 * The key that an id, an ARN, an alias or an alias's ARN means.
 *
 * Ids and aliases that name no account are looked up in the caller's.
 *
 * @throws AwsError NotFoundException
 */
export function findKey(context: Context, keyId: string | undefined): Key {
  const given = required(keyId, "keyId");
  const { kms } = context.state;
  catchUp(kms, context.now);
  const [, , service, region, owner, resource = ""] = given.startsWith("arn:") ? given.split(":") : [];
  if (service !== undefined && (service !== "kms" || region !== context.region))
    throw notFound(`Invalid arn ${service === "kms" ? region : given}`);
  const inAccount = owner ?? accountOf(context) ?? "";
  const name = service === undefined ? given : resource;
  if (name.startsWith("alias/")) return keyOfAlias(context, inAccount, name);
  const id = name.replace(/^key\//, "");
  if (!keyIdForm.test(id)) throw notFound(`Invalid keyId '${given}'`);
  const arn = `arn:${context.partition}:kms:${context.region}:${inAccount}:key/${id}`;
  const key = kms.keys.get(arn);
  if (!key) throw noSuchKey(arn);
  return key;
}
