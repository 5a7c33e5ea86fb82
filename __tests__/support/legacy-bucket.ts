import { CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import {
  CreateBucketCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
} from "@aws-sdk/client-s3";
import { createLocalAws, type LocalAws, type LogEntry } from "../../local/aws";
import type { HttpRequest, HttpResponse, Step } from "../../local/service";
import { readBucketTraits } from "../../src/checks/bucket-traits";
import type { EncryptionTarget } from "../../src/fleet/fleet";
import type { Clock } from "../../src/reencrypt/clock";
import { type ConvertContext, converter } from "../../src/reencrypt/convert";
import type { Journal, JournalLine } from "../../src/reencrypt/journal";
import { s3Client } from "../../src/s3/clients";
import { sdkStore } from "../../src/s3/sdk-store";
import { requestHandler } from "./request-handler";

export const account = "111111111111";
const region = "eu-west-1";

/** Sleeps are over at once, and chance always takes the same turn. */
export const instantClock: Clock = { now: Date.now, sleep: async () => undefined, random: () => 0.5 };

export interface LegacyBucket {
  readonly aws: LocalAws;
  readonly client: S3Client;
  readonly name: string;
  /** Of another key than the target's. */
  readonly otherKeyArn: string;
  readonly kmsTarget: Extract<EncryptionTarget, { algorithm: "aws:kms" }>;
  /** Journal lines so far. */
  readonly lines: JournalLine[];
  /** What the server answered, newest last. */
  readonly log: LogEntry[];
  /** Comes in between the reading and the committing of the next copies; once, unless it is set again. */
  between: ((step: Step) => Promise<void>) | undefined;
  /** In place of the server, where it answers something. */
  fault: ((request: HttpRequest) => HttpResponse | undefined | Promise<HttpResponse | undefined>) | undefined;
  put(key: string, body: string, attributes?: Omit<PutObjectCommandInput, "Bucket" | "Key" | "Body">): Promise<string>;
  /** As it was put before 2023. */
  putUnencrypted: LegacyBucket["put"];
  context(target: EncryptionTarget, overrides?: Partial<ConvertContext>): Promise<ConvertContext>;
  convert(target: EncryptionTarget, overrides?: Partial<ConvertContext>): Promise<ReturnType<typeof converter>>;
}

export interface LegacyBucketProps {
  readonly versioning?: "Enabled" | "Suspended";
  /** @default false */
  readonly acls?: boolean;
  /** @default false */
  readonly objectLock?: boolean;
}

/** A bucket of a local AWS that runs in this process, behind the SDK client that the product uses. */
export async function legacyBucket(props: LegacyBucketProps = {}): Promise<LegacyBucket> {
  const log: LogEntry[] = [];
  const lines: JournalLine[] = [];
  const aws = createLocalAws({
    log: (entry) => log.push(entry),
    step: async (step) => {
      const { between } = bucket;
      bucket.between = undefined;
      await between?.(step);
    },
  });
  const credentials = aws.addAccount(account);
  const handler = requestHandler(async (request) => (await bucket.fault?.(request)) ?? aws.handle(request));
  const client = s3Client({ region, credentials, concurrency: 8, requestHandler: handler });
  const kms = new KMSClient({ region, credentials, requestHandler: requestHandler(aws.handle) });
  const [own, other] = await Promise.all([createKey(kms), createKey(kms)]);
  const name = "acme-uploads";

  const put: LegacyBucket["put"] = async (Key, Body, attributes = {}) => {
    const { ETag } = await client.send(new PutObjectCommand({ Bucket: name, Key, Body, ...attributes }));
    return ETag ?? "";
  };
  const journal: Journal = { append: async (line) => void lines.push(line) };
  const context: LegacyBucket["context"] = async (target, overrides) => ({
    store: sdkStore({ client, bucket: name, expectedBucketOwner: account }),
    bucket: await readBucketTraits({ client, bucket: name, expectedBucketOwner: account }),
    target,
    clock: instantClock,
    journal,
    engine: "auto",
    allowCopy: false,
    ...overrides,
  });
  const bucket: LegacyBucket = {
    aws,
    client,
    name,
    otherKeyArn: other,
    kmsTarget: { algorithm: "aws:kms", keyArn: own, bucketKey: true },
    lines,
    log,
    between: undefined,
    fault: undefined,
    put,
    putUnencrypted: async (key, body, attributes) => {
      aws.state.s3.defaultEncryption = "none";
      try {
        return await put(key, body, attributes);
      } finally {
        aws.state.s3.defaultEncryption = "AES256";
      }
    },
    context,
    convert: async (target, overrides) => converter(await context(target, overrides)),
  };
  await client.send(
    new CreateBucketCommand({
      Bucket: name,
      CreateBucketConfiguration: { LocationConstraint: region },
      ObjectOwnership: props.acls ? "ObjectWriter" : "BucketOwnerEnforced",
      ObjectLockEnabledForBucket: props.objectLock,
    }),
  );
  // New buckets have had these since 2023 and 2026; old ones do not.
  const settings = aws.state.s3.buckets.get(name)?.settings;
  if (settings) {
    settings.blockedEncryptionTypes = undefined;
    if (props.acls) settings.publicAccessBlock = undefined;
  }
  if (props.versioning) await setVersioning(bucket, "Enabled");
  if (props.versioning === "Suspended") await setVersioning(bucket, "Suspended");
  return bucket;
}

export const setVersioning = async ({ client, name }: LegacyBucket, Status: "Enabled" | "Suspended"): Promise<void> => {
  await client.send(new PutBucketVersioningCommand({ Bucket: name, VersioningConfiguration: { Status } }));
};

async function createKey(kms: KMSClient): Promise<string> {
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  if (!KeyMetadata?.Arn) throw new Error("KMS made a key without an ARN");
  return KeyMetadata.Arn;
}
