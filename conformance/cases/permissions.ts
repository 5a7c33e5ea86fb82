import { type Area, behaviour, type Case, iamGuide, kmsGuide, recordedBy, s3Guide, stsApi } from "../case";
import { answers, expectThat, refuses } from "../expect";
import { customerKey, type World } from "../world";
import { textOf } from "./objects";

const needs = ["permissions"] as const;
const everything = (Bucket: string): object => ({
  Effect: "Allow",
  Action: "s3:*",
  Resource: [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/*`],
});
const denyPut = (Bucket: string, Condition: object): object => ({
  Effect: "Deny",
  Principal: "*",
  Action: "s3:PutObject",
  Resource: `arn:aws:s3:::${Bucket}/*`,
  Condition,
});

const sse = "s3:x-amz-server-side-encryption";
const keyId = "s3:x-amz-server-side-encryption-aws-kms-key-id";
const customer = "s3:x-amz-server-side-encryption-customer-algorithm";

type Sent = "nothing" | "AES256" | "aws:kms" | "aws:kms with a key" | "aws:kms:dsse" | "a customer key";
const fields = (sent: Sent, key: string): object => {
  switch (sent) {
    case "nothing":
      return {};
    case "aws:kms with a key":
      return { ServerSideEncryption: "aws:kms", SSEKMSKeyId: key };
    case "a customer key":
      return customerKey("a");
    default:
      return { ServerSideEncryption: sent };
  }
};

interface Row {
  readonly policy: string;
  readonly condition: (key: string) => object;
  readonly denied: readonly Sent[];
  readonly allowed: readonly Sent[];
}
const table: readonly Row[] = [
  {
    policy: "Null of the header",
    condition: () => ({ Null: { [sse]: "true" } }),
    denied: ["nothing", "a customer key"],
    allowed: ["AES256", "aws:kms", "aws:kms:dsse"],
  },
  {
    policy: "StringNotEquals aws:kms",
    condition: () => ({ StringNotEquals: { [sse]: "aws:kms" } }),
    denied: ["nothing", "AES256", "aws:kms:dsse"],
    allowed: ["aws:kms", "aws:kms with a key"],
  },
  {
    policy: "StringNotEquals aws:kms where the header is there",
    condition: () => ({ StringNotEquals: { [sse]: "aws:kms" }, Null: { [sse]: "false" } }),
    denied: ["AES256"],
    allowed: ["nothing", "aws:kms"],
  },
  {
    policy: "StringNotEqualsIfExists aws:kms",
    condition: () => ({ StringNotEqualsIfExists: { [sse]: "aws:kms" } }),
    denied: ["AES256", "nothing"],
    allowed: ["aws:kms"],
  },
  {
    policy: "StringEquals aws:kms without a key",
    condition: () => ({ StringEquals: { [sse]: "aws:kms" }, Null: { [keyId]: "true" } }),
    denied: ["aws:kms"],
    allowed: ["nothing", "AES256", "aws:kms with a key"],
  },
  {
    policy: "ArnNotEquals of the key where there is one",
    condition: (key) => ({ ArnNotEquals: { [keyId]: key }, Null: { [keyId]: "false" } }),
    denied: [],
    allowed: ["nothing", "aws:kms with a key"],
  },
  {
    policy: "StringNotEquals of another key where there is one",
    condition: (key) => ({ StringNotEquals: { [keyId]: `${key}x` }, Null: { [keyId]: "false" } }),
    denied: ["aws:kms with a key"],
    allowed: ["nothing"],
  },
  {
    policy: "Null false of the customer algorithm",
    condition: () => ({ Null: { [customer]: "false" } }),
    denied: ["a customer key"],
    allowed: ["nothing", "aws:kms"],
  },
  {
    policy: "StringLike aws:kms*",
    condition: () => ({ StringLike: { [sse]: "aws:kms*" } }),
    denied: ["aws:kms", "aws:kms:dsse"],
    allowed: ["nothing", "AES256"],
  },
];

const headers: Case[] = table.flatMap(({ policy, condition, denied, allowed }) =>
  [...denied, ...allowed].map((sent) => {
    const isDenied = denied.includes(sent);
    return behaviour(
      `a denial of ${policy} ${isDenied ? "refuses" : "lets through"} a put with ${sent}`,
      "PutObject PutBucketPolicy",
      iamGuide("IAM JSON policy elements: Condition operators"),
      async (world) => {
        const Bucket = await world.bucket({ customerKeys: true });
        const key = await world.key();
        await world.policy(Bucket, denyPut(Bucket, condition(key)));
        const put = world.s3.putObject({ Bucket, Key: "k", Body: "b", ...fields(sent, key) });
        await (isDenied ? refuses(put, 403, "AccessDenied", /explicit deny/) : answers(put));
      },
      { needs: /key|kms/.test(sent) ? [...needs, "tls"] : needs },
    );
  }),
);

interface Global {
  readonly name: string;
  readonly condition: (world: World, arn: string) => object;
  readonly denied: boolean;
  readonly overTls?: boolean;
}
const globals: readonly Global[] = [
  {
    name: "the caller's account, negated",
    condition: ({ account }) => ({ StringNotEquals: { "aws:PrincipalAccount": account } }),
    denied: false,
  },
  { name: "the role's ARN", condition: (_, arn) => ({ ArnEquals: { "aws:PrincipalArn": arn } }), denied: true },
  {
    name: "the role's ARN by a pattern",
    condition: (_, arn) => ({ ArnLike: { "aws:PrincipalArn": arn.replace(/[^/]*$/, "*") } }),
    denied: true,
  },
  {
    name: "another role's ARN",
    condition: (_, arn) => ({ ArnEquals: { "aws:PrincipalArn": `${arn}x` } }),
    denied: false,
  },
  {
    name: "SecureTransport false",
    condition: () => ({ Bool: { "aws:SecureTransport": "false" } }),
    denied: false,
    overTls: true,
  },
  {
    name: "PrincipalIsAWSService false",
    condition: () => ({ Bool: { "aws:PrincipalIsAWSService": "false" } }),
    denied: true,
  },
  {
    name: "a time that has passed",
    condition: () => ({ DateLessThan: { "aws:CurrentTime": "2020-01-01T00:00:00Z" } }),
    denied: false,
  },
  {
    name: "a time that has come",
    condition: () => ({ DateGreaterThan: { "aws:CurrentTime": "2020-01-01T00:00:00Z" } }),
    denied: true,
  },
  {
    name: "an address that it does not come from",
    condition: () => ({ IpAddress: { "aws:SourceIp": "192.0.2.0/24" } }),
    denied: false,
  },
  {
    name: "signature version 4",
    condition: () => ({ StringEquals: { "s3:signatureversion": "AWS4-HMAC-SHA256" } }),
    denied: true,
  },
  {
    name: "the principal type",
    condition: () => ({ StringEquals: { "aws:PrincipalType": "AssumedRole" } }),
    denied: true,
  },
  {
    name: "a key that there is not, positively",
    condition: () => ({ StringEquals: { "aws:PrincipalTag/none": "x" } }),
    denied: false,
  },
  {
    name: "a key that there is not, negated",
    condition: () => ({ StringNotEquals: { "aws:PrincipalTag/none": "x" } }),
    denied: true,
  },
];

const globalKeys: Case[] = globals.map(({ name, condition, denied, overTls }) =>
  behaviour(
    `a denial under ${name} ${denied ? "refuses" : "does not refuse"} a role's put`,
    "PutObject PutBucketPolicy",
    iamGuide("AWS global condition context keys"),
    async (world) => {
      const Bucket = await world.bucket();
      const role = await world.role([everything(Bucket)]);
      await world.policy(Bucket, denyPut(Bucket, condition(world, role.arn)));
      const put = role.s3.putObject({ Bucket, Key: "k", Body: "b" });
      await (denied ? refuses(put, 403, "AccessDenied", /explicit deny in a resource-based policy/) : answers(put));
    },
    { needs: overTls ? [...needs, "tls"] : needs },
  ),
);

const evaluation: Case[] = [
  behaviour(
    "a role without permissions is AccessDenied, and is told who, what and why",
    "GetObject",
    iamGuide("Troubleshoot access denied error messages"),
    async (world) => {
      const Bucket = await world.bucket();
      await world.s3.putObject({ Bucket, Key: "k", Body: "b" });
      const role = await world.role([{ Effect: "Allow", Action: "s3:ListAllMyBuckets", Resource: "*" }]);
      await refuses(
        role.s3.getObject({ Bucket, Key: "k" }),
        403,
        "AccessDenied",
        /^User: arn:aws:sts::\d{12}:assumed-role\/.* is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::.*\/k" because no identity-based policy allows the s3:GetObject action$/,
      );
    },
    { needs },
  ),
  behaviour(
    "a bucket policy alone lets in a role of the same account",
    "GetObject PutBucketPolicy",
    iamGuide("Policy evaluation logic"),
    async (world) => {
      const Bucket = await world.bucket();
      await world.s3.putObject({ Bucket, Key: "k", Body: "b" });
      const role = await world.role([{ Effect: "Allow", Action: "s3:ListAllMyBuckets", Resource: "*" }]);
      await world.policy(Bucket, {
        Effect: "Allow",
        Principal: { AWS: role.arn },
        Action: "s3:GetObject",
        Resource: `arn:aws:s3:::${Bucket}/*`,
      });
      expectThat(await textOf(await role.s3.getObject({ Bucket, Key: "k" })), "b");
    },
    { needs },
  ),
  behaviour(
    "an explicit denial of the identity wins over the bucket policy",
    "GetObject",
    iamGuide("Policy evaluation logic"),
    async (world) => {
      const Bucket = await world.bucket();
      const role = await world.role([{ Effect: "Deny", Action: "s3:GetObject", Resource: "*" }]);
      await world.policy(Bucket, {
        Effect: "Allow",
        Principal: { AWS: role.arn },
        Action: "s3:GetObject",
        Resource: `arn:aws:s3:::${Bucket}/*`,
      });
      await refuses(
        role.s3.getObject({ Bucket, Key: "k" }),
        403,
        "AccessDenied",
        /with an explicit deny in an identity-based policy$/,
      );
    },
    { needs },
  ),
  behaviour(
    "NotAction denies everything else",
    "GetObject PutObject",
    iamGuide("IAM JSON policy elements: NotAction"),
    async (world) => {
      const Bucket = await world.bucket();
      const role = await world.role([
        everything(Bucket),
        { Effect: "Deny", NotAction: ["s3:PutObject"], Resource: "*" },
      ]);
      await answers(role.s3.putObject({ Bucket, Key: "k", Body: "b" }));
      await refuses(role.s3.getObject({ Bucket, Key: "k" }), 403, "AccessDenied");
    },
    { needs },
  ),
  behaviour(
    "NotResource denies every other resource",
    "PutObject",
    iamGuide("IAM JSON policy elements: NotResource"),
    async (world) => {
      const Bucket = await world.bucket();
      const role = await world.role([
        everything(Bucket),
        { Effect: "Deny", Action: "s3:PutObject", NotResource: `arn:aws:s3:::${Bucket}/open/*` },
      ]);
      await answers(role.s3.putObject({ Bucket, Key: "open/k", Body: "b" }));
      await refuses(role.s3.putObject({ Bucket, Key: "closed/k", Body: "b" }), 403, "AccessDenied");
    },
    { needs },
  ),
  behaviour(
    "NotPrincipal denies everybody else",
    "PutObject",
    iamGuide("AWS JSON policy elements: NotPrincipal"),
    async (world) => {
      const Bucket = await world.bucket();
      const role = await world.role([everything(Bucket)]);
      await world.policy(Bucket, {
        Effect: "Deny",
        NotPrincipal: { AWS: [world.account, `arn:aws:iam::${world.account}:root`] },
        Action: "s3:PutObject",
        Resource: `arn:aws:s3:::${Bucket}/*`,
      });
      await refuses(role.s3.putObject({ Bucket, Key: "k", Body: "b" }), 403, "AccessDenied");
    },
    { needs },
  ),
  behaviour(
    "the policy of a session only narrows",
    "PutObject GetObject AssumeRole",
    stsApi("AssumeRole"),
    async (world) => {
      const Bucket = await world.bucket();
      const role = await world.role([everything(Bucket)], { Effect: "Allow", Action: "s3:PutObject", Resource: "*" });
      await answers(role.s3.putObject({ Bucket, Key: "k", Body: "b" }));
      await refuses(
        role.s3.getObject({ Bucket, Key: "k" }),
        403,
        "AccessDenied",
        /because no session policy allows the s3:GetObject action$/,
      );
    },
    { needs },
  ),
  behaviour(
    "a prefix condition narrows a listing",
    "ListObjectsV2",
    s3Guide("Bucket policy examples using condition keys"),
    async (world) => {
      const Bucket = await world.bucket();
      const role = await world.role([
        {
          Effect: "Allow",
          Action: "s3:ListBucket",
          Resource: `arn:aws:s3:::${Bucket}`,
          Condition: { StringLike: { "s3:prefix": "mine/*" } },
        },
      ]);
      await answers(role.s3.listObjectsV2({ Bucket, Prefix: "mine/a" }));
      await refuses(role.s3.listObjectsV2({ Bucket, Prefix: "yours/" }), 403, "AccessDenied");
      await refuses(role.s3.listObjectsV2({ Bucket }), 403, "AccessDenied");
    },
    { needs },
  ),
  behaviour(
    "a max-keys condition narrows a listing",
    "ListObjectsV2",
    s3Guide("Bucket policy examples using condition keys"),
    async (world) => {
      const Bucket = await world.bucket();
      const role = await world.role([
        {
          Effect: "Allow",
          Action: "s3:ListBucket",
          Resource: `arn:aws:s3:::${Bucket}`,
          Condition: { NumericLessThanEquals: { "s3:max-keys": "10" } },
        },
      ]);
      await answers(role.s3.listObjectsV2({ Bucket, MaxKeys: 10 }));
      await refuses(role.s3.listObjectsV2({ Bucket, MaxKeys: 11 }), 403, "AccessDenied");
    },
    { needs },
  ),
  behaviour(
    "who may not list is told AccessDenied where there is no object, who may is told NoSuchKey",
    "GetObject",
    s3Guide("Amazon S3 API operations and policy actions"),
    async (world) => {
      const Bucket = await world.bucket();
      const get = { Effect: "Allow", Action: "s3:GetObject", Resource: `arn:aws:s3:::${Bucket}/*` };
      const blind = await world.role([get]);
      const seeing = await world.role([
        get,
        { Effect: "Allow", Action: "s3:ListBucket", Resource: `arn:aws:s3:::${Bucket}` },
      ]);
      await refuses(blind.s3.getObject({ Bucket, Key: "none" }), 403, "AccessDenied");
      await refuses(seeing.s3.getObject({ Bucket, Key: "none" }), 404, "NoSuchKey");
    },
    { needs },
  ),
  behaviour(
    "a version is read with s3:GetObjectVersion, not with s3:GetObject",
    "GetObject",
    s3Guide("Amazon S3 API operations and policy actions"),
    async (world) => {
      const Bucket = await world.bucket({ versioned: true });
      const { VersionId } = await world.s3.putObject({ Bucket, Key: "k", Body: "b" });
      const Resource = `arn:aws:s3:::${Bucket}/*`;
      const current = await world.role([{ Effect: "Allow", Action: "s3:GetObject", Resource }]);
      const versions = await world.role([{ Effect: "Allow", Action: "s3:GetObjectVersion", Resource }]);
      await refuses(current.s3.getObject({ Bucket, Key: "k", VersionId }), 403, "AccessDenied");
      await answers(versions.s3.getObject({ Bucket, Key: "k", VersionId }));
    },
    { needs },
  ),
  behaviour(
    "a conditional put needs s3:GetObject as well",
    "PutObject",
    s3Guide("Add preconditions to S3 operations with conditional requests"),
    async (world) => {
      const Bucket = await world.bucket();
      const { ETag } = await world.s3.putObject({ Bucket, Key: "k", Body: "b" });
      const role = await world.role([
        { Effect: "Allow", Action: "s3:PutObject", Resource: `arn:aws:s3:::${Bucket}/*` },
      ]);
      await refuses(role.s3.putObject({ Bucket, Key: "k", Body: "c", IfMatch: ETag }), 403, "AccessDenied");
    },
    { needs },
  ),
  behaviour(
    "a put with tags needs s3:PutObjectTagging as well",
    "PutObject",
    s3Guide("Configure tagging policies"),
    async (world) => {
      const Bucket = await world.bucket();
      const role = await world.role([
        { Effect: "Allow", Action: "s3:PutObject", Resource: `arn:aws:s3:::${Bucket}/*` },
      ]);
      await answers(role.s3.putObject({ Bucket, Key: "k", Body: "b" }));
      await refuses(
        role.s3.putObject({ Bucket, Key: "k", Body: "b", Tagging: "a=b" }),
        403,
        "AccessDenied",
        /s3:PutObjectTagging/,
      );
    },
    { needs },
  ),
  behaviour(
    "a copy needs s3:GetObject of its source",
    "CopyObject",
    s3Guide("Amazon S3 API operations and policy actions"),
    async (world) => {
      const Bucket = await world.bucket();
      await world.s3.putObject({ Bucket, Key: "k", Body: "b" });
      const role = await world.role([
        { Effect: "Allow", Action: "s3:PutObject", Resource: `arn:aws:s3:::${Bucket}/*` },
      ]);
      await refuses(role.s3.copyObject({ Bucket, Key: "copy", CopySource: `${Bucket}/k` }), 403, "AccessDenied");
    },
    { needs },
  ),
  behaviour(
    "over plain HTTP SecureTransport is false",
    "PutObject PutBucketPolicy",
    s3Guide("Bucket policies for Amazon S3"),
    async (world) => {
      const bucket = await world.bucket();
      await world.policy(bucket, denyPut(bucket, { Bool: { "aws:SecureTransport": "false" } }));
      expectThat(await world.http({ method: "PUT", bucket, key: "k", body: "b" }), { status: 200 });
      expectThat(await world.http({ method: "PUT", bucket, key: "k", body: "b", overPlainHttp: true }), {
        status: 403,
        code: "AccessDenied",
      });
    },
    { needs: ["permissions", "tls", "plainHttp"] },
  ),
];

const acrossAccounts: Case[] = [
  behaviour(
    "another account's administrator is AccessDenied without a bucket policy",
    "GetObject",
    s3Guide("Bucket owner granting cross-account bucket permissions"),
    async (world) => {
      const Bucket = await world.bucket();
      await refuses(world.other.s3.getObject({ Bucket, Key: "k" }), 403, "AccessDenied");
    },
    { needs: ["permissions", "otherAccount"] },
  ),
  behaviour(
    "a bucket policy lets another account in",
    "GetObject PutBucketPolicy",
    s3Guide("Bucket owner granting cross-account bucket permissions"),
    async (world) => {
      const Bucket = await world.bucket();
      await world.s3.putObject({ Bucket, Key: "k", Body: "b" });
      const { Account } = await world.other.sts.getCallerIdentity({});
      await world.policy(Bucket, {
        Effect: "Allow",
        Principal: { AWS: Account },
        Action: "s3:GetObject",
        Resource: `arn:aws:s3:::${Bucket}/*`,
      });
      expectThat(await textOf(await world.other.s3.getObject({ Bucket, Key: "k" })), "b");
    },
    { needs: ["permissions", "otherAccount"] },
  ),
  behaviour(
    "another account cannot read an object under a key whose policy does not name it",
    "GetObject",
    kmsGuide("Allowing users in other accounts to use a KMS key"),
    async (world) => {
      const Bucket = await world.bucket();
      await world.s3.putObject({
        Bucket,
        Key: "k",
        Body: "b",
        ServerSideEncryption: "aws:kms",
        SSEKMSKeyId: await world.key(),
      });
      const { Account } = await world.other.sts.getCallerIdentity({});
      await world.policy(Bucket, {
        Effect: "Allow",
        Principal: { AWS: Account },
        Action: "s3:GetObject",
        Resource: `arn:aws:s3:::${Bucket}/*`,
      });
      await refuses(world.other.s3.getObject({ Bucket, Key: "k" }), 403, "AccessDenied", /kms:Decrypt/);
    },
    { needs: ["permissions", "otherAccount", "tls"] },
  ),
  behaviour(
    "the wrong expected owner is AccessDenied",
    "PutObject",
    s3Guide("Verifying bucket ownership with bucket owner condition"),
    async (world) => {
      const Bucket = await world.bucket();
      await refuses(
        world.s3.putObject({ Bucket, Key: "k", Body: "b", ExpectedBucketOwner: "000000000000" }),
        403,
        "AccessDenied",
      );
      await answers(world.s3.putObject({ Bucket, Key: "k", Body: "b", ExpectedBucketOwner: world.account }));
    },
    { moto: "AWS is right: documented. moto does not look at the expected owner of a put." },
  ),
  ...["0000", "0000000000020", "abcd", "aa000000000$"].map((ExpectedBucketOwner) =>
    behaviour(
      `the expected owner ${ExpectedBucketOwner} is InvalidBucketOwnerAWSAccountID or refused as such`,
      "GetBucketPolicy",
      recordedBy("test_get_bucket_policy_invalid_account_id"),
      async (world) => {
        const Bucket = await world.bucket();
        await refuses(
          world.s3.getBucketPolicy({ Bucket, ExpectedBucketOwner }),
          400,
          undefined,
          /expected bucket owner/,
        );
      },
      { moto: "AWS is right: recorded. moto does not look at the form." },
    ),
  ),
];

const keyPolicies: Case[] = [
  behaviour(
    "a role needs kms:Decrypt to read an object under SSE-KMS",
    "GetObject",
    s3Guide("Using server-side encryption with AWS KMS keys (SSE-KMS)"),
    async (world) => {
      const Bucket = await world.bucket();
      await world.s3.putObject({
        Bucket,
        Key: "k",
        Body: "b",
        ServerSideEncryption: "aws:kms",
        SSEKMSKeyId: await world.key(),
      });
      const without = await world.role([everything(Bucket)]);
      await refuses(without.s3.getObject({ Bucket, Key: "k" }), 403, "AccessDenied", /kms:Decrypt/);
      const having = await world.role([
        everything(Bucket),
        { Effect: "Allow", Action: "kms:Decrypt", Resource: await world.key() },
      ]);
      await answers(having.s3.getObject({ Bucket, Key: "k" }));
    },
    { needs },
  ),
  behaviour(
    "a role needs kms:GenerateDataKey to put under SSE-KMS",
    "PutObject",
    s3Guide("Using server-side encryption with AWS KMS keys (SSE-KMS)"),
    async (world) => {
      const Bucket = await world.bucket();
      const put = {
        Bucket,
        Key: "k",
        Body: "b",
        ServerSideEncryption: "aws:kms",
        SSEKMSKeyId: await world.key(),
      } as const;
      const without = await world.role([everything(Bucket)]);
      await refuses(without.s3.putObject(put), 403, "AccessDenied", /kms:GenerateDataKey/);
      const having = await world.role([
        everything(Bucket),
        { Effect: "Allow", Action: "kms:GenerateDataKey", Resource: await world.key() },
      ]);
      await answers(having.s3.putObject(put));
    },
    { needs },
  ),
  behaviour(
    "a role that puts under the bucket's default needs kms:GenerateDataKey too",
    "PutObject",
    s3Guide("Setting default server-side encryption behavior for Amazon S3 buckets"),
    async (world) => {
      const Bucket = await world.bucket();
      const rule = {
        ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms" as const, KMSMasterKeyID: await world.key() },
      };
      await world.s3.putBucketEncryption({ Bucket, ServerSideEncryptionConfiguration: { Rules: [rule] } });
      const role = await world.role([everything(Bucket)]);
      await refuses(role.s3.putObject({ Bucket, Key: "k", Body: "b" }), 403, "AccessDenied", /kms:GenerateDataKey/);
    },
    { needs },
  ),
  ...(["object", "bucket"] as const).map((of) =>
    behaviour(
      `S3 gives KMS the ARN of the ${of} as encryption context ${of === "bucket" ? "with" : "without"} a bucket key`,
      "GetObject",
      s3Guide("Reducing the cost of SSE-KMS with Amazon S3 Bucket Keys"),
      async (world) => {
        const Bucket = await world.bucket();
        const SSEKMSKeyId = await world.key();
        await world.s3.putObject({
          Bucket,
          Key: "k",
          Body: "b",
          ServerSideEncryption: "aws:kms",
          SSEKMSKeyId,
          BucketKeyEnabled: of === "bucket",
        });
        const decrypt = (arn: string) => ({
          Effect: "Allow",
          Action: "kms:Decrypt",
          Resource: SSEKMSKeyId,
          Condition: { StringEquals: { "kms:EncryptionContext:aws:s3:arn": arn } },
        });
        const [right, wrong] =
          of === "bucket"
            ? [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/k`]
            : [`arn:aws:s3:::${Bucket}/k`, `arn:aws:s3:::${Bucket}`];
        await answers((await world.role([everything(Bucket), decrypt(right)])).s3.getObject({ Bucket, Key: "k" }));
        await refuses(
          (await world.role([everything(Bucket), decrypt(wrong)])).s3.getObject({ Bucket, Key: "k" }),
          403,
          "AccessDenied",
        );
      },
      { needs },
    ),
  ),
  behaviour(
    "kms:ViaService tells calls that S3 makes from the caller's own",
    "GetObject Decrypt",
    kmsGuide("AWS KMS condition keys"),
    async (world) => {
      const Bucket = await world.bucket();
      const KeyId = await world.key();
      await world.s3.putObject({ Bucket, Key: "k", Body: "b", ServerSideEncryption: "aws:kms", SSEKMSKeyId: KeyId });
      const { CiphertextBlob } = await world.kms.encrypt({ KeyId, Plaintext: Buffer.from("b") });
      const viaS3 = { StringEquals: { "kms:ViaService": `s3.${world.server.region}.amazonaws.com` } };
      const role = await world.role([
        everything(Bucket),
        { Effect: "Allow", Action: "kms:Decrypt", Resource: KeyId, Condition: viaS3 },
      ]);
      await answers(role.s3.getObject({ Bucket, Key: "k" }));
      await refuses(role.kms.decrypt({ CiphertextBlob }), 400, "AccessDeniedException");
    },
    { needs },
  ),
  behaviour(
    "a key policy that denies wins over a role's permissions",
    "PutObject PutKeyPolicy",
    kmsGuide("Key policies in AWS KMS"),
    async (world) => {
      const Bucket = await world.bucket();
      const role = await world.role([everything(Bucket), { Effect: "Allow", Action: "kms:*", Resource: "*" }]);
      const KeyId = await world.ownKey();
      const root = {
        Effect: "Allow",
        Principal: { AWS: `arn:aws:iam::${world.account}:root` },
        Action: "kms:*",
        Resource: "*",
      };
      const deny = {
        Effect: "Deny",
        Principal: "*",
        Action: "kms:GenerateDataKey",
        Resource: "*",
        Condition: { ArnEquals: { "aws:PrincipalArn": role.arn } },
      };
      await world.kms.putKeyPolicy({
        KeyId,
        Policy: JSON.stringify({ Version: "2012-10-17", Statement: [root, deny] }),
      });
      await refuses(
        role.s3.putObject({ Bucket, Key: "k", Body: "b", ServerSideEncryption: "aws:kms", SSEKMSKeyId: KeyId }),
        403,
        "AccessDenied",
        /explicit deny/,
      );
    },
    { needs },
  ),
];

export const policies: Area = {
  name: "Bucket policies and identities",
  cases: [...headers, ...globalKeys, ...evaluation, ...acrossAccounts],
};
export const keyPermissions: Area = { name: "Keys and permissions", needs: ["tls"], cases: keyPolicies };
