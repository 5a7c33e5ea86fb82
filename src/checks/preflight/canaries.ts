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
import { accepts, type EncryptionTarget } from "../../fleet/fleet";
import { canaryPrefix } from "../../fleet/names";
import { sdkStore } from "../../s3/sdk-store";
import type { BucketReader } from "../bucket-traits";
import { codeOf } from "../settings";
import { removeCanaries } from "./canary-removal";
import type { Facts } from "./facts";
import { type Finding, finding, sorted } from "./finding";
import { known, unseen } from "./looked";
import { isLike } from "./policy/conditions";

const body = "A canary of at-rest preflight. It is deleted again.\n";

const encryptionHeaders = (target: EncryptionTarget) => ({
  ServerSideEncryption: target.algorithm,
  ...(target.algorithm === "AES256" ? {} : { SSEKMSKeyId: target.keyArn }),
  ...(target.algorithm === "aws:kms" ? { BucketKeyEnabled: target.bucketKey } : {}),
});

type Probe = (key: string) => Promise<void>;

/** S3 took a canary, and what became of it is not what was asked for. */
class NotAsAsked extends Error {}

interface Puts {
  /** Whether a put without the header is one of them. */
  readonly underDefault: boolean;
  /** Whether every put of the others carries it. */
  readonly saysHeader: boolean;
}

/** What each canary tries. A probe throws S3's refusal, or NotAsAsked. */
function probes(
  { client, bucket, expectedBucketOwner }: BucketReader,
  target: EncryptionTarget,
  { underDefault, saysHeader }: Puts,
) {
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
    throw new NotAsAsked(`it is under ${algorithm}, ${under}`);
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
    if (tried.is !== "done") throw new NotAsAsked(tried.is === "refused" ? tried.code : tried.is);
    await expectTarget(key);
  };

  return {
    ...(underDefault ? { "put-without-header": async (key: string) => void (await put(key)) } : {}),
    "put-with-header": async (key: string) => {
      await put(key, headers);
      await expectTarget(key);
    },
    multipart,
    "conditional-copy": copy,
    ...(target.algorithm === "aws:kms" ? { update } : {}),
  };
}

/** Whether the bucket's policy, as the stage has it, refuses a put of this caller without the header. */
const refusesHeaderless = ({ fleet, roleArn }: Facts["intent"]): boolean =>
  fleet?.stage === "enforce" &&
  !accepts(fleet, "missing-header") &&
  !fleet.headerlessWriters.some((name) => isLike(roleArn, name));

/** The customer managed key that new objects come under today, where it is not the target's: clients use it, the conversion only decrypts. */
function otherDefaultKey({ intent: { target }, bucket }: Facts): string | undefined {
  const keyArn = known(bucket.encryption)?.keyArn ?? undefined;
  if (keyArn === undefined || /(^|[:/])alias\/aws\/s3$/.test(keyArn)) return undefined;
  return target.algorithm !== "AES256" && target.keyArn === keyArn ? undefined : keyArn;
}

/** How a canary ended: `done`, S3's code, or what became of it. */
const outcomeOf = (probe: Promise<void>): Promise<string> =>
  probe.then(
    () => "done",
    (error: unknown) => (error instanceof NotAsAsked ? error.message : codeOf(error)),
  );

/**
 * Tries what clients and the conversion do, on objects of its own, and removes them by version id whatever happens.
 *
 * From stage enforce on, a put without the header has to be refused; before, it has to be taken. Where it would come
 * under a key that the conversion may only decrypt with, it is not tried: the stage that is judged ends that default.
 * Where versions get a retention, or may get one, nothing is put, since nobody could delete it.
 */
export async function canaries(reader: BucketReader, facts: Facts): Promise<Finding[]> {
  const { intent, bucket } = facts;
  const { objectLock } = bucket;
  if (objectLock.is === "unseen") return [finding("note", "canary-refused", unseen(objectLock))];
  if (objectLock.value?.Rule?.DefaultRetention) return [finding("note", "canary-refused", "default retention")];
  const prefix = `${canaryPrefix}${randomUUID()}/`;
  const headerNeeded = refusesHeaderless(intent);
  const otherKey = headerNeeded ? undefined : otherDefaultKey(facts);
  const findings: Finding[] = [];
  if (otherKey !== undefined)
    findings.push(finding("note", "canary-refused", `put-without-header: the default encryption is under ${otherKey}`));
  const puts = { underDefault: otherKey === undefined, saysHeader: headerNeeded || otherKey !== undefined };
  try {
    for (const [name, probe] of Object.entries(probes(reader, intent.target, puts))) {
      const expected = name === "put-without-header" && headerNeeded ? "AccessDenied" : "done";
      const outcome = await outcomeOf(probe(`${prefix}${name}`));
      if (outcome !== expected) findings.push(finding("error", "canary-failed", `${name}: ${outcome}`));
    }
  } finally {
    findings.push(...(await removeCanaries(reader, prefix)));
  }
  return sorted(findings);
}
