import { createHash } from "node:crypto";
import type { JobManifest, ObjectEncryptionFilter, S3JobManifestGenerator } from "@aws-sdk/client-s3-control";
import { authorizeInput } from "../s3/access";
import { getObject } from "../s3/get";
import { putObject } from "../s3/put";
import type { ObjectEncryption, StoredObject } from "../s3/state";
import { currentVersion, findBucket } from "../s3/versions";
import { AwsError, type Context } from "../service";
import { csvLine, decodeKey, encodeKey, readCsv } from "./csv";
import type { Job, Task } from "./state";

const bucketOf = (arn = ""): string => arn.replace(/^arn:[^:]*:s3:::/, "");

const failure = (code: string, message: string): AwsError => new AwsError(code, 400, message);

/** What a job works on. @throws AwsError with the code and words of a failed job */
export async function tasksOf(context: Context, job: Job): Promise<Task[]> {
  const { Manifest, ManifestGenerator } = job.request;
  if (Manifest) return readManifest(context, Manifest);
  const generator = ManifestGenerator?.S3JobManifestGenerator;
  if (!generator) throw failure("InvalidManifest", "The job has neither a manifest nor a generator.");
  const tasks = generated(context, generator);
  if (generator.EnableManifestOutput) await writeManifest(context, job, generator, tasks);
  return tasks;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-create-job.html#specify-batchjob-manifest */
async function readManifest(context: Context, { Spec, Location }: JobManifest): Promise<Task[]> {
  if (Spec?.Format !== "S3BatchOperations_CSV_20180820") {
    throw new AwsError("NotImplemented", 501, `This local AWS reads no manifests of the format ${Spec?.Format}.`);
  }
  const [, bucket = "", key = ""] = /^arn:[^:]*:s3:::([^/]+)\/(.+)$/.exec(Location?.ObjectArn ?? "") ?? [];
  const object = await getObject(context, { Bucket: bucket, Key: key });
  if (object.ETag?.replaceAll('"', "") !== Location?.ETag?.replaceAll('"', "")) {
    throw failure("ManifestETagMismatch", "The ETag of the manifest is not the one of the job.");
  }
  const fields: readonly string[] = Spec.Fields ?? [];
  const text = Buffer.from(object.Body ?? []).toString();
  return readCsv(text).map((line) => {
    const value = (name: string): string => line[fields.indexOf(name)] ?? "";
    const versionId = value("VersionId");
    return { bucket: value("Bucket"), key: decodeKey(value("Key")), ...(versionId && { versionId }) };
  });
}

/**
 * The current objects that all filters let through.
 *
 * Whether S3's generator lists noncurrent versions for jobs other than replication no page says: an assumption.
 */
function generated(context: Context, { SourceBucket, Filter = {} }: S3JobManifestGenerator): Task[] {
  const bucket = findBucket(context, bucketOf(SourceBucket));
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-iam-role-policies.html
  authorizeInput(context, "s3:PutInventoryConfiguration", { Bucket: bucket.name });
  const [prefix] = Filter.KeyNameConstraint?.MatchAnyPrefix ?? [""];
  const tasks: Task[] = [];
  for (const [key] of bucket.keys.scan()) {
    const object = currentVersion(bucket, key);
    if (object?.is !== "object" || !key.startsWith(prefix ?? "") || !matches(object, Filter)) continue;
    const versionId = bucket.settings.versioning === "Enabled" ? object.versionId : undefined;
    tasks.push({ bucket: bucket.name, key, ...(versionId && { versionId }) });
  }
  return tasks;
}

function matches(object: StoredObject, filter: NonNullable<S3JobManifestGenerator["Filter"]>): boolean {
  const { ObjectSizeGreaterThanBytes: above, ObjectSizeLessThanBytes: below, MatchAnyStorageClass: classes } = filter;
  const [encryption] = filter.MatchAnyObjectEncryption ?? [];
  return (
    (above === undefined || object.body.size > above) &&
    (below === undefined || object.body.size < below) &&
    (classes === undefined || classes.some((one) => one === object.storageClass)) &&
    (encryption === undefined || isUnder(object.encryption, encryption))
  );
}

function isUnder(encryption: ObjectEncryption, filter: ObjectEncryptionFilter): boolean {
  if (filter.SSES3) return encryption.is === "AES256";
  if (filter.NOTSSE) return encryption.is === "none";
  if (filter.SSEC) return encryption.is === "customer";
  if (filter.DSSEKMS) {
    const { KmsKeyArn } = filter.DSSEKMS;
    return encryption.is === "aws:kms:dsse" && (KmsKeyArn === undefined || encryption.keyArn === KmsKeyArn);
  }
  const { KmsKeyArn, BucketKeyEnabled } = filter.SSEKMS ?? {};
  return (
    encryption.is === "aws:kms" &&
    (KmsKeyArn === undefined || encryption.keyArn === KmsKeyArn) &&
    (BucketKeyEnabled === undefined || encryption.bucketKey === BucketKeyEnabled)
  );
}

async function writeManifest(
  context: Context,
  job: Job,
  { ManifestOutputLocation: location }: S3JobManifestGenerator,
  tasks: readonly Task[],
): Promise<void> {
  const bucket = bucketOf(location?.Bucket);
  const text = tasks
    .map(({ bucket: source, key, versionId }) => csvLine([source, encodeKey(key), ...(versionId ? [versionId] : [])]))
    .join("");
  const name = createHash("sha1").update(text).digest("hex");
  const key = `${location?.ManifestPrefix ? `${location.ManifestPrefix}/` : ""}manifest-${job.id}/${name}.csv`;
  const put = await putObject(context, {
    ...{ Bucket: bucket, Key: key, Body: Buffer.from(text), ServerSideEncryption: "AES256" },
    ContentLength: undefined,
  });
  job.generatedManifest = { bucket, key, etag: put.ETag ?? "" };
}
