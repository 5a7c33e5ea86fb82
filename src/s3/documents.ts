import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import type { EncryptionTarget } from "../fleet/fleet";
import type { Answer, Part } from "./object-store";
import { answer } from "./sdk-answers";
import { encryptionHeaders, listedKey } from "./sdk-shapes";
import { required } from "./shapes";

/** Objects of our own: read and written whole or in parts, one attempt a call. */
export interface Documents {
  readonly bucket: string;
  /**
   * @param request.if whether it is there already, or with another ETag: then it is refused
   *
   * Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
   */
  put(request: {
    key: string;
    body: Uint8Array;
    contentType: string;
    if?: { readonly isNew: true } | { readonly etag: string };
  }): Promise<Answer<{ readonly etag: string }>>;
  /** @param request.ifMatch refused if it has another ETag by now */
  get(request: { key: string; first: number; last: number; ifMatch?: string }): Promise<Answer<Piece>>;
  /** Up to 1,000 in order, by UTF-8 bytes. @param request.folders what comes after the next slash is one name */
  list(request: {
    prefix: string;
    after?: string;
    /** Of the page before. */
    token?: string;
    limit?: number;
    folders?: boolean;
  }): Promise<Answer<Names>>;
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

export interface Names {
  readonly keys: readonly string[];
  /** Each ends with a slash. */
  readonly folders: readonly string[];
  /** For the next page; nothing at the end. */
  readonly token?: string;
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

const conditionHeaders = (condition: Parameters<Documents["put"]>[0]["if"]) =>
  condition === undefined ? {} : "isNew" in condition ? { IfNoneMatch: "*" } : { IfMatch: condition.etag };

export function documents({ client, bucket, expectedBucketOwner, encryption }: DocumentsProps): Documents {
  const common = { Bucket: bucket, ExpectedBucketOwner: expectedBucketOwner };
  return {
    bucket,
    put: ({ key, body, contentType, if: condition }) =>
      answer(async () => {
        const headers = { ContentType: contentType, ...encryptionHeaders(encryption), ...conditionHeaders(condition) };
        const { ETag } = await client.send(new PutObjectCommand({ ...common, Key: key, Body: body, ...headers }));
        return { etag: required(ETag, "ETag") };
      }),
    get: ({ key, first, last, ifMatch }) =>
      answer(async () => {
        const asked = { ...common, Key: key, Range: `bytes=${first}-${last}`, IfMatch: ifMatch };
        const got = await client.send(new GetObjectCommand(asked));
        const body = await required(got.Body, "Body").transformToByteArray();
        return { body, etag: required(got.ETag, "ETag"), size: sizeIn(got.ContentRange) };
      }),
    list: ({ prefix, after, token, limit = 1000, folders = false }) =>
      answer(async () => {
        const asked = { ...common, Prefix: prefix, MaxKeys: limit, EncodingType: "url" } as const;
        const from = { StartAfter: after, ContinuationToken: token, Delimiter: folders ? "/" : undefined };
        const page = await client.send(new ListObjectsV2Command({ ...asked, ...from }));
        const decoded = (name: string) => listedKey(page.EncodingType, name);
        return {
          keys: (page.Contents ?? []).map(({ Key }) => decoded(required(Key, "Key"))),
          folders: (page.CommonPrefixes ?? []).map(({ Prefix }) => decoded(required(Prefix, "Prefix"))),
          token: page.NextContinuationToken,
        };
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
