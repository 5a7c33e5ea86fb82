import { setTimeout as wait } from "node:timers/promises";
import type { Event as S3Event } from "@aws-sdk/client-s3";
import type { Answer, Probe } from "./probe";
import { sqsOf } from "./sqs";

const allEvents: S3Event[] = [
  "s3:ObjectCreated:*",
  "s3:ObjectRemoved:*",
  "s3:ObjectRestore:*",
  "s3:ObjectTagging:*",
  "s3:ObjectAcl:Put",
  "s3:LifecycleTransition",
];

/** Times that a queue is asked, 20 seconds each, for an event that must come. */
const patience = 2;

/** SQS API Reference, "CreateQueue": a queue is not to be used for a second after it was made. */
const queueSettling = 5_000;

interface Steps {
  /** The bodies of messages that have come meanwhile; waits for them a while. */
  receive(): Promise<readonly string[]>;
  put(key: string): Promise<unknown>;
  update(key: string): Promise<unknown>;
}

/** Yes if an event comes of the update: between the one of the put before it and the one of the put after it, or later. */
export async function eventsOfUpdate({ receive, put, update }: Steps): Promise<Answer> {
  const until = async (key: string): Promise<string[]> => {
    const seen: string[] = [];
    for (let attempt = 0; attempt < patience; attempt++) {
      seen.push(...(await receive()).flatMap(eventsIn));
      if (seen.some((event) => event.endsWith(` ${key}`))) return seen;
    }
    throw new Error(`no event of the put of ${key} has come`);
  };
  await put("updated");
  await until("updated");
  await update("updated");
  await put("last");
  const seen = [...(await until("last")), ...(await receive()).flatMap(eventsIn)];
  const is = seen.some((event) => event.endsWith(" updated")) ? "yes" : "no";
  return { is, evidence: `after the update: ${seen.join(", ")}` };
}

/** "ObjectCreated:Put key" for each record. S3's own test message has none. */
function eventsIn(body: string): string[] {
  const { Records = [] }: { Records?: { eventName?: string; s3?: { object?: { key?: string } } }[] } = JSON.parse(body);
  return Records.map(({ eventName, s3 }) => `${eventName} ${s3?.object?.key}`);
}

export const eventProbes: readonly Probe[] = [
  {
    question: "Does UpdateObjectEncryption send an event?",
    sends: "a put, UpdateObjectEncryption and another put in a bucket whose events all go to a queue",
    ask: async ({ s3, server, credentials, account, bucket, key }) => {
      if (server.oneAddress) return { is: "not asked", because: "this server has no queues" };
      const Bucket = await bucket();
      const KMSKeyArn = await key();
      const sqs = sqsOf(server, credentials);
      const { url, arn } = await sqs.create(Bucket, account);
      try {
        await wait(queueSettling);
        const QueueConfigurations = [{ QueueArn: arn, Events: allEvents }];
        await s3.putBucketNotificationConfiguration({ Bucket, NotificationConfiguration: { QueueConfigurations } });
        const ObjectEncryption = { SSEKMS: { KMSKeyArn, BucketKeyEnabled: true } };
        return await eventsOfUpdate({
          receive: () => sqs.receive(url),
          put: (Key) => s3.putObject({ Bucket, Key, Body: "body" }),
          update: (Key) => s3.updateObjectEncryption({ Bucket, Key, ObjectEncryption }),
        });
      } finally {
        await sqs.delete(url);
      }
    },
  },
];
