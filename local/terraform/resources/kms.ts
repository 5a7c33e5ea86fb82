import type { CreateKeyCommandInput, KMS } from "@aws-sdk/client-kms";
import { sameDocument } from "../json-document";
import { generatedName, isTrue, number, positive, required, text, unlessMissing } from "../reading";
import type { Resource } from "../resource";
import { tagChanges, tagsOf, tagsRead } from "../tags";
import type { ObjectValue } from "../values";

export const key: Resource = {
  forcesReplacement: ["custom_key_store_id", "customer_master_key_spec", "key_usage", "multi_region", "xks_key_id"],
  unsupported: ["custom_key_store_id", "xks_key_id"],
  defaults: {
    bypass_policy_lockout_safety_check: false,
    customer_master_key_spec: "SYMMETRIC_DEFAULT",
    enable_key_rotation: false,
    is_enabled: true,
    key_usage: "ENCRYPT_DECRYPT",
  },
  equivalent: { policy: sameDocument },
  // KMS chooses a period when rotation begins without one.
  dependent: { rotation_period_in_days: ["enable_key_rotation"] },
  imported: (id) => ({ id, bypass_policy_lockout_safety_check: false }),

  async create(session, planned) {
    const kms = await session.kms(planned);
    const { KeyMetadata } = await kms.createKey({
      Description: text(planned["description"]),
      Policy: text(planned["policy"]),
      KeySpec: text(planned["customer_master_key_spec"]) as CreateKeyCommandInput["KeySpec"],
      KeyUsage: text(planned["key_usage"]) as CreateKeyCommandInput["KeyUsage"],
      MultiRegion: isTrue(planned["multi_region"]),
      BypassPolicyLockoutSafetyCheck: isTrue(planned["bypass_policy_lockout_safety_check"]),
      Tags: Object.entries(tagsOf(planned["tags_all"])).map(([TagKey, TagValue]) => ({ TagKey, TagValue })),
    });
    return { id: KeyMetadata?.KeyId ?? "" };
  },

  async complete(session, planned) {
    const kms = await session.kms(planned);
    const KeyId = required(planned, "id");
    if (isTrue(planned["enable_key_rotation"])) await rotate(kms, KeyId, planned);
    if (!isTrue(planned["is_enabled"])) await kms.disableKey({ KeyId });
  },

  async read(session, state) {
    const kms = await session.kms(state);
    const KeyId = required(state, "id");
    const metadata = (await unlessMissing(kms.describeKey({ KeyId }), "NotFoundException"))?.KeyMetadata;
    if (!metadata || metadata.KeyState === "PendingDeletion") return null;
    const [policy, rotation, tags] = await Promise.all([
      kms.getKeyPolicy({ KeyId, PolicyName: "default" }),
      kms.getKeyRotationStatus({ KeyId }),
      kms.listResourceTags({ KeyId }),
    ]);
    const pairs = (tags.Tags ?? []).map(({ TagKey, TagValue }) => [TagKey ?? "", TagValue ?? ""]);
    return {
      ...state,
      arn: metadata.Arn ?? "",
      key_id: metadata.KeyId ?? "",
      description: metadata.Description ?? "",
      is_enabled: metadata.Enabled ?? false,
      key_usage: metadata.KeyUsage ?? "",
      customer_master_key_spec: metadata.KeySpec ?? "",
      multi_region: metadata.MultiRegion ?? false,
      enable_key_rotation: rotation.KeyRotationEnabled ?? false,
      rotation_period_in_days: rotation.RotationPeriodInDays ?? 0,
      policy: policy.Policy ?? "",
      ...tagsRead(Object.fromEntries(pairs), state, session.defaultTags),
    };
  },

  async update(session, planned, prior) {
    const kms = await session.kms(planned);
    const KeyId = required(planned, "id");
    const changed = (name: string) => planned[name] !== prior[name];
    // A disabled key takes none of the other changes: it is enabled first and disabled last.
    if (changed("is_enabled") && isTrue(planned["is_enabled"])) await kms.enableKey({ KeyId });
    if (changed("enable_key_rotation") || changed("rotation_period_in_days")) {
      if (isTrue(planned["enable_key_rotation"])) await rotate(kms, KeyId, planned);
      else await kms.disableKeyRotation({ KeyId });
    }
    if (changed("description")) {
      await kms.updateKeyDescription({ KeyId, Description: text(planned["description"]) ?? "" });
    }
    if (changed("policy")) {
      await kms.putKeyPolicy({
        KeyId,
        PolicyName: "default",
        Policy: required(planned, "policy"),
        BypassPolicyLockoutSafetyCheck: isTrue(planned["bypass_policy_lockout_safety_check"]),
      });
    }
    const { put, remove } = tagChanges(planned["tags_all"], prior["tags_all"]);
    if (remove.length > 0) await kms.untagResource({ KeyId, TagKeys: remove });
    if (put.length > 0) {
      await kms.tagResource({ KeyId, Tags: put.map(([TagKey, TagValue]) => ({ TagKey, TagValue })) });
    }
    if (changed("is_enabled") && !isTrue(planned["is_enabled"])) await kms.disableKey({ KeyId });
  },

  async delete(session, state) {
    const kms = await session.kms(state);
    const PendingWindowInDays = number(state["deletion_window_in_days"]);
    await unlessMissing(
      kms.scheduleKeyDeletion({ KeyId: required(state, "id"), PendingWindowInDays }),
      "NotFoundException",
    );
  },
};

async function rotate(kms: KMS, KeyId: string, planned: ObjectValue): Promise<void> {
  await kms.enableKeyRotation({ KeyId, RotationPeriodInDays: positive(planned["rotation_period_in_days"]) });
}

/** A key's ARN and its id name the same key, and KMS only gives the id back. */
export const sameKey = (a: string, b: string): boolean => a === b || a.endsWith(`:key/${b}`) || b.endsWith(`:key/${a}`);

export const alias: Resource = {
  forcesReplacement: ["name", "name_prefix"],
  equivalent: { target_key_id: sameKey },
  dependent: { target_key_arn: ["target_key_id"] },
  imported: (id) => ({ id, name: id }),

  async create(session, planned) {
    const kms = await session.kms(planned);
    const name = text(planned["name"]) ?? generatedName(text(planned["name_prefix"]) ?? "alias/");
    await kms.createAlias({ AliasName: name, TargetKeyId: required(planned, "target_key_id") });
    return { id: name, name };
  },

  async read(session, state) {
    const kms = await session.kms(state);
    const name = required(state, "id");
    // An alias can stand for its key, and DescribeKey finds it without a list of all aliases.
    const target = (await unlessMissing(kms.describeKey({ KeyId: name }), "NotFoundException"))?.KeyMetadata;
    if (!target?.Arn) return null;
    return {
      ...state,
      arn: target.Arn.replace(/:key\/.*$/, `:${name}`),
      name_prefix: state["name_prefix"] ?? "",
      target_key_id: target.KeyId ?? "",
      target_key_arn: target.Arn,
    };
  },

  async update(session, planned) {
    const kms = await session.kms(planned);
    await kms.updateAlias({ AliasName: required(planned, "id"), TargetKeyId: required(planned, "target_key_id") });
  },

  async delete(session, state) {
    const kms = await session.kms(state);
    await unlessMissing(kms.deleteAlias({ AliasName: required(state, "id") }), "NotFoundException");
  },
};
