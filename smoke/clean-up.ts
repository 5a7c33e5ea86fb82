import type { IAM } from "@aws-sdk/client-iam";
import type { KMS } from "@aws-sdk/client-kms";
import { emptyAndDeleteBucket } from "../conformance/clean-up";
import type { Clients } from "../conformance/clients";
import { refusalOf } from "../conformance/expect";
import type { Server } from "../conformance/server";
import { sqsOf } from "./probes/sqs";
import { prefixOf, type Run, stackNameOf, stackOwns } from "./run-id";

export interface CleanedUp {
  readonly removed: readonly string[];
  /** What could not be removed, or is not certain to be the run's, and why. */
  readonly left: readonly string[];
}

type Tag = { readonly Key?: string; readonly Value?: string };

/**
 * Removes what a run has made, by its marks: names and descriptions that begin with the run's prefix, and the tag `stack`
 * of the run's stack. Nothing else is touched. Running it again does no harm; it also clears up after a run that was killed.
 *
 * Terraform is not asked: the key and the backup bucket of a stack cannot be destroyed by it, which is as it should be.
 */
export async function cleanUp(server: Server, clients: Clients, run: Run): Promise<CleanedUp> {
  const { s3, kms, iam, credentials } = clients;
  const removed: string[] = [];
  const left: string[] = [];
  const prefix = prefixOf(run);
  const isStacks = (tags: readonly Tag[] | undefined): boolean =>
    tags?.some(({ Key, Value }) => Key === "stack" && Value === stackNameOf(run)) === true;
  /** Goes on with the next thing where one cannot be looked for or removed. */
  const attempt = async (what: string, work: () => Promise<unknown>): Promise<boolean> => {
    try {
      await work();
      return true;
    } catch (error) {
      left.push(`${what}: ${error instanceof Error ? `${error.name}: ${error.message}` : error}`);
      return false;
    }
  };
  const remove = async (what: string, work: () => Promise<unknown>): Promise<void> => {
    if (await attempt(what, work)) removed.push(what);
  };
  const owns = stackOwns(run);

  await attempt("buckets", async () => {
    const { Buckets = [] } = await s3.listBuckets({ Prefix: prefix });
    for (const { Name = "" } of Buckets.filter(({ Name }) => Name?.startsWith(prefix))) {
      await remove(`bucket ${Name}`, () => emptyAndDeleteBucket(s3, Name));
    }
  });
  await attempt(`bucket ${owns.backupBucket}`, async () => {
    const Bucket = owns.backupBucket;
    const tagged = await found(s3.getBucketTagging({ Bucket }), ["NoSuchBucket", "NoSuchTagSet"]);
    if (isStacks(tagged?.TagSet)) await remove(`bucket ${Bucket}`, () => emptyAndDeleteBucket(s3, Bucket));
    else if ((await refusalOf(s3.headBucket({ Bucket })))?.status !== 404) left.push(`bucket ${Bucket}: ${notOurs}`);
  });

  await attempt("roles", async () => {
    const role = await found(iam.getRole({ RoleName: owns.role }), ["NoSuchEntity", "NoSuchEntityException"]);
    if (isStacks(role?.Role?.Tags)) await remove(`role ${owns.role}`, () => deleteRole(iam, owns.role));
    else if (role) left.push(`role ${owns.role}: ${notOurs}`);
    for (const RoleName of await rolesOf(iam, prefix)) {
      await remove(`role ${RoleName}`, () => deleteRole(iam, RoleName));
    }
  });
  await attempt("policies", async () => {
    for (const PolicyArn of await policiesOf(iam, `${owns.role}-`)) {
      const { Policy } = await iam.getPolicy({ PolicyArn });
      if (isStacks(Policy?.Tags)) await remove(`policy ${PolicyArn}`, () => deletePolicy(iam, PolicyArn));
      else left.push(`policy ${PolicyArn}: ${notOurs}`);
    }
  });

  // Servers with one address for everything have no queues.
  if (!server.oneAddress) {
    await attempt("queues", async () => {
      const sqs = sqsOf(server, credentials);
      for (const url of await sqs.list(prefix)) await remove(`queue ${url}`, () => sqs.delete(url));
    });
  }

  await attempt("keys", async () => {
    for (const KeyId of await customerKeys(kms)) {
      // Who made a key may look at it, so what may not be looked at is somebody else's.
      const described = await found(kms.describeKey({ KeyId }), ["AccessDeniedException"]);
      const { KeyManager, KeyState, Description } = described?.KeyMetadata ?? {};
      if (KeyManager !== "CUSTOMER" || KeyState === "PendingDeletion") continue;
      if (!Description?.startsWith(prefix) && !isStacks(await tagsOf(kms, KeyId))) continue;
      await remove(`key ${KeyId}, in seven days`, async () => {
        const { Aliases = [] } = await kms.listAliases({ KeyId });
        for (const { AliasName } of Aliases) await kms.deleteAlias({ AliasName });
        await kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 });
      });
    }
  });
  return { removed, left };
}

const notOurs = "it does not carry the run's tag";

/** The answer, or undefined where it is one of these errors. */
async function found<Answer>(call: Promise<Answer>, missing: readonly string[]): Promise<Answer | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof Error && missing.includes(error.name)) return undefined;
    throw error;
  }
}

async function rolesOf(iam: IAM, prefix: string): Promise<string[]> {
  const names: string[] = [];
  for (let Marker: string | undefined; ; ) {
    const page = await iam.listRoles({ Marker });
    names.push(...(page.Roles ?? []).flatMap(({ RoleName }) => RoleName ?? []));
    if (!page.IsTruncated) return names.filter((name) => name.startsWith(prefix));
    Marker = page.Marker;
  }
}

async function policiesOf(iam: IAM, prefix: string): Promise<string[]> {
  const found: { name: string; arn: string }[] = [];
  for (let Marker: string | undefined; ; ) {
    const page = await iam.listPolicies({ Scope: "Local", Marker });
    for (const { PolicyName: name = "", Arn: arn = "" } of page.Policies ?? []) found.push({ name, arn });
    if (!page.IsTruncated) return found.filter(({ name }) => name.startsWith(prefix)).map(({ arn }) => arn);
    Marker = page.Marker;
  }
}

async function deleteRole(iam: IAM, RoleName: string): Promise<void> {
  const { AttachedPolicies = [] } = await iam.listAttachedRolePolicies({ RoleName });
  for (const { PolicyArn } of AttachedPolicies) await iam.detachRolePolicy({ RoleName, PolicyArn });
  const { PolicyNames = [] } = await iam.listRolePolicies({ RoleName });
  for (const PolicyName of PolicyNames) await iam.deleteRolePolicy({ RoleName, PolicyName });
  await iam.deleteRole({ RoleName });
}

async function deletePolicy(iam: IAM, PolicyArn: string): Promise<void> {
  const { Versions = [] } = await iam.listPolicyVersions({ PolicyArn });
  for (const { VersionId, IsDefaultVersion } of Versions) {
    if (!IsDefaultVersion) await iam.deletePolicyVersion({ PolicyArn, VersionId });
  }
  await iam.deletePolicy({ PolicyArn });
}

async function customerKeys(kms: KMS): Promise<string[]> {
  const ids: string[] = [];
  for (let Marker: string | undefined; ; ) {
    const page = await kms.listKeys({ Marker });
    ids.push(...(page.Keys ?? []).flatMap(({ KeyId }) => KeyId ?? []));
    if (!page.Truncated) return ids;
    Marker = page.NextMarker;
  }
}

async function tagsOf(kms: KMS, KeyId: string): Promise<Tag[]> {
  const tags = await found(kms.listResourceTags({ KeyId }), ["AccessDeniedException"]);
  return (tags?.Tags ?? []).map(({ TagKey, TagValue }) => ({ Key: TagKey, Value: TagValue }));
}
