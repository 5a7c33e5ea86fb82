import { createHash } from "node:crypto";
import { CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import {
  CreateBucketCommand,
  type CreateBucketCommandInput,
  PutBucketVersioningCommand,
  S3Client,
  type S3ClientConfig,
} from "@aws-sdk/client-s3";
import { type Credentials, createLocalAws, type LocalAws } from "../../../local/aws";
import type { Step } from "../../../local/service";
import { requestHandler } from "../../support/request-handler";

export const account = "111122223333";
export const otherAccount = "444455556666";
export const region = "eu-west-1";

/** The SDK's way to the local AWS: the SDK signs, serialises and parses; only the wire is missing. */
const clientConfiguration = (aws: LocalAws, credentials: Credentials, scheme: "https" | "http" = "https") => ({
  region,
  credentials,
  endpoint: `${scheme}://127.0.0.1`,
  forcePathStyle: true,
  maxAttempts: 1,
  requestHandler: requestHandler(aws.handle),
});

export interface World {
  readonly aws: LocalAws;
  readonly s3: S3Client;
  /** A further client of the administrator, with other options. */
  client(options: Omit<S3ClientConfig, "requestHandler">, scheme?: "http"): S3Client;
  readonly kms: KMSClient;
  /** The other account's administrator. */
  readonly other: S3Client;
  /** Seconds go by. */
  pass(seconds: number): void;
  now(): number;
  /** What comes in between the reading and the committing of the next copy. */
  meanwhile(work: (step: Step) => Promise<unknown>): void;
  bucket(name: string, options?: BucketOptions): Promise<string>;
  createKey(): Promise<string>;
}

export interface BucketOptions {
  readonly versioning?: "Enabled" | "Suspended";
  readonly create?: Partial<CreateBucketCommandInput>;
}

/** Before 2023 if `unencrypted`: what is put without a header stays as it comes. */
export function createWorld({ unencrypted = false } = {}): World {
  let time = Date.parse("2026-03-01T12:00:00.400Z");
  let between: ((step: Step) => Promise<unknown>) | undefined;
  const aws = createLocalAws({
    now: () => time,
    step: async (step) => {
      const work = between;
      between = undefined;
      await work?.(step);
    },
  });
  if (unencrypted) aws.state.s3.defaultEncryption = "none";
  const configuration = { ...clientConfiguration(aws, aws.addAccount(account)), systemClockOffset: time - Date.now() };
  const s3 = new S3Client(configuration);
  const client: World["client"] = (options, scheme) =>
    new S3Client({
      ...clientConfiguration(aws, aws.addAccount(account), scheme),
      systemClockOffset: time - Date.now(),
      ...options,
    });
  const kms = new KMSClient(configuration);
  const other = new S3Client({
    ...clientConfiguration(aws, aws.addAccount(otherAccount)),
    systemClockOffset: time - Date.now(),
  });
  return {
    aws,
    s3,
    client,
    kms,
    other,
    pass: (seconds) => {
      time += seconds * 1000;
      for (const client of [s3, kms, other]) client.config.systemClockOffset = time - Date.now();
    },
    now: () => time,
    meanwhile: (work) => {
      between = work;
    },
    bucket: async (name, { versioning, create } = {}) => {
      await s3.send(
        new CreateBucketCommand({ Bucket: name, CreateBucketConfiguration: { LocationConstraint: region }, ...create }),
      );
      if (versioning) {
        const VersioningConfiguration = { Status: "Enabled" } as const;
        await s3.send(new PutBucketVersioningCommand({ Bucket: name, VersioningConfiguration }));
      }
      return name;
    },
    createKey: async () => {
      const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
      return KeyMetadata?.Arn ?? "";
    },
  };
}

/** What S3 refused with: code, status and text, and whatever further elements the case asks about. */
export async function refusal(work: Promise<unknown>): Promise<Record<string, unknown>> {
  try {
    await work;
  } catch (error) {
    const { name, message, $metadata, ...fields } = error as Error & { $metadata?: { httpStatusCode?: number } };
    return { code: name, status: $metadata?.httpStatusCode, message, ...fields };
  }
  throw new Error("was not refused");
}

/** Makes the client send a header that the operation's input has no member for. */
export function sendHeader(client: S3Client, name: string, value: string): S3Client {
  client.middlewareStack.add(
    (next) => (request) => {
      const { headers } = request.request as { headers: Record<string, string> };
      headers[name] = value;
      return next(request);
    },
    { step: "build" },
  );
  return client;
}

export const md5 = (text: string | Uint8Array): string => `"${createHash("md5").update(text).digest("hex")}"`;

interface ShownEncryption {
  readonly ServerSideEncryption?: string;
  readonly SSEKMSKeyId?: string;
  readonly BucketKeyEnabled?: boolean;
  readonly SSECustomerAlgorithm?: string;
}

/** What an answer says of encryption, and nothing else of it. */
export const encryptionOf = (answer: ShownEncryption): ShownEncryption => {
  const { ServerSideEncryption, SSEKMSKeyId, BucketKeyEnabled, SSECustomerAlgorithm } = answer;
  return JSON.parse(JSON.stringify({ ServerSideEncryption, SSEKMSKeyId, BucketKeyEnabled, SSECustomerAlgorithm }));
};

/** A customer key for SSE-C, as the SDK takes it. */
export const customerKey = (name: string) => {
  const key = createHash("sha256").update(name).digest();
  return { SSECustomerAlgorithm: "AES256", SSECustomerKey: key.toString("base64") };
};

export const text = async (output: { Body?: { transformToString(): Promise<string> } }): Promise<string> =>
  (await output.Body?.transformToString()) ?? "";
