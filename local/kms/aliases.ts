import type * as kms from "@aws-sdk/client-kms";
import { authorize } from "../identity/authorize";
import type { Context } from "../service";
import { authorizeKey } from "./access";
import { alreadyExists, assertNotPendingDeletion, constraint, noSuchAlias, required, validation } from "./errors";
import { accountOf, aliasArn, findKey } from "./find-key";
import { authorizeInAccount } from "./keys";
import { catchUp } from "./lifecycle";
import { listPage } from "./pages";
import type { Alias, Key } from "./state";

/** The ARN of an alias of the caller's, which its own policies allow to change: an alias has no policy. */
function ownAlias(context: Context, given: string | undefined, operation: string): { name: string; arn: string } {
  const name = required(given, "aliasName");
  if (!name.startsWith("alias/"))
    throw validation(
      'Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html',
    );
  if (!/^[a-zA-Z0-9:/_-]+$/.test(name))
    throw constraint(name, "aliasName", "satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$");
  if (name.length > 256) throw constraint(name, "aliasName", "have length less than or equal to 256");
  const account = accountOf(context) ?? "";
  const arn = aliasArn(context, account, name);
  authorize(context, { action: `kms:${operation}`, resource: arn, resourceAccount: account });
  catchUp(context.state.kms, context.now);
  return { name, arn };
}

function targetKey(context: Context, keyId: string | undefined, operation: string): Key {
  const id = required(keyId, "targetKeyId");
  if (id.includes("alias/")) throw validation("Aliases must refer to keys. Not aliases");
  const key = findKey(context, id);
  authorizeKey(context, key, operation);
  assertNotPendingDeletion(key);
  return key;
}

function existing(context: Context, arn: string): Alias {
  const alias = context.state.kms.aliases.get(arn);
  if (!alias) throw noSuchAlias(arn);
  return alias;
}

const assertNotAws = (name: string): void => {
  if (name.startsWith("alias/aws/")) throw validation(`${name} is reserved for AWS.`);
};

function createAlias(context: Context, input: kms.CreateAliasCommandInput): object {
  const { name, arn } = ownAlias(context, input.AliasName, "CreateAlias");
  assertNotAws(name);
  const { now } = context;
  const key = targetKey(context, input.TargetKeyId, "CreateAlias");
  const { aliases } = context.state.kms;
  if (aliases.has(arn)) throw alreadyExists(`An alias with the name ${arn} already exists`);
  aliases.set(arn, { name, arn, createdAt: now, updatedAt: now, keyArn: key.arn });
  return {};
}

function updateAlias(context: Context, input: kms.UpdateAliasCommandInput): object {
  const { name, arn } = ownAlias(context, input.AliasName, "UpdateAlias");
  assertNotAws(name);
  const alias = existing(context, arn);
  authorizeKey(context, findKey(context, alias.keyArn), "UpdateAlias");
  alias.keyArn = targetKey(context, input.TargetKeyId, "UpdateAlias").arn;
  alias.updatedAt = context.now;
  return {};
}

function deleteAlias(context: Context, input: kms.DeleteAliasCommandInput): object {
  const { name, arn } = ownAlias(context, input.AliasName, "DeleteAlias");
  assertNotAws(name);
  const alias = existing(context, arn);
  authorizeKey(context, findKey(context, alias.keyArn), "DeleteAlias");
  context.state.kms.aliases.delete(arn);
  return {};
}

function listAliases(context: Context, input: kms.ListAliasesCommandInput) {
  const account = authorizeInAccount(context, "ListAliases");
  const key = input.KeyId === undefined ? undefined : findKey(context, input.KeyId);
  catchUp(context.state.kms, context.now);
  const aliases = [...context.state.kms.aliases.values()]
    .filter(({ name, arn, keyArn }) => arn === aliasArn(context, account, name) && (!key || key.arn === keyArn))
    .map(({ name, arn, keyArn, createdAt, updatedAt }) => ({
      AliasName: name,
      AliasArn: arn,
      TargetKeyId: keyArn.split("/").at(-1),
      CreationDate: new Date(createdAt),
      LastUpdatedDate: new Date(updatedAt),
    }));
  const { items, ...page } = listPage(aliases, input, 50, 100);
  return { Aliases: items, ...page };
}

export const aliasOperations = {
  CreateAlias: createAlias,
  UpdateAlias: updateAlias,
  DeleteAlias: deleteAlias,
  ListAliases: listAliases,
};
