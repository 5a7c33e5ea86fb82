import type { UpdateObjectEncryptionRequest, UpdateObjectEncryptionResponse } from "@aws-sdk/client-s3";
import { authorizeUpdate, reEncryptDataKey } from "../kms/for-s3";
import type { Context } from "../service";
import { authorizeInput, findReadable } from "./access";
import { bucketArn, objectArn } from "./arns";
import { seal, unseal } from "./encryption";
import { accessDenied, invalidRequest } from "./errors";
import { isLocked } from "./object-lock";
import { requestConditions } from "./request-conditions";
import type { Bucket, ObjectEncryption, StoredObject } from "./state";
import { changeObject } from "./versions";

const keyArnPattern = /^arn:aws[a-zA-Z0-9-]*:kms:[a-z0-9-]+:([0-9]{12}):key\/[a-zA-Z0-9-]+$/;
const retry = "and then try again.";
const supported = "Only source objects encrypted with SSE-S3 or SSE-KMS are supported.";

interface Target {
  readonly keyArn: string;
  readonly keyAccount: string;
  readonly bucketKey: boolean;
}

function targetOf(input: UpdateObjectEncryptionRequest): Target {
  const asked = input.ObjectEncryption?.SSEKMS;
  if (!asked) {
    throw invalidRequest(
      `Requests that modify an object encryption configuration require a valid new encryption type. Valid values are SSEKMS. Modify the request to specify SSE-KMS for the updated encryption type, ${retry}`,
    );
  }
  const toKms = "Requests that modify an object's encryption type to SSE-KMS require";
  if (!asked.KMSKeyArn) {
    throw invalidRequest(
      `${toKms} an AWS KMS key Amazon Resource Name (ARN). Modify the request to specify a KMS key ARN, ${retry}`,
    );
  }
  const [, keyAccount] = keyArnPattern.exec(asked.KMSKeyArn) ?? [];
  if (keyAccount === undefined) {
    throw invalidRequest(
      `${toKms} a valid AWS KMS key Amazon Resource Name (ARN). Confirm that you have a correctly formatted KMS key ARN in your request, ${retry}`,
    );
  }
  return { keyArn: asked.KMSKeyArn, keyAccount, bucketKey: asked.BucketKeyEnabled ?? false };
}

/**
 * UpdateObjectEncryption: wraps the data key anew; bytes, ETag, dates, class, checksums and version stay.
 *
 * | the object is        | answer                                   |
 * |----------------------|------------------------------------------|
 * | SSE-S3, SSE-KMS      | 200, now under the key named             |
 * | unencrypted          | 400 InvalidRequest                       |
 * | DSSE-KMS, SSE-C      | 400 InvalidRequest                       |
 * | retained or held     | 403 AccessDenied                         |
 *
 * Source: API Reference, UpdateObjectEncryption; User Guide, "Updating server-side encryption for existing data".
 */
export function updateObjectEncryption(
  context: Context,
  input: UpdateObjectEncryptionRequest,
): UpdateObjectEncryptionResponse {
  const key = input.Key ?? "";
  const sent = input.ObjectEncryption?.SSEKMS;
  // To policies both look like a put with these headers.
  const asked = requestConditions(context, { ServerSideEncryption: sent && "aws:kms", SSEKMSKeyId: sent?.KMSKeyArn });
  authorizeInput(context, "s3:UpdateObjectEncryption", input, () => asked);
  const bucket = authorizeInput(context, "s3:PutObject", input, () => asked);
  if (context.signature.type === "none") {
    throw invalidRequest(
      `Requests that modify an object encryption configuration require AWS Signature Version 4. Modify the request to use AWS Signature Version 4, ${retry}`,
    );
  }
  const target = targetOf(input);
  const object = findReadable(context, bucket, key, input.VersionId, "PUT");
  checkSource(context, bucket, object, target);
  changeObject(bucket, object, { encryption: rewrapped(context, bucket, object, target) });
  return {};
}

function checkSource(context: Context, bucket: Bucket, object: StoredObject, target: Target): void {
  const operation = "The UpdateObjectEncryption operation doesn't";
  if (object.encryption.is === "none") {
    throw invalidRequest(`${operation} supported unencrypted source objects. ${supported}`);
  }
  if (object.encryption.is === "aws:kms:dsse" || object.encryption.is === "customer") {
    throw invalidRequest(
      `${operation} support source objects with the encryption type DSSE-KMS or SSE-C. ${supported}`,
    );
  }
  if (target.keyAccount !== bucket.account) {
    throw accessDenied(
      `The AWS KMS key in the request must be owned by the same account as the bucket. Modify the request to specify a KMS key from the same account, ${retry}`,
    );
  }
  if (isLocked(context, object)) {
    throw accessDenied(
      "The encryption type for the specified object can’t be updated because that object is protected by S3 Object Lock. If the object has a governance-mode retention period or a legal hold, you must first remove the Object Lock status on the object before you issue your UpdateObjectEncryption request. You can't use the UpdateObjectEncryption operation with objects that have an Object Lock compliance mode retention period applied to them.",
    );
  }
}

function rewrapped(context: Context, bucket: Bucket, object: StoredObject, target: Target): ObjectEncryption {
  const { encryption } = object;
  unseal(context, encryption, undefined);
  const { keyArn, bucketKey } = target;
  const arn = bucketKey ? bucketArn(bucket) : objectArn(bucket, object.key);
  const destination = { ...(encryption.is === "aws:kms" && encryption.context), "aws:s3:arn": arn };
  authorizeUpdate(context, { keyId: keyArn, encryptionContext: destination });
  if (encryption.is !== "aws:kms") {
    return seal(context, bucket, object.key, { is: "aws:kms", keyId: keyArn, bucketKey, context: {} });
  }
  const again = reEncryptDataKey(context, {
    ciphertext: encryption.dataKey.ciphertext,
    sourceEncryptionContext: encryption.context,
    destinationKeyId: keyArn,
    destinationEncryptionContext: destination,
  });
  const dataKey = { ciphertext: again.ciphertext, fingerprint: encryption.dataKey.fingerprint };
  return { is: "aws:kms", keyArn: again.keyArn, bucketKey, context: destination, dataKey };
}
