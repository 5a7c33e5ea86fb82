import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  PutObjectCommand,
  UpdateObjectEncryptionCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import type { EncryptionTarget } from "../../fleet/fleet";
import type { BucketReader } from "../bucket-traits";
import { ask, CanaryFailure } from "./canary-failure";

const body = "A canary of at-rest preflight. It is deleted again.\n";

const encryptionHeaders = (target: EncryptionTarget) => ({
  ServerSideEncryption: target.algorithm,
  ...(target.algorithm === "AES256" ? {} : { SSEKMSKeyId: target.keyArn }),
  ...(target.algorithm === "aws:kms" ? { BucketKeyEnabled: target.bucketKey } : {}),
});

const inWords = (algorithm: string, keyArn?: string, bucketKey?: boolean): string =>
  [algorithm, ...(keyArn === undefined ? [] : [keyArn]), ...(bucketKey ? ["bucket key"] : [])].join(", ");

const targetInWords = (target: EncryptionTarget): string =>
  target.algorithm === "AES256"
    ? inWords(target.algorithm)
    : inWords(target.algorithm, target.keyArn, target.algorithm === "aws:kms" && target.bucketKey);

/** @throws CanaryFailure */
type Probe = (key: string) => Promise<void>;

interface Puts {
  /** Whether a put without the header is one of them. */
  readonly underDefault: boolean;
  /** Whether every put of the others carries it. */
  readonly saysHeader: boolean;
}

export const withoutHeader = "PutObject without an encryption header";

/** What each canary tries, by its name. */
export function probes(
  { client, bucket, expectedBucketOwner }: BucketReader,
  target: EncryptionTarget,
  { underDefault, saysHeader }: Puts,
): Readonly<Record<string, Probe>> {
  const at = (Key: string) => ({ Bucket: bucket, Key, ExpectedBucketOwner: expectedBucketOwner });
  const headers = encryptionHeaders(target);
  const wanted = targetInWords(target);

  const put = (Key: string, withHeader: boolean) =>
    ask(withHeader ? `PutObject with ${wanted}` : withoutHeader, () =>
      client.send(new PutObjectCommand({ ...at(Key), Body: body, ...(withHeader ? headers : {}) })),
    );
  // Under the default where that is allowed: before the switch this is the encryption that is to be changed.
  const putBefore = (key: string) => put(key, saysHeader);

  const expectTarget = async (key: string, asked: string) => {
    const shown = await ask(`HeadObject after ${asked}`, () => client.send(new HeadObjectCommand(at(key))));
    const right =
      shown.ServerSideEncryption === target.algorithm &&
      (target.algorithm === "AES256" || shown.SSEKMSKeyId === target.keyArn) &&
      (target.algorithm !== "aws:kms" || (shown.BucketKeyEnabled === true) === target.bucketKey);
    if (right) return;
    const { ServerSideEncryption = "nothing", SSEKMSKeyId, BucketKeyEnabled } = shown;
    throw new CanaryFailure(
      asked,
      `S3 took it, and shows ${inWords(ServerSideEncryption, SSEKMSKeyId, BucketKeyEnabled)}`,
      "Give the target as S3 shows it, a key by its ARN. If it is that already, find out who answers in S3's place.",
    );
  };

  const multipart: Probe = async (key) => {
    const asked = `a multipart upload with ${wanted}`;
    const { UploadId } = await ask(`CreateMultipartUpload with ${wanted}`, () =>
      client.send(new CreateMultipartUploadCommand({ ...at(key), ...headers })),
    );
    try {
      const part = { ...at(key), UploadId, PartNumber: 1, Body: body };
      const { ETag } = await ask(`UploadPart of ${asked}`, () => client.send(new UploadPartCommand(part)));
      const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
      await ask(`CompleteMultipartUpload of ${asked}`, () =>
        client.send(new CompleteMultipartUploadCommand({ ...at(key), UploadId, MultipartUpload })),
      );
    } catch (error) {
      await ask(`AbortMultipartUpload of ${asked}`, () =>
        client.send(new AbortMultipartUploadCommand({ ...at(key), UploadId })),
      );
      throw error;
    }
    await expectTarget(key, asked);
  };

  const copy: Probe = async (key) => {
    const { ETag } = await putBefore(key);
    const asked = `CopyObject onto itself, if the ETag matches, with ${wanted}`;
    const request = { ...at(key), ...headers, CopySource: `${bucket}/${key}`, CopySourceIfMatch: ETag, IfMatch: ETag };
    await ask(asked, () => client.send(new CopyObjectCommand(request)));
    await expectTarget(key, asked);
  };

  const update = (KMSKeyArn: string, BucketKeyEnabled: boolean): Probe => {
    const asked = `UpdateObjectEncryption to ${wanted}`;
    const ObjectEncryption = { SSEKMS: { KMSKeyArn, BucketKeyEnabled } };
    return async (key) => {
      const { VersionId } = await putBefore(key);
      const request = { ...at(key), VersionId, ObjectEncryption };
      await ask(asked, () => client.send(new UpdateObjectEncryptionCommand(request)));
      await expectTarget(key, asked);
    };
  };

  return {
    ...(underDefault ? { "put-without-header": async (key: string) => void (await put(key, false)) } : {}),
    "put-with-header": async (key) => {
      await put(key, true);
      await expectTarget(key, `PutObject with ${wanted}`);
    },
    multipart,
    "conditional-copy": copy,
    ...(target.algorithm === "aws:kms" ? { update: update(target.keyArn, target.bucketKey) } : {}),
  };
}
