import {
  GetObjectCommand,
  GetObjectTaggingCommand,
  PutObjectLegalHoldCommand,
  PutObjectTaggingCommand,
} from "@aws-sdk/client-s3";
import type { EncryptionTarget } from "../../src/fleet/fleet";
import type { ConvertContext } from "../../src/reencrypt/convert";
import type { ObjectOutcome } from "../../src/reencrypt/outcome";
import type { Visit } from "../../src/reencrypt/sweep";
import type { Answer, Copied } from "../../src/s3/object-store";
import { type LegacyBucket, type LegacyBucketProps, legacyBucket } from "./legacy-bucket";
import { nextProcess } from "./next-process";

export const target: EncryptionTarget = { algorithm: "AES256" };

/** Object "a", of which S3 has nothing encrypted yet. */
export async function bucketWithA(props: LegacyBucketProps = { versioning: "Enabled" }): Promise<LegacyBucket> {
  const bucket = await legacyBucket(props);
  await bucket.putUnencrypted("a", "content", { Metadata: { revision: "0" }, Tagging: "revision=0" });
  return bucket;
}

/** All of "a", the newest first. */
export const versionsOfA = ({ aws, name }: LegacyBucket) => aws.state.s3.buckets.get(name)?.keys.get("a") ?? [];

export const putSameBytes = (bucket: LegacyBucket) =>
  bucket.putUnencrypted("a", "content", { Metadata: { revision: "1" }, Tagging: "revision=1" });

export const tag = ({ client, name }: LegacyBucket, revision: string) =>
  client.send(
    new PutObjectTaggingCommand({
      Bucket: name,
      Key: "a",
      Tagging: { TagSet: [{ Key: "revision", Value: revision }] },
    }),
  );

/** Converts "a" in a process that is gone once S3 has made the copy with this number, before its answer is read. */
export async function killedAtCopy(
  bucket: LegacyBucket,
  number = 1,
  whatever: Partial<ConvertContext> = {},
): Promise<void> {
  const convert = await bucket.convert(target, whatever);
  let copies = 0;
  await new Promise<void>((killed) => {
    bucket.fault = async (request) => {
      if (request.headers["x-amz-copy-source"] === undefined || ++copies < number) return undefined;
      await bucket.aws.handle(request);
      killed();
      return new Promise(() => undefined);
    };
    void convert({ key: "a" });
  });
  bucket.fault = undefined;
}

/** Converts "a" in the process that goes on, with what the journal has. */
export async function resume(bucket: LegacyBucket, to: EncryptionTarget = target): Promise<ObjectOutcome | undefined> {
  const process = await nextProcess(bucket, to);
  const [found] = await process.sweep();
  return found;
}

/** How the visit of "a" ends, without what it has learnt for later ones. */
export const visit = async (convert: Visit): Promise<ObjectOutcome> => ({
  ...(await convert({ key: "a" })),
  awaited: undefined,
});

export async function shown(bucket: LegacyBucket) {
  const { client, name } = bucket;
  const got = await client.send(new GetObjectCommand({ Bucket: name, Key: "a" }));
  const { TagSet } = await client.send(new GetObjectTaggingCommand({ Bucket: name, Key: "a" }));
  const body = await got.Body?.transformToString();
  return {
    body,
    metadata: got.Metadata?.["revision"],
    tags: TagSet?.map(({ Value }) => Value).join(),
    sse: got.ServerSideEncryption,
    versions: versionsOfA(bucket).length,
  };
}

export type SendCopy = () => Promise<Answer<Copied>>;

/** The store of a process in which something happens around its copies, which are counted from 1. */
export async function withCopies(
  bucket: LegacyBucket,
  around: (copy: number, send: SendCopy) => Promise<Answer<Copied>>,
): Promise<Partial<ConvertContext>> {
  const { store } = await bucket.context(target);
  let copies = 0;
  return { store: { ...store, copy: (request) => around(++copies, () => store.copy(request)) } };
}

/** The same bytes are put twice: S3 copies what the first one wrote, and the second one comes before the copy. */
export const putTwiceAround = (bucket: LegacyBucket) => (copy: number, send: SendCopy) => {
  if (copy > 1) return send();
  const put = (revision: string) =>
    bucket.putUnencrypted("a", "content", { Metadata: { revision }, Tagging: `revision=${revision}` });
  bucket.between = async () => void (await put("2"));
  return put("1").then(send);
};

export const lost = { is: "unknown", cause: "the connection was reset" } as const;

/** Converts "a" in a process that is gone when it has sent the copy with this number. Once the result is called S3 makes it. */
export async function killedBeforeCopy(
  bucket: LegacyBucket,
  number = 1,
  to: EncryptionTarget = target,
): Promise<SendCopy> {
  return new Promise((killed) => {
    const around = async (copy: number, send: SendCopy): Promise<Answer<Copied>> => {
      if (copy < number) return send();
      killed(send);
      return new Promise(() => undefined);
    };
    void withCopies(bucket, around)
      .then((context) => bucket.convert(to, context))
      .then((convert) => convert({ key: "a" }));
  });
}

export const hold = async ({ client, name }: LegacyBucket) =>
  client.send(new PutObjectLegalHoldCommand({ Bucket: name, Key: "a", LegalHold: { Status: "ON" } }));

export const locking = (bucket: LegacyBucket) => async () => {
  await hold(bucket);
  await tag(bucket, "1");
};

export const withLock = { versioning: "Enabled", objectLock: true } as const;
export const lockedMeanwhile = {
  key: "a",
  outcome: "notAsBefore",
  message: expect.stringMatching(/^somebody locked version .* while it was being copied$/),
};
