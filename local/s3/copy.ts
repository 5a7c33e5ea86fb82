import type { CopyObjectOutput, CopyObjectRequest } from "@aws-sdk/client-s3";
import type { Checksummed } from "../http/checksums";
import type { Context } from "../service";
import { authorizeS3 } from "./access";
import { authorizeWrite, contentHeaders, storageClassOf, userMetadata, writerOf } from "./attributes";
import { checkNoConflict, checkWriteConditions, validateWriteConditions } from "./conditions";
import { type CopySource, readCopySource, shownSourceVersion } from "./copy-source";
import { shownEncryption } from "./encryption";
import { chooseEncryption, type EncryptionChoice } from "./encryption-choice";
import { invalidRequest } from "./errors";
import { ownershipOf } from "./grants";
import { checksumAlgorithm, fullObjectChecksum, shownChecksum } from "./object-checksums";
import { lockOf } from "./object-lock";
import { store } from "./put";
import type { Bucket, ObjectAttributes, StoredChecksum, StoredObject } from "./state";
import { tagsFromHeader } from "./tagging";
import { currentVersion } from "./versions";

/** 5 GiB, though the documentation says 5 GB. */
const largestSource = 5_368_709_120;

/**
 * CopyObject: reads the source, lets others in, then commits.
 *
 * | attribute                   | the new object's                                                           |
 * |-----------------------------|----------------------------------------------------------------------------|
 * | metadata, content headers   | the source's; with `MetadataDirective: REPLACE` the request's               |
 * | tags                        | the source's; with `TaggingDirective: REPLACE` the request's                |
 * | encryption                  | the request's, else the bucket's default; never the source's                |
 * | ACL                         | the request's, else private                                                 |
 * | storage class               | the request's, else STANDARD                                                |
 * | redirect, lock              | the request's; for the lock else the bucket's default                       |
 * | checksum                    | of the whole, by the request's algorithm, else the source's, else CRC64NVME |
 *
 * The destination's condition is looked at when the copy commits, so it catches what came in between.
 * Source: API Reference, CopyObject; User Guide, "Copying, moving, and renaming objects".
 */
export async function copyObject(context: Context, input: CopyObjectRequest): Promise<CopyObjectOutput> {
  const bucket = authorizeWrite(context, input, true);
  const key = input.Key ?? "";
  validateWriteConditions(input);
  const algorithm = checksumAlgorithm(input.ChecksumAlgorithm);
  const source = readCopySource(context, input);
  const choice = chooseEncryption(context, bucket, input);
  checkLegal(bucket, key, input, source, choice);
  const { owner, grants } = ownershipOf(bucket, writerOf(context, bucket), input);
  const { object } = source;
  const replaced = input.MetadataDirective === "REPLACE";
  const attributes: ObjectAttributes = {
    headers: replaced ? contentHeaders(context, input) : object.headers,
    metadata: replaced ? userMetadata(input) : object.metadata,
    storageClass: storageClassOf(input.StorageClass),
    websiteRedirectLocation: input.WebsiteRedirectLocation,
    tags: copiedTags(context, bucket, key, input, source),
    grants,
    ...lockOf(context, bucket, input),
  };
  const before = currentVersion(bucket, key);
  await context.step({ operation: "CopyObject", bucket: bucket.name, key });
  checkNoConflict(context, input, bucket, key, before);
  checkWriteConditions(input, bucket, key);
  const checksum = copiedChecksum(object, algorithm ?? object.checksum?.algorithm ?? "CRC64NVME");
  const copy = store(context, bucket, { key, owner, attributes, body: object.body, checksum, choice });
  return {
    CopyObjectResult: { ETag: copy.etag, LastModified: new Date(copy.lastModified), ...shownChecksum(copy.checksum) },
    CopySourceVersionId: shownSourceVersion(source),
    VersionId: bucket.settings.versioning === undefined ? undefined : copy.versionId,
    ...shownEncryption(copy.encryption),
  };
}

/** The same bytes have the same checksum; only one of parts is not that of the whole. */
const copiedChecksum = ({ body, checksum }: StoredObject, algorithm: Checksummed): StoredChecksum =>
  checksum?.type === "FULL_OBJECT" && checksum.algorithm === algorithm ? checksum : fullObjectChecksum(body, algorithm);

function checkLegal(
  bucket: Bucket,
  key: string,
  input: CopyObjectRequest,
  source: CopySource,
  choice: EncryptionChoice,
): void {
  if (source.object.body.size > largestSource) {
    throw invalidRequest(
      `The specified copy source is larger than the maximum allowable size for a copy source: ${largestSource}`,
    );
  }
  const ontoItself = source.bucket === bucket && currentVersion(bucket, key)?.sequence === source.object.sequence;
  if (ontoItself && !changesSomething(bucket, input, source, choice)) {
    throw invalidRequest(
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    );
  }
}

/** To name an attribute is enough, even with the value that it has. A default that somebody has put counts as named. */
const changesSomething = (
  bucket: Bucket,
  input: CopyObjectRequest,
  { object }: CopySource,
  choice: EncryptionChoice,
): boolean =>
  input.MetadataDirective === "REPLACE" ||
  input.StorageClass !== undefined ||
  input.WebsiteRedirectLocation !== undefined ||
  input.ServerSideEncryption !== undefined ||
  input.SSECustomerAlgorithm !== undefined ||
  bucket.settings.encryption !== undefined ||
  (choice.is === "AES256" && object.encryption.is !== "AES256" && object.encryption.is !== "none");

function copiedTags(
  context: Context,
  bucket: Bucket,
  key: string,
  input: CopyObjectRequest,
  { bucket: from, object, versionId }: CopySource,
): ObjectAttributes["tags"] {
  if (input.TaggingDirective === "REPLACE") return tagsFromHeader(input.Tagging);
  if (object.tags.length > 0) {
    const action = versionId === undefined ? "s3:GetObjectTagging" : "s3:GetObjectVersionTagging";
    authorizeS3(context, { action, bucket: from.name, key: object.key, versionId, anyRegion: true });
    authorizeS3(context, { action: "s3:PutObjectTagging", bucket: bucket.name, key });
  }
  return object.tags;
}
