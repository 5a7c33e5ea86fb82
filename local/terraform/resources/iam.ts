import type { IAM } from "@aws-sdk/client-iam";
import { sameDocument } from "../json-document";
import { generatedName, isTrue, number, required, text, time, unlessMissing } from "../reading";
import type { Resource } from "../resource";
import { tagChanges, tagsOf, tagsRead } from "../tags";
import type { ObjectValue } from "../values";

// IAM's model calls the error NoSuchEntityException, its answers NoSuchEntity.
export const MISSING = ["NoSuchEntity", "NoSuchEntityException"];

export const tagList = (tags: readonly (readonly [string, string])[]) => tags.map(([Key, Value]) => ({ Key, Value }));
export const tagRecord = (tags: readonly { Key?: string; Value?: string }[] | undefined) =>
  Object.fromEntries((tags ?? []).map(({ Key, Value }) => [Key ?? "", Value ?? ""]));

export const role: Resource = {
  forcesReplacement: ["name", "name_prefix", "path"],
  unsupported: ["inline_policy", "managed_policy_arns"],
  defaults: { force_detach_policies: false, max_session_duration: 3600, path: "/" },
  equivalent: { assume_role_policy: sameDocument },
  imported: (id) => ({ id, name: id, force_detach_policies: false }),

  async create(session, planned) {
    const iam = await session.iam();
    const RoleName = text(planned["name"]) ?? generatedName(text(planned["name_prefix"]));
    await iam.createRole({
      RoleName,
      Path: text(planned["path"]),
      AssumeRolePolicyDocument: required(planned, "assume_role_policy"),
      Description: text(planned["description"]),
      MaxSessionDuration: number(planned["max_session_duration"]),
      PermissionsBoundary: text(planned["permissions_boundary"]),
      Tags: tagList(Object.entries(tagsOf(planned["tags_all"]))),
    });
    return { id: RoleName, name: RoleName };
  },

  async read(session, state) {
    const iam = await session.iam();
    const RoleName = required(state, "id");
    const found = (await unlessMissing(iam.getRole({ RoleName }), ...MISSING))?.Role;
    if (!found) return null;
    return {
      ...state,
      name: RoleName,
      name_prefix: state["name_prefix"] ?? "",
      arn: found.Arn ?? "",
      path: found.Path ?? "/",
      unique_id: found.RoleId ?? "",
      create_date: time(found.CreateDate),
      description: found.Description ?? "",
      max_session_duration: found.MaxSessionDuration ?? 3600,
      permissions_boundary: found.PermissionsBoundary?.PermissionsBoundaryArn ?? "",
      assume_role_policy: decodeURIComponent(found.AssumeRolePolicyDocument ?? ""),
      managed_policy_arns: await attachedPolicies(iam, RoleName),
      ...tagsRead(tagRecord(found.Tags), state, session.defaultTags),
    };
  },

  async update(session, planned, prior) {
    const iam = await session.iam();
    const RoleName = required(planned, "id");
    const changed = (name: string) => planned[name] !== prior[name];
    if (changed("assume_role_policy")) {
      await iam.updateAssumeRolePolicy({ RoleName, PolicyDocument: required(planned, "assume_role_policy") });
    }
    if (changed("description") || changed("max_session_duration")) {
      await iam.updateRole({
        RoleName,
        Description: text(planned["description"]) ?? "",
        MaxSessionDuration: number(planned["max_session_duration"]),
      });
    }
    if (changed("permissions_boundary")) {
      const PermissionsBoundary = text(planned["permissions_boundary"]);
      if (PermissionsBoundary) await iam.putRolePermissionsBoundary({ RoleName, PermissionsBoundary });
      else await iam.deleteRolePermissionsBoundary({ RoleName });
    }
    const { put, remove } = tagChanges(planned["tags_all"], prior["tags_all"]);
    if (remove.length > 0) await iam.untagRole({ RoleName, TagKeys: remove });
    if (put.length > 0) await iam.tagRole({ RoleName, Tags: tagList(put) });
  },

  async delete(session, state) {
    const iam = await session.iam();
    const RoleName = required(state, "id");
    if (isTrue(state["force_detach_policies"])) await unlessMissing(detachAll(iam, RoleName), ...MISSING);
    await unlessMissing(iam.deleteRole({ RoleName }), ...MISSING);
  },
};

async function attachedPolicies(iam: IAM, RoleName: string): Promise<string[]> {
  const arns: string[] = [];
  let Marker: string | undefined;
  do {
    const page = await iam.listAttachedRolePolicies({ RoleName, Marker });
    arns.push(...(page.AttachedPolicies ?? []).map(({ PolicyArn }) => PolicyArn ?? ""));
    Marker = page.IsTruncated ? page.Marker : undefined;
  } while (Marker);
  return arns;
}

async function detachAll(iam: IAM, RoleName: string): Promise<void> {
  for (const PolicyArn of await attachedPolicies(iam, RoleName)) await iam.detachRolePolicy({ RoleName, PolicyArn });
  const { PolicyNames = [] } = await iam.listRolePolicies({ RoleName });
  for (const PolicyName of PolicyNames) await iam.deleteRolePolicy({ RoleName, PolicyName });
}

export const policy: Resource = {
  forcesReplacement: ["description", "name", "name_prefix", "path"],
  defaults: { path: "/" },
  equivalent: { policy: sameDocument },
  imported: (id) => ({ id, arn: id }),

  async create(session, planned) {
    const iam = await session.iam();
    const { Policy } = await iam.createPolicy({
      PolicyName: text(planned["name"]) ?? generatedName(text(planned["name_prefix"])),
      Path: text(planned["path"]),
      Description: text(planned["description"]),
      PolicyDocument: required(planned, "policy"),
      Tags: tagList(Object.entries(tagsOf(planned["tags_all"]))),
    });
    return { id: Policy?.Arn ?? "", arn: Policy?.Arn ?? "" };
  },

  async read(session, state) {
    const iam = await session.iam();
    const PolicyArn = required(state, "id");
    const found = (await unlessMissing(iam.getPolicy({ PolicyArn }), ...MISSING))?.Policy;
    if (!found) return null;
    const { PolicyVersion } = await iam.getPolicyVersion({ PolicyArn, VersionId: found.DefaultVersionId });
    return {
      ...state,
      arn: PolicyArn,
      name: found.PolicyName ?? "",
      name_prefix: state["name_prefix"] ?? "",
      path: found.Path ?? "/",
      description: found.Description ?? "",
      policy_id: found.PolicyId ?? "",
      attachment_count: found.AttachmentCount ?? 0,
      policy: decodeURIComponent(PolicyVersion?.Document ?? ""),
      ...tagsRead(tagRecord(found.Tags), state, session.defaultTags),
    };
  },

  async update(session, planned, prior) {
    const iam = await session.iam();
    const PolicyArn = required(planned, "id");
    if (planned["policy"] !== prior["policy"]) {
      const others = await otherVersions(iam, PolicyArn);
      // IAM keeps five versions: the oldest makes room.
      if (others.length >= 4) await iam.deletePolicyVersion({ PolicyArn, VersionId: others.at(-1) });
      await iam.createPolicyVersion({ PolicyArn, PolicyDocument: required(planned, "policy"), SetAsDefault: true });
    }
    const { put, remove } = tagChanges(planned["tags_all"], prior["tags_all"]);
    if (remove.length > 0) await iam.untagPolicy({ PolicyArn, TagKeys: remove });
    if (put.length > 0) await iam.tagPolicy({ PolicyArn, Tags: tagList(put) });
  },

  async delete(session, state) {
    const iam = await session.iam();
    const PolicyArn = required(state, "id");
    const others = (await unlessMissing(otherVersions(iam, PolicyArn), ...MISSING)) ?? [];
    for (const VersionId of others) await iam.deletePolicyVersion({ PolicyArn, VersionId });
    await unlessMissing(iam.deletePolicy({ PolicyArn }), ...MISSING);
  },
};

/** The ids of all versions but the default one, newest first. */
async function otherVersions(iam: IAM, PolicyArn: string): Promise<string[]> {
  const { Versions = [] } = await iam.listPolicyVersions({ PolicyArn });
  const others = Versions.filter(({ IsDefaultVersion }) => !IsDefaultVersion).map(({ VersionId }) => VersionId ?? "");
  return others.sort((a, b) => Number(b.slice(1)) - Number(a.slice(1)));
}

const attachment = (value: ObjectValue) => ({
  RoleName: required(value, "role"),
  PolicyArn: required(value, "policy_arn"),
});

export const rolePolicyAttachment: Resource = {
  forcesReplacement: ["role", "policy_arn"],
  imported(id) {
    const [, role, arn] = /^([^/]+)\/(arn:.+)$/.exec(id) ?? [];
    if (!role || !arn) throw new Error(`${JSON.stringify(id)} is not of the form <role>/<policy ARN>.`);
    return { id, role, policy_arn: arn };
  },
  async create(session, planned) {
    await (await session.iam()).attachRolePolicy(attachment(planned));
    return { id: `${required(planned, "role")}/${required(planned, "policy_arn")}` };
  },
  async read(session, state) {
    const { RoleName, PolicyArn } = attachment(state);
    const attached = await unlessMissing(attachedPolicies(await session.iam(), RoleName), ...MISSING);
    return attached?.includes(PolicyArn) ? state : null;
  },
  async delete(session, state) {
    await unlessMissing((await session.iam()).detachRolePolicy(attachment(state)), ...MISSING);
  },
};
