import { signed, type Unsigned } from "../bench/signed";
import { type Credentials, createLocalAws, type LocalAws } from "../local/aws";
import { type Bucket, createBucket } from "../local/s3/state";
import type { Scenario } from "./scenario";

export const ACCOUNT = "111111111111";
export const REGION = "us-east-1";

/** Keys in a page at most, so that a small bucket has many. */
const PAGE = 20;

/** Named in end states by what they are, since their ids are new each time. */
export interface KeyArns {
  readonly own: string;
  readonly other: string;
  /** Whose objects nobody can read any more. */
  readonly disabled: string;
  /** Whose policy lets nobody use it. */
  readonly denied: string;
}

/** A local AWS with an account, keys and a role to convert with. */
export interface World {
  readonly aws: LocalAws;
  readonly credentials: Credentials;
  readonly keys: KeyArns;
  readonly roleArn: string;
  ask(service: "s3" | "kms" | "iam", request: Unsigned): Promise<string>;
  createBucket(name: string, traits: Pick<Scenario, "versioning" | "acls" | "objectLock">): Bucket;
  /** Once everything is seeded: what was a good key before. */
  spoilKeys(): Promise<void>;
}

export async function createWorld(): Promise<World> {
  const aws = createLocalAws({ largestPage: PAGE });
  const credentials = aws.addAccount(ACCOUNT);

  const ask: World["ask"] = async (service, request) => {
    const origin = `https://${service === "iam" ? "iam" : `${service}.${REGION}`}.amazonaws.com`;
    const { status, body } = await aws.handle(signed(origin, request, credentials, service));
    const text = Buffer.from(body).toString();
    if (status >= 300) throw new Error(`${service} answered ${status}: ${text}`);
    return text;
  };
  const kms = async (operation: string, input: object) => {
    const headers = { "x-amz-target": `TrentService.${operation}`, "content-type": "application/x-amz-json-1.1" };
    return JSON.parse((await ask("kms", { method: "POST", path: "/", headers, body: JSON.stringify(input) })) || "{}");
  };
  const createKey = async (): Promise<string> => (await kms("CreateKey", {})).KeyMetadata.Arn;
  const iam = (input: Record<string, string>) => {
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const body = new URLSearchParams({ ...input, Version: "2010-05-08" }).toString();
    return ask("iam", { method: "POST", path: "/", headers, body });
  };
  const policy = (statement: object) =>
    JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] });

  const root = `arn:aws:iam::${ACCOUNT}:root`;
  const RoleName = "conversion";
  const AssumeRolePolicyDocument = policy({ Principal: { AWS: root }, Action: "sts:AssumeRole" });
  await iam({ Action: "CreateRole", RoleName, AssumeRolePolicyDocument });
  const PolicyDocument = policy({ Action: ["s3:*", "kms:*"], Resource: "*" });
  await iam({ Action: "PutRolePolicy", RoleName, PolicyName: "all", PolicyDocument });
  const keys = {
    own: await createKey(),
    other: await createKey(),
    disabled: await createKey(),
    denied: await createKey(),
  };

  return {
    aws,
    credentials,
    keys,
    roleArn: `arn:aws:iam::${ACCOUNT}:role/${RoleName}`,
    ask,
    createBucket: (name, { versioning, acls, objectLock }) => {
      const bucket = createBucket({ name, account: ACCOUNT, region: REGION, partition: "aws", createdAt: Date.now() });
      const { settings } = bucket;
      settings.publicAccessBlock = undefined;
      if (acls) settings.ownership = "ObjectWriter";
      if (versioning !== "Disabled") settings.versioning = versioning;
      if (objectLock) settings.objectLock = { ObjectLockEnabled: "Enabled" };
      aws.state.s3.buckets.set(name, bucket);
      return bucket;
    },
    spoilKeys: async () => {
      await kms("DisableKey", { KeyId: keys.disabled });
      const Policy = policy({
        Principal: { AWS: root },
        Action: ["kms:PutKeyPolicy", "kms:DescribeKey"],
        Resource: "*",
      });
      await kms("PutKeyPolicy", { KeyId: keys.denied, Policy });
    },
  };
}
