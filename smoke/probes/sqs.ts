import { send } from "../../conformance/http";
import type { Server } from "../../conformance/server";
import { type Credentials, sha256, signedHeaders } from "../../conformance/sign";

/** Queues, through SQS's JSON protocol: its client is not worth a dependency for one question. */
export interface Sqs {
  /** Makes a queue that S3 may send to for the account. */
  create(name: string, account: string): Promise<{ readonly url: string; readonly arn: string }>;
  /** The bodies of messages that come within 20 seconds; each is given out once. */
  receive(url: string): Promise<readonly string[]>;
  delete(url: string): Promise<void>;
  /** The URLs of queues whose names begin so. */
  list(prefix: string): Promise<readonly string[]>;
}

interface Answer {
  readonly QueueUrl?: string;
  readonly QueueUrls?: readonly string[];
  readonly Messages?: readonly { readonly Body?: string; readonly ReceiptHandle?: string }[];
}

/** @param endpoint without a slash at the end. @default SQS of the server's region */
export function sqsOf(
  { region, ca }: Server,
  credentials: Credentials,
  endpoint = `https://sqs.${region}.amazonaws.com`,
): Sqs {
  const call = async (operation: string, input: object): Promise<Answer> => {
    const body = JSON.stringify(input);
    const headers = {
      host: endpoint.replace(/^https?:\/\//, ""),
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": `AmazonSQS.${operation}`,
    };
    const scope = { credentials, region, service: "sqs", at: new Date() };
    const signed = signedHeaders({ method: "POST", path: "/", query: {}, headers }, sha256(body), scope);
    const { status, text } = await send(`${endpoint}/`, { method: "POST", headers: signed, body, ca });
    if (status !== 200) throw new Error(`SQS ${operation}: ${status} ${text}`);
    return text === "" ? {} : JSON.parse(text);
  };
  return {
    create: async (QueueName, account) => {
      const arn = `arn:aws:sqs:${region}:${account}:${QueueName}`;
      const Policy = JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Principal: { Service: "s3.amazonaws.com" },
            Action: "sqs:SendMessage",
            Resource: arn,
            Condition: { StringEquals: { "aws:SourceAccount": account } },
          },
        ],
      });
      const { QueueUrl = "" } = await call("CreateQueue", { QueueName, Attributes: { Policy } });
      return { url: QueueUrl, arn };
    },
    receive: async (QueueUrl) => {
      const { Messages = [] } = await call("ReceiveMessage", {
        QueueUrl,
        WaitTimeSeconds: 20,
        MaxNumberOfMessages: 10,
      });
      for (const { ReceiptHandle } of Messages) await call("DeleteMessage", { QueueUrl, ReceiptHandle });
      return Messages.map(({ Body = "" }) => Body);
    },
    delete: async (QueueUrl) => {
      await call("DeleteQueue", { QueueUrl });
    },
    list: async (QueueNamePrefix) => (await call("ListQueues", { QueueNamePrefix })).QueueUrls ?? [],
  };
}
