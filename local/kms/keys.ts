import type * as kms from "@aws-sdk/client-kms";
import { KeySpec, KeyUsageType } from "@aws-sdk/client-kms";
import { authorize } from "../identity/authorize";
import type { Conditions } from "../identity/request-keys";
import type { Context } from "../service";
import { authorizeKey } from "./access";
import {
  assertNotPendingDeletion,
  constraint,
  inRange,
  invalidState,
  required,
  unsupported,
  validation,
} from "./errors";
import { accountOf, findKey } from "./find-key";
import { checkKeyPolicy, defaultKeyPolicy } from "./key-policy";
import { addKey, catchUp, millisecondsPerDay } from "./lifecycle";
import { listPage } from "./pages";
import type { Key } from "./state";
import { requestTags, tagsOf } from "./tags";

/** For operations on no key of their own. */
export function authorizeInAccount(
  context: Context,
  operation: string,
  conditions?: Conditions,
  resource = "*",
): string {
  const account = accountOf(context) ?? "";
  authorize(context, { action: `kms:${operation}`, resource, resourceAccount: account, conditions });
  return account;
}

const metadataOf = (key: Key): kms.KeyMetadata => ({
  AWSAccountId: key.account,
  KeyId: key.id,
  Arn: key.arn,
  CreationDate: new Date(key.createdAt),
  Description: key.description,
  Enabled: key.status.is === "enabled",
  KeyState: ({ enabled: "Enabled", disabled: "Disabled", pendingDeletion: "PendingDeletion" } as const)[key.status.is],
  DeletionDate: key.status.is === "pendingDeletion" ? new Date(key.status.deletionAt) : undefined,
  KeyManager: key.manager,
  KeyUsage: "ENCRYPT_DECRYPT",
  KeySpec: "SYMMETRIC_DEFAULT",
  CustomerMasterKeySpec: "SYMMETRIC_DEFAULT",
  EncryptionAlgorithms: ["SYMMETRIC_DEFAULT"],
  Origin: "AWS_KMS",
  MultiRegion: false,
  CurrentKeyMaterialId: key.materials.at(-1)?.id,
});

const specs: readonly string[] = Object.values(KeySpec);
const usages: readonly string[] = Object.values(KeyUsageType);

function kindOf({ KeySpec: given, CustomerMasterKeySpec: former, KeyUsage: usage }: kms.CreateKeyRequest) {
  const spec = given ?? former ?? "SYMMETRIC_DEFAULT";
  if (!specs.includes(spec)) throw constraint(spec, "keySpec", `satisfy enum value set: [${specs.join(", ")}]`);
  if (usage !== undefined && !usages.includes(usage))
    throw constraint(usage, "keyUsage", `satisfy enum value set: [${usages.join(", ")}]`);
  if (usage === undefined && spec !== "SYMMETRIC_DEFAULT")
    throw validation("You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.");
  return { spec, usage: usage ?? "ENCRYPT_DECRYPT" };
}

function createKey(context: Context, input: kms.CreateKeyCommandInput) {
  const { spec, usage } = kindOf(input);
  const { Origin: origin = "AWS_KMS", BypassPolicyLockoutSafetyCheck: bypass } = input;
  const tags = tagsOf(input.Tags);
  const account = authorizeInAccount(context, "CreateKey", {
    "kms:KeySpec": spec,
    "kms:KeyUsage": usage,
    "kms:KeyOrigin": origin,
    "kms:BypassPolicyLockoutSafetyCheck": String(bypass ?? false),
    ...requestTags(tags),
  });
  const { partition, region, now } = context;
  // "At a minimum, the permission must cover all KMS keys in the account and Region": Developer Guide, "CreateKey: Add tags".
  const everyKey = `arn:${partition}:kms:${region}:${account}:key/*`;
  if (tags.size > 0) authorizeInAccount(context, "TagResource", requestTags(tags), everyKey);
  if (
    spec !== "SYMMETRIC_DEFAULT" ||
    usage !== "ENCRYPT_DECRYPT" ||
    origin !== "AWS_KMS" ||
    input.MultiRegion ||
    input.CustomKeyStoreId
  )
    throw unsupported("The local AWS has symmetric encryption keys of one Region with AWS's material only.");
  const policy = input.Policy ?? defaultKeyPolicy(partition, account);
  checkKeyPolicy(context, policy, `arn:${partition}:kms:${region}:${account}:key/new`, bypass);
  const description = input.Description ?? "";
  const key = addKey(context.state.kms, {
    ...{ partition, account, region, now, description, policy, tags },
    manager: "CUSTOMER",
  });
  return { KeyMetadata: metadataOf(key) };
}

function describeKey(context: Context, input: kms.DescribeKeyCommandInput) {
  const key = findKey(context, input.KeyId);
  authorizeKey(context, key, "DescribeKey", { keyId: input.KeyId });
  return { KeyMetadata: metadataOf(key) };
}

function listKeys(context: Context, input: kms.ListKeysCommandInput) {
  const account = authorizeInAccount(context, "ListKeys");
  catchUp(context.state.kms, context.now);
  const keys = [...context.state.kms.keys.values()]
    .filter((key) => key.account === account && key.region === context.region)
    .map(({ id, arn }) => ({ KeyId: id, KeyArn: arn }));
  const { items, ...page } = listPage(keys, input, 100, 1_000);
  return { Keys: items, ...page };
}

function updateKeyDescription(context: Context, input: kms.UpdateKeyDescriptionCommandInput): object {
  const key = findKey(context, input.KeyId);
  authorizeKey(context, key, "UpdateKeyDescription");
  assertNotPendingDeletion(key);
  key.description = required(input.Description, "description");
  return {};
}

const switchTo =
  (status: "enabled" | "disabled", operation: string) =>
  (context: Context, input: kms.EnableKeyCommandInput | kms.DisableKeyCommandInput): object => {
    const key = findKey(context, input.KeyId);
    authorizeKey(context, key, operation);
    assertNotPendingDeletion(key);
    key.status = { is: status };
    return {};
  };

function scheduleKeyDeletion(context: Context, input: kms.ScheduleKeyDeletionCommandInput) {
  const days = inRange(input.PendingWindowInDays ?? 30, "pendingWindowInDays", 7, 30);
  const key = findKey(context, input.KeyId);
  authorizeKey(context, key, "ScheduleKeyDeletion", {
    conditions: { "kms:ScheduleKeyDeletionPendingWindowInDays": String(days) },
  });
  assertNotPendingDeletion(key);
  const deletionAt = context.now + days * millisecondsPerDay;
  key.status = { is: "pendingDeletion", deletionAt };
  return {
    KeyId: key.arn,
    DeletionDate: new Date(deletionAt),
    KeyState: "PendingDeletion",
    PendingWindowInDays: days,
  };
}

/** The key comes back disabled. */
function cancelKeyDeletion(context: Context, input: kms.CancelKeyDeletionCommandInput) {
  const key = findKey(context, input.KeyId);
  authorizeKey(context, key, "CancelKeyDeletion");
  if (key.status.is !== "pendingDeletion") throw invalidState(`${key.arn} is not pending deletion.`);
  key.status = { is: "disabled" };
  return { KeyId: key.arn };
}

export const keyOperations = {
  CreateKey: createKey,
  DescribeKey: describeKey,
  ListKeys: listKeys,
  UpdateKeyDescription: updateKeyDescription,
  EnableKey: switchTo("enabled", "EnableKey"),
  DisableKey: switchTo("disabled", "DisableKey"),
  ScheduleKeyDeletion: scheduleKeyDeletion,
  CancelKeyDeletion: cancelKeyDeletion,
};
