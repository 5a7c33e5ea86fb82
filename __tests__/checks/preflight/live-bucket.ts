import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { IAMClient } from "@aws-sdk/client-iam";
import { EnableKeyRotationCommand, KMSClient, PutKeyPolicyCommand } from "@aws-sdk/client-kms";
import { ListObjectVersionsCommand, PutBucketPolicyCommand } from "@aws-sdk/client-s3";
import type { STSClientConfig } from "@aws-sdk/client-sts";
import { accountUsers } from "../../../src/checks/preflight/account-users";
import { leavesAwsManagedKey } from "../../../src/checks/preflight/aws-managed-key";
import type { Facts, Intent } from "../../../src/checks/preflight/facts";
import { type Clients, gather, lookAtBucket } from "../../../src/checks/preflight/gather";
import { seen } from "../../../src/checks/preflight/looked";
import { principalsOf, searchAccount } from "../../../src/checks/preflight/search-account";
import type { EncryptionTarget } from "../../../src/fleet/fleet";
import type { Statement } from "../../../src/fleet/policy";
import { account, type LegacyBucket, type LegacyBucketProps, legacyBucket } from "../../support/legacy-bucket";
import { requestHandler } from "../../support/request-handler";
import { administer, fleetBucket, policyOf, throughS3 } from "./arrange";

export interface Live {
  readonly legacy: LegacyBucket;
  readonly clients: Clients;
  readonly configuration: STSClientConfig;
  facts(fleet?: Parameters<typeof fleetBucket>[0], target?: EncryptionTarget): Promise<Facts>;
  deny(action: string, condition?: Statement): Promise<void>;
  versions(): Promise<number>;
}

/** Whom a search that nobody interrupts finds for one bucket. */
export async function usersByIam(client: IAMClient, intent: Intent): Promise<Facts["accountUsers"]> {
  const principals = await principalsOf(client);
  if (principals.is === "unseen") return principals;
  const search = { client, place: intent, principals: principals.value, buckets: [intent.bucket], ...alone() };
  const found = await searchAccount(search);
  if (found.is === "stopped") throw new Error("Nobody stopped it.");
  return found.is === "seen" ? seen(accountUsers(found.value, intent)) : found;
}

/** Of a search: nothing was kept, and nobody looks on. */
export const alone = () => ({
  ...{ kept: { of: () => undefined, keep: () => {} }, now: Date.now },
  ...{ stop: new AbortController().signal, told: () => {} },
});

/** A bucket, a key that rotates and lets in whoever comes through S3, and an administrator who looks. */
export async function live(props: LegacyBucketProps = {}): Promise<Live> {
  const legacy = await legacyBucket(props);
  const { aws, client, name, kmsTarget } = legacy;
  const configuration = {
    region: "eu-west-1",
    maxAttempts: 1,
    credentials: aws.addAccount(account),
    requestHandler: requestHandler(aws.handle),
  };
  const clients = {
    ...{ s3: client, kms: new KMSClient(configuration), iam: new IAMClient(configuration) },
    cloudWatch: new CloudWatchClient(configuration),
  };
  const KeyId = kmsTarget.keyArn;
  await clients.kms.send(new EnableKeyRotationCommand({ KeyId }));
  await clients.kms.send(new PutKeyPolicyCommand({ KeyId, Policy: JSON.stringify(policyOf(administer, throughS3)) }));
  return {
    legacy,
    clients,
    configuration,
    facts: async (fleet, target = kmsTarget) => {
      const intent: Intent = {
        bucket: name,
        account,
        region: "eu-west-1",
        partition: "aws",
        target,
        roleArn: `arn:aws:iam::${account}:user/administrator`,
        fleet: fleetBucket(fleet),
        judgedFor: "encrypt",
        today: "2026-11-22",
      };
      const bucket = await lookAtBucket(clients, intent, Date.parse("2026-11-22"));
      const users = leavesAwsManagedKey(bucket) ? await usersByIam(clients.iam, intent) : undefined;
      return gather(clients, bucket, { freeBytes: 1e12, accountUsers: users });
    },
    deny: async (Action, Condition) => {
      const statement = {
        Sid: "TheirDeny",
        Effect: "Deny",
        Principal: "*",
        Action,
        Resource: [`arn:aws:s3:::${name}`, `arn:aws:s3:::${name}/*`],
        ...(Condition ? { Condition } : {}),
      };
      await client.send(new PutBucketPolicyCommand({ Bucket: name, Policy: JSON.stringify(policyOf(statement)) }));
    },
    versions: async () => {
      const found = await client.send(new ListObjectVersionsCommand({ Bucket: name }));
      return (found.Versions ?? []).length + (found.DeleteMarkers ?? []).length;
    },
  };
}
