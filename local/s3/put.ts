import type { PutObjectOutput, PutObjectRequest } from "@aws-sdk/client-s3";
import type { Context } from "../service";
import { authorizeWrite, contentHeaders, storageClassOf, userMetadata, writerOf } from "./attributes";
import { type Body, bodyOf } from "./bodies";
import { checkNoConflict, checkWriteConditions, isConditional, validateWriteConditions } from "./conditions";
import { etagOf, seal, shownEncryption } from "./encryption";
import { chooseEncryption, type EncryptionChoice } from "./encryption-choice";
import { ownershipOf } from "./grants";
import { shownChecksum, uploadChecksum } from "./object-checksums";
import { lockOf } from "./object-lock";
import type { Bucket, ObjectAttributes, StoredChecksum, StoredObject } from "./state";
import { tagsFromHeader } from "./tagging";
import { addVersion, currentVersion, newVersion } from "./versions";

/** An input as the codec hands it over: the whole body, read. */
export type WithBytes<Input> = Omit<Input, "Body"> & { readonly Body?: Uint8Array };

/** PutObject, with its conditions, its encryption and its attributes. */
export async function putObject(context: Context, input: WithBytes<PutObjectRequest>): Promise<PutObjectOutput> {
  const bucket = authorizeWrite(context, input, true);
  const key = input.Key ?? "";
  validateWriteConditions(input);
  const { owner, grants } = ownershipOf(bucket, writerOf(context, bucket), input);
  const attributes: ObjectAttributes = {
    headers: contentHeaders(context, input),
    metadata: userMetadata(input),
    storageClass: storageClassOf(input.StorageClass),
    websiteRedirectLocation: input.WebsiteRedirectLocation,
    tags: tagsFromHeader(input.Tagging),
    grants,
    ...lockOf(context, bucket, input),
  };
  const body = bodyOf(input.Body ?? new Uint8Array());
  const checksum = uploadChecksum(input, body);
  const choice = chooseEncryption(context, bucket, input);
  if (context.disturbance.conflictOnConcurrentWrite && isConditional(input)) {
    const before = currentVersion(bucket, key);
    await context.step({ operation: "PutObject", bucket: bucket.name, key });
    checkNoConflict(context, input, bucket, key, before);
  }
  checkWriteConditions(input, bucket, key);
  const object = store(context, bucket, { key, owner, attributes, body, checksum, choice });
  return {
    ETag: object.etag,
    ...shownChecksum(object.checksum),
    ...shownEncryption(object.encryption),
    VersionId: bucket.settings.versioning === "Enabled" ? object.versionId : undefined,
  };
}

export interface NewObject {
  readonly key: string;
  readonly owner: string;
  readonly attributes: ObjectAttributes;
  readonly body: Body;
  readonly checksum: StoredChecksum;
  readonly choice: EncryptionChoice;
}

/** Encrypts an object and makes it the current version. */
export function store(context: Context, bucket: Bucket, made: NewObject): StoredObject {
  const encryption = seal(context, bucket, made.key, made.choice);
  const version = newVersion(context, bucket);
  const object: StoredObject = {
    is: "object",
    ...version,
    ...made.attributes,
    key: made.key,
    owner: made.owner,
    body: made.body,
    etag: etagOf(bucket, encryption, made.body, `${version.sequence}`),
    encryption,
    checksum: made.checksum,
  };
  addVersion(bucket, object);
  return object;
}
