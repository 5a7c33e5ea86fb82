import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  GetObjectAclCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectAnnotationsCommand,
  type ListObjectAnnotationsCommandOutput,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  type S3Client,
  UpdateObjectEncryptionCommand,
  UploadPartCopyCommand,
} from "@aws-sdk/client-s3";
import { type CustomerKey, customerKeyWith } from "./customer-keys";
import { head } from "./head";
import type { Answer, CopySource, HeadRequest, ObjectId, ObjectState, ObjectStore } from "./object-store";
import { answer, hasHeaders, responseStatus } from "./sdk-answers";
import {
  aclOf,
  encryptionHeaders,
  grantHeaders,
  listedKey,
  objectState,
  partChecksum,
  partChecksumFields,
  storageClassField,
  systemHeaderFields,
} from "./sdk-shapes";
import { copySource, hasNoSuchOperation, required, taggingField } from "./shapes";
import { inVersionOrder } from "./version-order";

const PARTIAL_CONTENT = 206;

/** What is no XML, since it is a part of the object, is an answer nevertheless. */
function unlessPart(error: unknown): ListObjectAnnotationsCommandOutput {
  if (responseStatus(error) !== PARTIAL_CONTENT) throw error;
  return { $metadata: { httpStatusCode: PARTIAL_CONTENT } };
}

export interface SdkStoreProps {
  /** With `maxAttempts: 1`: the pipeline decides what is tried again. */
  readonly client: S3Client;
  readonly bucket: string;
  /** 12-digit account id that must own the bucket: sent with every request, so that S3 refuses any other. */
  readonly expectedBucketOwner: string;
  /** For objects under SSE-C. @default none */
  readonly customerKeys?: readonly CustomerKey[];
}

/** What the SDK sends of a customer key: it adds the MD5 by itself. */
const customerKeyFields = (key: CustomerKey | undefined) =>
  key && { SSECustomerAlgorithm: "AES256", SSECustomerKey: key.key };

const copySourceKeyFields = (key: CustomerKey | undefined) =>
  key && { CopySourceSSECustomerAlgorithm: "AES256", CopySourceSSECustomerKey: key.key };

/** The ObjectStore on the AWS SDK. */
export function sdkStore({ client, bucket, expectedBucketOwner, customerKeys = [] }: SdkStoreProps): ObjectStore {
  const common = { Bucket: bucket, ExpectedBucketOwner: expectedBucketOwner };
  const at = (id: ObjectId) => ({ ...common, Key: id.key, VersionId: id.versionId });
  const sourceOf = (source: CopySource) => ({
    ...copySourceKeyFields(
      source.customerKeyMd5 === undefined ? undefined : customerKeyWith(customerKeys, source.customerKeyMd5),
    ),
    CopySource: copySource(source.bucket ?? bucket, source),
    CopySourceIfMatch: source.ifMatch,
    // Source and destination are the same account's: its bucket, or its own backup bucket.
    ExpectedSourceBucketOwner: expectedBucketOwner,
  });

  const look = (request: HeadRequest, key?: CustomerKey): Promise<Answer<ObjectState>> =>
    answer(async () => {
      const ChecksumMode = request.checksum ? ("ENABLED" as const) : undefined;
      const asked = { ...at(request), ChecksumMode, ...customerKeyFields(key) };
      return objectState(request.key, await client.send(new HeadObjectCommand(asked)));
    });

  const readFirstByte = (id: ObjectId): Promise<Answer<void>> =>
    answer(async () => {
      const { Body } = await client.send(new GetObjectCommand({ ...at(id), Range: "bytes=0-0" }));
      Body?.transformToByteArray().catch(() => undefined); // frees the socket; the byte itself is of no use
    });

  return {
    list: ({ after, token, prefix, limit }) =>
      answer(async () => {
        const page = await client.send(
          new ListObjectsV2Command({
            ...common,
            StartAfter: after,
            ContinuationToken: token,
            Prefix: prefix,
            MaxKeys: limit,
            EncodingType: "url", // keys may hold characters that XML cannot
          }),
        );
        const objects = (page.Contents ?? []).map((listed) => ({
          key: listedKey(page.EncodingType, required(listed.Key, "Key")),
          size: listed.Size ?? 0,
          lastModified: listed.LastModified?.getTime(),
          etag: listed.ETag,
        }));
        return { objects, more: required(page.IsTruncated, "IsTruncated"), token: page.NextContinuationToken };
      }),

    listVersions: ({ keyMarker, versionIdMarker, prefix, limit }) =>
      answer(async () => {
        const page = await client.send(
          new ListObjectVersionsCommand({
            ...common,
            KeyMarker: keyMarker,
            VersionIdMarker: versionIdMarker,
            Prefix: prefix,
            MaxKeys: limit,
            EncodingType: "url",
          }),
        );
        const listed =
          (deleteMarker: boolean) =>
          (version: { Key?: string; VersionId?: string; IsLatest?: boolean; LastModified?: Date; ETag?: string }) => ({
            key: listedKey(page.EncodingType, required(version.Key, "Key")),
            versionId: required(version.VersionId, "VersionId"),
            current: version.IsLatest === true,
            deleteMarker,
            lastModified: required(version.LastModified, "LastModified").getTime(),
            etag: version.ETag,
          });
        const versions = inVersionOrder([
          ...(page.Versions ?? []).map(listed(false)),
          ...(page.DeleteMarkers ?? []).map(listed(true)),
        ]);
        const next =
          page.IsTruncated === true
            ? {
                keyMarker: listedKey(page.EncodingType, required(page.NextKeyMarker, "NextKeyMarker")),
                versionIdMarker: page.NextVersionIdMarker,
              }
            : undefined;
        return { versions, next };
      }),

    listUploads: ({ keyMarker, uploadIdMarker, prefix, limit }) =>
      answer(async () => {
        const page = await client.send(
          new ListMultipartUploadsCommand({
            ...common,
            KeyMarker: keyMarker,
            UploadIdMarker: uploadIdMarker,
            Prefix: prefix,
            MaxUploads: limit,
            EncodingType: "url",
          }),
        );
        const uploads = (page.Uploads ?? []).map((upload) => ({
          key: listedKey(page.EncodingType, required(upload.Key, "Key")),
          uploadId: required(upload.UploadId, "UploadId"),
          initiated: required(upload.Initiated, "Initiated").getTime(),
        }));
        if (!required(page.IsTruncated, "IsTruncated")) return { uploads };
        const next = {
          keyMarker: listedKey(page.EncodingType, required(page.NextKeyMarker, "NextKeyMarker")),
          uploadIdMarker: page.NextUploadIdMarker || undefined,
        };
        return { uploads, next };
      }),

    head: head({ look, readFirstByte, customerKeys }),

    getTags: (id) =>
      answer(async () => {
        const { TagSet } = await client.send(new GetObjectTaggingCommand(at(id)));
        return (TagSet ?? []).map((tag) => ({ key: required(tag.Key, "Key"), value: tag.Value ?? "" }));
      }),

    getAcl: (id) => answer(async () => aclOf(await client.send(new GetObjectAclCommand(at(id))))),

    hasAnnotations: async (id) => {
      const command = new ListObjectAnnotationsCommand({ ...at(id), MaxAnnotationResults: 1 });
      // A server that does not know the subresource answers with the object itself: with a byte of it, that way.
      command.middlewareStack.add(
        (next) => async (args) => {
          if (hasHeaders(args.request)) args.request.headers["range"] = "bytes=0-0";
          return next(args);
        },
        { step: "build" },
      );
      const listed = await answer(async () => {
        const { AnnotationCount, $metadata } = await client.send(command).catch(unlessPart);
        return $metadata.httpStatusCode !== PARTIAL_CONTENT && required(AnnotationCount, "AnnotationCount") > 0;
      });
      const isAbsent = listed.is === "refused" && hasNoSuchOperation(listed.status);
      return isAbsent ? { is: "done", value: false } : listed;
    },

    copy: (request) =>
      answer(async () => {
        const copied = await client.send(
          new CopyObjectCommand({
            ...common,
            ...sourceOf(request.source),
            Key: request.key,
            IfMatch: request.ifMatch,
            IfNoneMatch: request.ifNoneMatch,
            MetadataDirective: "COPY",
            TaggingDirective: request.tags ? "REPLACE" : "COPY",
            Tagging: request.tags && taggingField(request.tags),
            ...encryptionHeaders(request.encryption),
            ...grantHeaders(request.grants),
            StorageClass: storageClassField(request.storageClass),
            WebsiteRedirectLocation: request.websiteRedirect,
          }),
        );
        return { etag: required(copied.CopyObjectResult?.ETag, "ETag"), versionId: copied.VersionId };
      }),

    updateEncryption: (request) =>
      answer(async () => {
        const { keyArn, bucketKey } = request.encryption;
        const ObjectEncryption = { SSEKMS: { KMSKeyArn: keyArn, BucketKeyEnabled: bucketKey } };
        await client.send(new UpdateObjectEncryptionCommand({ ...at(request), ObjectEncryption }));
      }),

    createUpload: (request) =>
      answer(async () => {
        const created = await client.send(
          new CreateMultipartUploadCommand({
            ...common,
            Key: request.key,
            ...systemHeaderFields(request.headers),
            Metadata: { ...request.metadata },
            Tagging: taggingField(request.tags),
            ...encryptionHeaders(request.encryption),
            ...grantHeaders(request.grants),
            StorageClass: storageClassField(request.storageClass),
            WebsiteRedirectLocation: request.websiteRedirect,
            ChecksumAlgorithm: request.checksum?.algorithm,
            ChecksumType: request.checksum?.type,
          }),
        );
        return { uploadId: required(created.UploadId, "UploadId") };
      }),

    copyPart: (request) =>
      answer(async () => {
        const { CopyPartResult: part } = await client.send(
          new UploadPartCopyCommand({
            ...common,
            ...sourceOf(request.source),
            Key: request.key,
            UploadId: request.uploadId,
            PartNumber: request.number,
            CopySourceRange: `bytes=${request.first}-${request.last}`,
          }),
        );
        return { number: request.number, etag: required(part?.ETag, "ETag"), checksum: partChecksum(part ?? {}) };
      }),

    completeUpload: (request) =>
      answer(async () => {
        const completed = await client.send(
          new CompleteMultipartUploadCommand({
            ...common,
            Key: request.key,
            UploadId: request.uploadId,
            IfMatch: request.ifMatch,
            IfNoneMatch: request.ifNoneMatch,
            ChecksumType: request.checksumType,
            MultipartUpload: {
              Parts: request.parts.map(({ number, etag, checksum }) => ({
                PartNumber: number,
                ETag: etag,
                ...partChecksumFields(checksum),
              })),
            },
          }),
        );
        return { etag: required(completed.ETag, "ETag"), versionId: completed.VersionId };
      }),

    abortUpload: ({ key, uploadId }) =>
      answer(async () => {
        await client.send(new AbortMultipartUploadCommand({ ...common, Key: key, UploadId: uploadId }));
      }),
  };
}
