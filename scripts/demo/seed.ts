import { createHash } from "node:crypto";
import { join } from "node:path";
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from "@aws-sdk/client-iam";
import { CreateAliasCommand, CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  PutBucketEncryptionCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
} from "@aws-sdk/client-s3";
import { canonicalUserId } from "../../local/s3/arns";
import { contentOf, type RealFile, realFiles } from "./files";
import { type Credentials, root, type World } from "./world";

export const uploads = "acme-uploads";
export const contracts = "acme-contracts";
export const reports = "acme-reports";
export const buckets = [uploads, contracts, reports] as const;

export interface Seeded {
  /** Keys in `acme-uploads` that the application owns: it overwrites and deletes them while they are converted. */
  readonly applicationKeys: readonly string[];
  /** In `acme-uploads` too, but not the application's: metadata, tags, headers, a class, and a partner who may read it. */
  readonly richKey: string;
  /** Of an IAM user that may use the objects of `acme-uploads` and, in IAM, nothing of KMS. */
  readonly applicationCredentials: Credentials;
  /** The key that some objects are under now: the fleet has to name it, or the role that converts may not decrypt with it. */
  readonly legacyKeyArn: string;
  /** What people call the keys, by ARN. */
  readonly keyNames: ReadonlyMap<string, string>;
  /** Keys of the objects that no tool can convert in place: under SSE-C, or locked. */
  readonly inconvertible: ReadonlySet<string>;
  /** Customer keys (base64) of the objects under SSE-C, by key. */
  readonly customerKeys: ReadonlyMap<string, string>;
}

const account = "111111111111";
export const partnerAccount = "222222222222";
export const partnerArn = `arn:aws:iam::${partnerAccount}:root`;
export const partnerKey = "partner/prices.csv";

/** In the bucket policy before us, so it has to be there after us. */
export const partnerStatement = {
  Sid: "PartnerReads",
  Effect: "Allow",
  Principal: { AWS: partnerArn },
  Action: "s3:GetObject",
  Resource: `arn:aws:s3:::${uploads}/partner/*`,
};

type Attributes = Omit<PutObjectCommandInput, "Bucket" | "Key" | "Body">;

const fileSizeLimit = 64 * 1024;
const day = 86_400_000;

/** Names that have broken tools: each is legal in S3. */
const awkwardNames = [
  "names/with space",
  "names/with+plus",
  "names/100%",
  "names/%2e%2e",
  "names/žluťoučký kůň",
  "names/🐎",
  "names/\uffee",
  "names/control\u0001\u001fcharacters",
  "names/line\nbreak",
  "names/<&'\">",
  "names//double//slash",
  "/names/leading slash",
  "names/question?mark#hash",
  `names/${"long".repeat(25)}`,
];

/**
 * Fills the three buckets as years of use leave them. Each object goes through the API, as an application would
 * have put it, but for what S3 does not let anyone make today: those come from the local AWS itself.
 */
export const seed = async (world: World, s3: S3Client): Promise<Seeded> => {
  const legacyKeyArn = await createLegacyKey(world);
  const put = (bucket: string, key: string, body: Uint8Array | string, attributes: Attributes = {}): Promise<unknown> =>
    s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ...attributes }));
  const putFiles = (bucket: string, files: readonly RealFile[], attributes: (index: number) => Attributes) =>
    inParallel(
      files.map((file, index) => [file, index] as const),
      ([file, index]) =>
        put(bucket, file.name, contentOf(file), { ContentType: file.contentType, ...attributes(index) }),
    );
  const location = { CreateBucketConfiguration: { LocationConstraint: "eu-west-1" as const } };
  await s3.send(new CreateBucketCommand({ Bucket: uploads, ObjectOwnership: "ObjectWriter", ...location }));
  await s3.send(new CreateBucketCommand({ Bucket: contracts, ObjectLockEnabledForBucket: true, ...location }));
  await s3.send(new CreateBucketCommand({ Bucket: reports, ...location }));
  await s3.send(new PutBucketVersioningCommand({ Bucket: contracts, VersioningConfiguration: { Status: "Enabled" } }));

  world.aws.addAccount(partnerAccount);
  const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [partnerStatement] });
  await s3.send(new PutBucketPolicyCommand({ Bucket: uploads, Policy }));
  const partner = {
    GrantRead: `id=${canonicalUserId(partnerAccount)}`,
    GrantFullControl: `id=${canonicalUserId(account)}`,
  };

  const files = realFiles(join(root, "node_modules/@aws-sdk"), 2000, fileSizeLimit);
  const documents = realFiles(join(root, "node_modules/zod"), 360, fileSizeLimit);

  // Before 2023-01-05 S3 stored what came without a header as it came.
  world.aws.state.s3.defaultEncryption = "none";
  const unencrypted = files.slice(0, 1300);
  await putFiles(uploads, unencrypted, (index) => ({ ...attributesOf(index), ...(index % 17 === 0 && partner) }));
  await inParallel(awkwardNames, (key) => put(uploads, key, `content of ${key}`, { Metadata: { awkward: "yes" } }));
  await put(uploads, "empty", new Uint8Array());
  await put(uploads, partnerKey, "tariff,price\n");
  await put(uploads, "moved", new Uint8Array(), { WebsiteRedirectLocation: "/moved/to/here" });
  await putFiles(contracts, documents.slice(0, 60), (index) => attributesOf(index));
  await putFiles(reports, documents.slice(120, 300), () => ({}));
  world.aws.seedObject({
    bucket: uploads,
    key: "video/master.mxf",
    size: 6 * 1024 ** 3,
    contentType: "application/mxf",
    encryption: "none",
  });
  world.aws.state.s3.defaultEncryption = "AES256";

  // From then on as SSE-S3, whatever came without a header. This bucket's account has objects under SSE-C, so S3 did not
  // block them when it did for everybody else in April 2026.
  await s3.send(
    new PutBucketEncryptionCommand({
      Bucket: uploads,
      ServerSideEncryptionConfiguration: {
        Rules: [
          {
            ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" },
            BlockedEncryptionTypes: { EncryptionType: ["NONE"] },
          },
        ],
      },
    }),
  );
  await putFiles(uploads, files.slice(1300, 1800), (index) => attributesOf(index));
  await putFiles(contracts, documents.slice(60, 120), (index) => (index < 20 ? { Metadata: { draft: "no" } } : {}));
  await putFiles(reports, documents.slice(300, 340), () => ({}));
  world.aws.seedObject({
    bucket: uploads,
    key: "video/proxy.mxf",
    size: 6 * 1024 ** 3,
    contentType: "application/mxf",
    encryption: "AES256",
  });
  await put(uploads, "archive/2024.tar", "an archive", { StorageClass: "GLACIER" });
  await put(uploads, "archive/2025.tar", "another archive", { StorageClass: "DEEP_ARCHIVE" });

  // Under other keys.
  const underKey = { ServerSideEncryption: "aws:kms", SSEKMSKeyId: legacyKeyArn } as const;
  await putFiles(uploads, files.slice(1800, 1900), () => underKey);
  await putFiles(uploads, files.slice(1900, 2000), () => ({ ServerSideEncryption: "aws:kms" }));
  await putFiles(reports, documents.slice(340, 360), () => underKey);
  const customerKeys = new Map<string, string>();
  for (const name of ["vault/a", "vault/b", "vault/c"]) {
    const customerKey = createHash("sha256").update(name).digest("base64");
    customerKeys.set(name, customerKey);
    await put(uploads, name, `secret of ${name}`, { SSECustomerAlgorithm: "AES256", SSECustomerKey: customerKey });
  }

  // Versions, delete markers, and locks.
  await putFiles(contracts, documents.slice(0, 20), () => ({ Metadata: { revision: "2" } }));
  for (const file of documents.slice(20, 25))
    await s3.send(new DeleteObjectCommand({ Bucket: contracts, Key: file.name }));
  const retainUntil = new Date(Date.now() + 365 * day);
  await put(contracts, "signed/lease.pdf", "a lease", {
    ObjectLockMode: "GOVERNANCE",
    ObjectLockRetainUntilDate: retainUntil,
  });
  await put(contracts, "signed/merger.pdf", "a merger", { ObjectLockLegalHoldStatus: "ON" });
  return {
    applicationKeys: unencrypted.slice(100, 160).map((file) => file.name),
    richKey: unencrypted[0]?.name ?? "", // zero is a multiple of every step in attributesOf
    applicationCredentials: await createApplicationUser(world),
    legacyKeyArn,
    keyNames: new Map([[legacyKeyArn, "alias/legacy"]]),
    inconvertible: new Set([...customerKeys.keys(), "signed/lease.pdf", "signed/merger.pdf"]),
    customerKeys,
  };
};

const createLegacyKey = async (world: World): Promise<string> => {
  const kms = new KMSClient(world.clientConfiguration);
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({ Description: "what some objects were put under" }));
  if (!KeyMetadata?.Arn) throw new Error("KMS made a key without an ARN");
  await kms.send(new CreateAliasCommand({ AliasName: "alias/legacy", TargetKeyId: KeyMetadata.Arn }));
  kms.destroy();
  return KeyMetadata.Arn;
};

const createApplicationUser = async (world: World): Promise<Credentials> => {
  const iam = new IAMClient(world.clientConfiguration);
  const UserName = "application";
  const objects = {
    Effect: "Allow",
    Action: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
    Resource: `arn:aws:s3:::${uploads}/*`,
  };
  const list = { Effect: "Allow", Action: "s3:ListBucket", Resource: `arn:aws:s3:::${uploads}` };
  const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [objects, list] });
  await iam.send(new CreateUserCommand({ UserName }));
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: "objects", PolicyDocument }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  iam.destroy();
  return { accessKeyId: AccessKey?.AccessKeyId ?? "", secretAccessKey: AccessKey?.SecretAccessKey ?? "" };
};

/** Every so often an object carries what careless copies lose. */
const attributesOf = (index: number): Attributes => ({
  ...(index % 5 === 0 && { Metadata: { "uploaded-by": "jane", ticket: `T-${index}` } }),
  ...(index % 7 === 0 && { Tagging: `team=web&sensitivity=${index % 2 ? "high" : "low%20or%20none"}` }),
  ...(index % 11 === 0 && { StorageClass: "STANDARD_IA" }),
  ...(index % 13 === 0 && { CacheControl: "max-age=3600", ContentDisposition: "attachment", ContentLanguage: "en" }),
});

const inParallel = async <Item>(items: readonly Item[], work: (item: Item) => Promise<unknown>): Promise<void> => {
  const queue = items.values();
  const worker = async (): Promise<void> => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: 16 }, worker));
};
