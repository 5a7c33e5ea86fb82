import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import type { EncryptionTarget } from "../fleet/fleet";
import type { Answer, Part } from "./object-store";
import { answer } from "./sdk-answers";
import { encryptionHeaders } from "./sdk-shapes";
import { required } from "./shapes";

/** Objects of our own: read and written whole or in parts, one attempt a call. */
export interface Documents {
  readonly bucket: string;
  put(request: { key: string; body: Uint8Array; contentType: string }): Promise<Answer<void>>;
  /** @param request.ifMatch refused if it has another ETag by now */
  get(request: { key: string; first: number; last: number; ifMatch?: string }): Promise<Answer<Piece>>;
  createUpload(request: { key: string; contentType: string }): Promise<Answer<string>>;
  putPart(request: { key: string; uploadId: string; number: number; body: Uint8Array }): Promise<Answer<Part>>;
  completeUpload(request: { key: string; uploadId: string; parts: readonly Part[] }): Promise<Answer<void>>;
  abortUpload(request: { key: string; uploadId: string }): Promise<Answer<void>>;
}

/** Some bytes of an object. */
export interface Piece {
  readonly body: Uint8Array;
  readonly etag: string;
  /** Bytes of the whole object. */
  readonly size: number;
}

export interface DocumentsProps {
  readonly client: S3Client;
  readonly bucket: string;
  /** 12-digit account id. */
  readonly expectedBucketOwner: string;
  /** Said in every request that writes: a bucket's policy may ask for it. */
  readonly encryption: EncryptionTarget;
}

/** `bytes 0-99/1234` */
const sizeIn = (contentRange: string | undefined): number =>
  Number(/\/(\d+)$/.exec(required(contentRange, "ContentRange"))?.[1]);

export function documents({ client, bucket, expectedBucketOwner, encryption }: DocumentsProps): Documents {
  const common = { Bucket: bucket, ExpectedBucketOwner: expectedBucketOwner };
  return {
    bucket,
    put: ({ key, body, contentType }) =>
      answer(async () => {
        const headers = { ContentType: contentType, ...encryptionHeaders(encryption) };
        await client.send(new PutObjectCommand({ ...common, Key: key, Body: body, ...headers }));
      }),
    get: ({ key, first, last, ifMatch }) =>
      answer(async () => {
        const asked = { ...common, Key: key, Range: `bytes=${first}-${last}`, IfMatch: ifMatch };
        const got = await client.send(new GetObjectCommand(asked));
        const body = await required(got.Body, "Body").transformToByteArray();
        return { body, etag: required(got.ETag, "ETag"), size: sizeIn(got.ContentRange) };
      }),
    createUpload: ({ key, contentType }) =>
      answer(async () => {
        const headers = {
          ContentType: contentType,
          ChecksumAlgorithm: "CRC32",
          ...encryptionHeaders(encryption),
        } as const;
        const created = await client.send(new CreateMultipartUploadCommand({ ...common, Key: key, ...headers }));
        return required(created.UploadId, "UploadId");
      }),
    putPart: ({ key, uploadId, number, body }) =>
      answer(async () => {
        const asked = { ...common, Key: key, UploadId: uploadId, PartNumber: number, Body: body };
        const { ETag, ChecksumCRC32 } = await client.send(new UploadPartCommand(asked));
        const checksum =
          ChecksumCRC32 === undefined ? undefined : ({ algorithm: "CRC32", value: ChecksumCRC32 } as const);
        return { number, etag: required(ETag, "ETag"), checksum };
      }),
    completeUpload: ({ key, uploadId, parts }) =>
      answer(async () => {
        const Parts = parts.map(({ number, etag, checksum }) => ({
          PartNumber: number,
          ETag: etag,
          ChecksumCRC32: checksum?.value,
        }));
        const asked = { ...common, Key: key, UploadId: uploadId, MultipartUpload: { Parts } };
        await client.send(new CompleteMultipartUploadCommand(asked));
      }),
    abortUpload: ({ key, uploadId }) =>
      answer(async () => {
        await client.send(new AbortMultipartUploadCommand({ ...common, Key: key, UploadId: uploadId }));
      }),
  };
}
