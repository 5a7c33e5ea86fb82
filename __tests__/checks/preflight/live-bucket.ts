import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { IAMClient } from "@aws-sdk/client-iam";
import { EnableKeyRotationCommand, KMSClient, PutKeyPolicyCommand } from "@aws-sdk/client-kms";
import { ListObjectVersionsCommand, PutBucketPolicyCommand } from "@aws-sdk/client-s3";
import type { STSClientConfig } from "@aws-sdk/client-sts";
import type { Facts } from "../../../src/checks/preflight/facts";
import { type Clients, gather } from "../../../src/checks/preflight/gather";
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
    facts: (fleet, target = kmsTarget) =>
      gather(
        clients,
        {
          bucket: name,
          account,
          region: "eu-west-1",
          partition: "aws",
          target,
          roleArn: `arn:aws:iam::${account}:user/administrator`,
          fleet: fleetBucket(fleet),
          judgedFor: "encrypt",
          today: "2026-11-22",
        },
        { freeBytes: 1e12, now: Date.parse("2026-11-22") },
      ),
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
