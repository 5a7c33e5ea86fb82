import { CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import type { S3Client } from "@aws-sdk/client-s3";
import { createLocalAws } from "../../local/aws";
import { s3Client } from "../../src/s3/clients";
import type { Send } from "../../src/s3/lean/http";
import { transport } from "../../src/s3/lean/transport";
import { startMoto } from "../support/moto";
import { requestHandler } from "../support/request-handler";

/** A server, and the way to it of either store. */
export interface World {
  readonly client: S3Client;
  readonly send: Send;
  /** Whose the buckets are. */
  readonly account: string;
  readonly keyArn: string;
  /** Whether it takes every object that AWS does. */
  readonly takesAll: boolean;
  /** Takes back what new buckets have had since 2023 and 2026: SSE-C blocked, public access blocked. */
  makeOld(bucket: string): void;
  stop(): Promise<void>;
}

const region = "eu-west-1";

async function keyOf(client: KMSClient): Promise<string> {
  const { KeyMetadata } = await client.send(new CreateKeyCommand({}));
  return KeyMetadata?.Arn ?? "";
}

/** The local AWS in this process: neither store has a network. */
export async function localWorld(): Promise<World> {
  const aws = createLocalAws();
  const account = "111111111111";
  const credentials = aws.addAccount(account);
  const handler = requestHandler(aws.handle);
  return {
    client: s3Client({ region, credentials, concurrency: 8, requestHandler: handler }),
    send: aws.handle,
    account,
    takesAll: true,
    makeOld: (bucket) => {
      const settings = aws.state.s3.buckets.get(bucket)?.settings;
      if (!settings) throw new Error(`there is no bucket ${bucket}`);
      settings.blockedEncryptionTypes = undefined;
      settings.publicAccessBlock = undefined;
    },
    keyArn: await keyOf(new KMSClient({ region, credentials, requestHandler: handler })),
    stop: async () => undefined,
  };
}

/** moto's server, over HTTP: each store has its own network. */
export async function motoWorld(program: string): Promise<World> {
  const { url, stop } = await startMoto(program);
  const credentials = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "secret" };
  const { send, close } = transport({ connections: 8, environment: {} });
  return {
    client: s3Client({ region, credentials, endpointUrl: url, concurrency: 8 }),
    send,
    account: "123456789012",
    takesAll: false,
    makeOld: () => undefined, // it blocks nothing
    keyArn: await keyOf(new KMSClient({ region, credentials, endpoint: url })),
    stop: async () => {
      await close();
      await stop();
    },
  };
}
