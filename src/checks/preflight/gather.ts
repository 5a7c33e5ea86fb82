import type { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import type { IAMClient } from "@aws-sdk/client-iam";
import type { KMSClient } from "@aws-sdk/client-kms";
import type { S3Client } from "@aws-sdk/client-s3";
import { bucketArn } from "../../fleet/names";
import type { BucketFacts, BucketUser, Facts, Intent, KeyFacts, LogFacts, Simulated } from "./facts";
import { gatherBucket } from "./gather-bucket";
import { describeFoundKey, describeKey, gatherKey } from "./gather-key";
import { keyPolicyAnswer } from "./key-access";
import { known, type Looked } from "./looked";
import { ownActions, ownKeyActions, type Place, sourceKeyActions } from "./own-calls";
import { accountOf } from "./policy/evaluate";
import { requestMetrics } from "./request-metrics";
import { simulate } from "./simulate";
import { kmsContext, s3Context } from "./simulated-context";
import { keyActions, usersOf } from "./users";

export interface Clients {
  readonly s3: S3Client;
  readonly kms: KMSClient;
  readonly iam: IAMClient;
  readonly cloudWatch: CloudWatchClient;
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
  seen: Parameters<typeof usersOf>[0],
  key: KeyFacts,
): Promise<Map<string, Looked<Record<string, Simulated>>>> {
  const { intent } = seen;
  const arns = new Set(
    usersOf(seen)
      .filter((user) => user.from !== "logs" && hangsOnIam(intent, key, user))
      .map(({ arn }) => arn),
  );
  const found = new Map<string, Looked<Record<string, Simulated>>>();
  for (const principalArn of arns) {
    const actions = keyActions("write");
    const context = kmsContext(intent, principalArn, key.arn);
    found.set(principalArn, await simulate(iam, { principalArn, actions, resourceArn: key.arn, context }));
  }
  return found;
}

/** What IAM says of every call of a run: on the bucket, its objects, the backup's, and the keys. */
async function simulateOwn({ iam }: Clients, intent: Intent, bucket: BucketFacts): Promise<Facts["own"]> {
  const { target, fleet, backupBucket } = intent;
  const arn = bucketArn(intent.partition, intent.bucket);
  const backup = bucketArn(intent.partition, backupBucket ?? "");
  const context = s3Context(intent, intent.roleArn);
  const of = (place: Place) => ownActions(intent, bucket, place);
  const targetKeys = target.algorithm === "AES256" ? [] : [target.keyArn];
  const questions = [
    { actions: of("bucket"), resourceArn: arn, context, where: "" },
    { actions: of("object"), resourceArn: `${arn}/any-key`, context, where: "" },
    { actions: of("backup bucket"), resourceArn: backup, context, where: ` on ${backup}` },
    { actions: of("backup"), resourceArn: `${backup}/any-key`, context, where: ` on ${backup}/*` },
    ...[
      ...targetKeys.map((resourceArn) => ({ resourceArn, actions: ownKeyActions(intent) })),
      ...(fleet?.sourceKeys ?? []).map((resourceArn) => ({ resourceArn, actions: sourceKeyActions(intent) })),
    ].map((question) => ({
      ...question,
      context: kmsContext(intent, intent.roleArn, question.resourceArn),
      where: ` on ${question.resourceArn}`,
    })),
  ].filter(({ actions }) => actions.length > 0);
  const answers: [string, Simulated][] = [];
  for (const { where, ...question } of questions) {
    const answer = await simulate(iam, { principalArn: intent.roleArn, ...question });
    if (answer.is === "unseen") return answer;
    answers.push(
      ...Object.entries(answer.value).map(([action, says]): [string, Simulated] => [`${action}${where}`, says]),
    );
  }
  return { is: "seen", value: Object.fromEntries(answers) };
}

/** What a bucket and its keys say of themselves, before IAM is asked about those who use it. */
export type Seen = Pick<Facts, "intent" | "bucket" | "key" | "sourceKeys" | "otherKeys" | "metrics">;

/** Looks at a bucket and its keys. Changes nothing. @param now milliseconds since 1970 */
export async function lookAtBucket(clients: Omit<Clients, "iam">, intent: Intent, now: number): Promise<Seen> {
  const { s3, kms, cloudWatch } = clients;
  const { account, bucket: name, target, fleet } = intent;
  const reader = { client: s3, bucket: name, expectedBucketOwner: account };
  const [bucket, key, sourceKeys, metrics] = await Promise.all([
    gatherBucket(reader),
    target.algorithm === "AES256" ? null : gatherKey(kms, target.keyArn, account),
    Promise.all((fleet?.sourceKeys ?? []).map(async (arn) => ({ arn, description: await describeKey(kms, arn) }))),
    requestMetrics(reader, cloudWatch, now),
  ]);
  const named = [...(target.algorithm === "AES256" ? [] : [target.keyArn]), ...(fleet?.sourceKeys ?? [])];
  const otherKeys = new Map<string, KeyFacts["description"]>();
  for (const arn of known(bucket.encryptedWith)?.keys ?? []) {
    if (!named.includes(arn)) otherKeys.set(arn, await describeFoundKey(kms, arn));
  }
  return { intent, bucket, key, sourceKeys, otherKeys, metrics };
}

/** What is known of a bucket beside what it says of itself. */
export interface Given {
  readonly freeBytes: Facts["freeBytes"];
  /** @default no logs were given */
  readonly logs?: LogFacts;
  /** Where the bucket leaves AWS's own key. @default nobody asked, and there are none */
  readonly accountUsers?: Facts["accountUsers"];
}

const noUsers: Facts["accountUsers"] = { is: "seen", value: { users: [], undecided: [] } };

/** Everything that preflight judges, with what IAM says of the conversion and of those who use the bucket. Changes nothing. */
export async function gather(clients: Clients, bucketSeen: Seen, given: Given): Promise<Facts> {
  const { freeBytes, logs = null, accountUsers = noUsers } = given;
  const { intent, bucket, key } = bucketSeen;
  const seen = { ...bucketSeen, logs, accountUsers };
  const [own, simulated] = await Promise.all([
    simulateOwn(clients, intent, bucket),
    key ? simulateUsers(clients, seen, key) : new Map<string, never>(),
  ]);
  return { ...seen, iam: simulated, own, freeBytes };
}
