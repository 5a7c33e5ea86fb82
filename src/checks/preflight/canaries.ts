import { randomUUID } from "node:crypto";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import type { EncryptionTarget } from "../../fleet/fleet";
import { canaryPrefix } from "../../fleet/names";
import { sdkStore } from "../../s3/sdk-store";
import type { BucketReader } from "../bucket-traits";
import { codeOf } from "../settings";
import { removeCanaries } from "./canary-removal";
import type { Facts } from "./facts";
import { type Finding, finding, sorted } from "./finding";
import { known } from "./looked";

const body = "A canary of at-rest preflight. It is deleted again.\n";

const encryptionHeaders = (target: EncryptionTarget) => ({
  ServerSideEncryption: target.algorithm,
  ...(target.algorithm === "AES256" ? {} : { SSEKMSKeyId: target.keyArn }),
  ...(target.algorithm === "aws:kms" ? { BucketKeyEnabled: target.bucketKey } : {}),
});

type Probe = (key: string) => Promise<void>;

/** What each canary tries. A probe throws where S3 refuses it or the outcome is not as asked. */
function probes({ client, bucket, expectedBucketOwner }: BucketReader, target: EncryptionTarget, saysHeader: boolean) {
  const at = (Key: string) => ({ Bucket: bucket, Key, ExpectedBucketOwner: expectedBucketOwner });
  const headers = encryptionHeaders(target);
  // Under the default where that is allowed: before the switch this is the encryption that is to be changed.
  const before = saysHeader ? headers : {};

  const put = (Key: string, attributes: Partial<ReturnType<typeof encryptionHeaders>> = {}) =>
    client.send(new PutObjectCommand({ ...at(Key), Body: body, ...attributes }));

  const expectTarget: Probe = async (key) => {
    const shown = await client.send(new HeadObjectCommand(at(key)));
    const right =
      shown.ServerSideEncryption === target.algorithm &&
      (target.algorithm === "AES256" || shown.SSEKMSKeyId === target.keyArn) &&
      (target.algorithm !== "aws:kms" || (shown.BucketKeyEnabled === true) === target.bucketKey);
    if (right) return;
    const { ServerSideEncryption: algorithm = "nothing", SSEKMSKeyId: under = "no key" } = shown;
    throw new Error(`it is under ${algorithm}, ${under}`);
  };

  const multipart: Probe = async (key) => {
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ ...at(key), ...headers }));
    try {
      const { ETag } = await client.send(new UploadPartCommand({ ...at(key), UploadId, PartNumber: 1, Body: body }));
      const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
      await client.send(new CompleteMultipartUploadCommand({ ...at(key), UploadId, MultipartUpload }));
    } catch (error) {
      await client.send(new AbortMultipartUploadCommand({ ...at(key), UploadId }));
      throw error;
    }
    await expectTarget(key);
  };

  const copy: Probe = async (key) => {
    const { ETag } = await put(key, before);
    await client.send(
      new CopyObjectCommand({
        ...at(key),
        ...headers,
        CopySource: `${bucket}/${key}`,
        CopySourceIfMatch: ETag,
        IfMatch: ETag,
      }),
    );
    await expectTarget(key);
  };

  const update: Probe = async (key) => {
    const { VersionId } = await put(key, before);
    if (target.algorithm !== "aws:kms") return;
    const store = sdkStore({ client, bucket, expectedBucketOwner });
    const tried = await store.updateEncryption({ key, versionId: VersionId, encryption: target });
    if (tried.is !== "done") throw new Error(tried.is === "refused" ? tried.code : tried.is);
    await expectTarget(key);
  };

  return {
    "put-without-header": async (key: string) => void (await put(key)),
    "put-with-header": async (key: string) => {
      await put(key, headers);
      await expectTarget(key);
    },
    multipart,
    "conditional-copy": copy,
    ...(target.algorithm === "aws:kms" ? { update } : {}),
  };
}

/**
 * Tries what clients and the conversion do, on objects of its own, and removes them by version id whatever happens.
 *
 * From stage enforce on, a put without the header has to be refused; before, it has to be taken.
 * Where versions get a retention nothing is put, since nobody could delete it.
 */
export async function canaries(reader: BucketReader, { intent, bucket }: Facts): Promise<Finding[]> {
  const lock = known(bucket.objectLock);
  if (lock === undefined) return [];
  if (lock?.Rule?.DefaultRetention) return [finding("note", "canary-refused", "default retention")];
  const prefix = `${canaryPrefix}${randomUUID()}/`;
  const refusesHeaderless =
    intent.fleet?.stage === "enforce" && !intent.fleet.headerlessWriters.includes(intent.roleArn);
  const findings: Finding[] = [];
  try {
    for (const [name, probe] of Object.entries(probes(reader, intent.target, refusesHeaderless))) {
      const toBeRefused = name === "put-without-header" && refusesHeaderless;
      const answer = await probe(`${prefix}${name}`).then(() => "done", codeOf);
      if (answer !== (toBeRefused ? "AccessDenied" : "done")) {
        findings.push(finding("error", "canary-failed", `${name}: ${answer}`));
      }
    }
  } finally {
    findings.push(...(await removeCanaries(reader, prefix)));
  }
  return sorted(findings);
}
