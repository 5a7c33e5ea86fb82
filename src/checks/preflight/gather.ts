import type { IAMClient } from "@aws-sdk/client-iam";
import type { KMSClient } from "@aws-sdk/client-kms";
import type { S3Client } from "@aws-sdk/client-s3";
import type { BucketFacts, BucketUser, Facts, Intent, KeyFacts, Simulated } from "./facts";
import { gatherBucket } from "./gather-bucket";
import { gatherKey } from "./gather-key";
import { keyPolicyAnswer } from "./key-access";
import { known, type Looked } from "./looked";
import { ownActions } from "./own-calls";
import { accountOf } from "./policy/evaluate";
import { simulate } from "./simulate";
import { keyActions, usersOf } from "./users";

export interface Clients {
  readonly s3: S3Client;
  readonly kms: KMSClient;
  readonly iam: IAMClient;
}

/** Whether anybody but the principal's own IAM policies has the last word. */
const hangsOnIam = (intent: Intent, key: KeyFacts, { arn, does }: BucketUser): boolean => {
  const policy = known(key.policy);
  if (!policy || accountOf(arn) !== intent.account || arn.endsWith(":root") || arn.includes("*")) return false;
  const answer = keyPolicyAnswer(policy, key.arn, intent, { is: "iam", arn }, keyActions(does));
  return answer.is === "delegated" || (answer.is === "allowed" && accountOf(key.arn) !== intent.account);
};

async function simulateUsers(
  { iam }: Clients,
  intent: Intent,
  bucket: BucketFacts,
  key: KeyFacts,
): Promise<Map<string, Looked<Record<string, Simulated>>>> {
  const arns = new Set(
    usersOf(intent, bucket)
      .filter((user) => hangsOnIam(intent, key, user))
      .map(({ arn }) => arn),
  );
  const found = new Map<string, Looked<Record<string, Simulated>>>();
  for (const principalArn of arns) {
    const context = { "kms:ViaService": `s3.${intent.region}.amazonaws.com`, "kms:CallerAccount": intent.account };
    const actions = keyActions("write");
    found.set(principalArn, await simulate(iam, { principalArn, actions, resourceArn: key.arn, context }));
  }
  return found;
}

async function simulateOwn({ iam }: Clients, intent: Intent): Promise<Facts["own"]> {
  const arn = `arn:${intent.partition}:s3:::${intent.bucket}`;
  const ask = (actions: string[], resourceArn: string) =>
    simulate(iam, { principalArn: intent.roleArn, actions, resourceArn, context: { "aws:SecureTransport": "true" } });
  const ofBucket = await ask(ownActions(intent, "bucket"), arn);
  if (ofBucket.is === "unseen") return ofBucket;
  const ofObjects = await ask(ownActions(intent, "object"), `${arn}/any-key`);
  if (ofObjects.is === "unseen") return ofObjects;
  return { is: "seen", value: { ...ofBucket.value, ...ofObjects.value } };
}

/** Looks at everything that preflight judges. Changes nothing. */
export async function gather(clients: Clients, intent: Intent, freeBytes: number): Promise<Facts> {
  const { s3, kms } = clients;
  const { account, bucket: name, target, fleet } = intent;
  const [bucket, key, sourceKeys, own] = await Promise.all([
    gatherBucket({ client: s3, bucket: name, expectedBucketOwner: account }),
    target.algorithm === "AES256" ? null : gatherKey(kms, target.keyArn),
    Promise.all((fleet?.sourceKeys ?? []).map((arn) => gatherKey(kms, arn))),
    simulateOwn(clients, intent),
  ]);
  const iam = key ? await simulateUsers(clients, intent, bucket, key) : new Map<string, never>();
  return { intent, bucket, key, sourceKeys, iam, own, freeBytes };
}
