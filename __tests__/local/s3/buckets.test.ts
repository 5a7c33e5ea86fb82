import {
  CreateBucketCommand,
  type CreateBucketCommandInput,
  DeleteBucketCommand,
  DeleteBucketEncryptionCommand,
  DeleteBucketLifecycleCommand,
  DeleteBucketOwnershipControlsCommand,
  DeleteBucketPolicyCommand,
  DeleteBucketTaggingCommand,
  DeletePublicAccessBlockCommand,
  GetBucketAccelerateConfigurationCommand,
  GetBucketAclCommand,
  GetBucketCorsCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketLocationCommand,
  GetBucketLoggingCommand,
  GetBucketNotificationConfigurationCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketPolicyCommand,
  GetBucketPolicyStatusCommand,
  GetBucketReplicationCommand,
  GetBucketRequestPaymentCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  GetBucketWebsiteCommand,
  GetObjectLockConfigurationCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  type LifecycleRule,
  ListBucketsCommand,
  type ObjectLockRule,
  PutBucketAclCommand,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectLockConfigurationCommand,
  PutPublicAccessBlockCommand,
  type ServerSideEncryptionRule,
  type Tag,
} from "@aws-sdk/client-s3";
import { account, localS3, otherAccount, refused } from "../clients";

const Bucket = "my-bucket";

async function withBucket(more: Partial<CreateBucketCommandInput> = {}) {
  const local = localS3();
  await local.s3.send(new CreateBucketCommand({ Bucket, ...more }));
  return local;
}

const constraint = (LocationConstraint: string): Partial<CreateBucketCommandInput> =>
  // biome-ignore lint/suspicious/noExplicitAny: the type enumerates the regions, and one of the tests is about others.
  ({ CreateBucketConfiguration: { LocationConstraint: LocationConstraint as any } });

describe("where a bucket is", () => {
  test.each([
    ["us-east-1", undefined, undefined, "/my-bucket"],
    ["us-east-1", "eu-west-1", "eu-west-1", "http://my-bucket.s3.amazonaws.com/"],
    ["eu-west-1", "eu-west-1", "eu-west-1", "http://my-bucket.s3.amazonaws.com/"],
  ])("created at %s with constraint %s, it says %s", async (endpoint, asked, location, url) => {
    const { aws, client } = localS3();
    const s3 = client(aws.addAccount(account), endpoint);
    const created = await s3.send(new CreateBucketCommand({ Bucket, ...(asked ? constraint(asked) : {}) }));
    expect(created).toMatchObject({ Location: url, BucketArn: "arn:aws:s3:::my-bucket" });
    expect((await s3.send(new GetBucketLocationCommand({ Bucket }))).LocationConstraint).toBe(location);
  });

  test.each([
    ["us-east-1", "us-east-1", "InvalidLocationConstraint", "The specified location-constraint is not valid"],
    ["us-east-1", "foo", "InvalidLocationConstraint", "The specified location-constraint is not valid"],
    [
      "eu-west-1",
      "us-west-1",
      "IllegalLocationConstraintException",
      "The us-west-1 location constraint is incompatible for the region specific endpoint this request was sent to.",
    ],
  ])("at %s the constraint %s is refused", async (endpoint, asked, code, message) => {
    const { aws, client } = localS3();
    const s3 = client(aws.addAccount(account), endpoint);
    const input = { Bucket, ...constraint(asked) };
    expect(await refused(s3.send(new CreateBucketCommand(input)))).toMatchObject({ code, status: 400, message });
  });

  test("another region's endpoint redirects to the bucket's", async () => {
    const { aws, client } = await withBucket(constraint("eu-west-1"));
    const s3 = client(aws.addAccount(account), "us-west-2");
    const answer = await refused(s3.send(new GetBucketPolicyCommand({ Bucket })));
    expect(answer).toMatchObject({ code: "PermanentRedirect", status: 301 });
    const response = (await s3.send(new HeadBucketCommand({ Bucket })).catch((error) => error.$response)) as {
      headers: Record<string, string>;
    };
    expect(response.headers["x-amz-bucket-region"]).toBe("eu-west-1");
  });
});

test("a bucket's name is nobody else's, and one's own only once, but for us-east-1", async () => {
  const { aws, client, s3 } = await withBucket();
  await s3.send(new CreateBucketCommand({ Bucket }));
  const create = new CreateBucketCommand({ Bucket, ...constraint("eu-west-1") });
  expect(await refused(s3.send(create))).toMatchObject({ code: "BucketAlreadyOwnedByYou", status: 409 });
  const stranger = client(aws.addAccount(otherAccount));
  expect(await refused(stranger.send(new CreateBucketCommand({ Bucket })))).toMatchObject({
    code: "BucketAlreadyExists",
    status: 409,
  });
});

test.each([
  "ab",
  "UPPER-case",
  "under_score",
  "two..dots",
  "192.168.0.1",
  "-dash",
  "xn--a",
  "a-s3alias",
  "a".repeat(64),
])("%s is no bucket name", async (name) => {
  const { s3 } = localS3();
  expect(await refused(s3.send(new CreateBucketCommand({ Bucket: name })))).toMatchObject({
    code: "InvalidBucketName",
    status: 400,
  });
});

test("a new bucket is as S3 makes them today", async () => {
  const { s3 } = await withBucket();
  expect((await s3.send(new GetBucketOwnershipControlsCommand({ Bucket }))).OwnershipControls?.Rules).toEqual([
    { ObjectOwnership: "BucketOwnerEnforced" },
  ]);
  expect((await s3.send(new GetPublicAccessBlockCommand({ Bucket }))).PublicAccessBlockConfiguration).toEqual({
    BlockPublicAcls: true,
    IgnorePublicAcls: true,
    BlockPublicPolicy: true,
    RestrictPublicBuckets: true,
  });
  expect(await s3.send(new GetBucketVersioningCommand({ Bucket }))).not.toHaveProperty("Status");
  expect((await s3.send(new GetBucketEncryptionCommand({ Bucket }))).ServerSideEncryptionConfiguration?.Rules).toEqual([
    {
      ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" },
      BucketKeyEnabled: false,
      BlockedEncryptionTypes: { EncryptionType: ["SSE-C"] },
    },
  ]);
  const { Grants, Owner } = await s3.send(new GetBucketAclCommand({ Bucket }));
  expect(Grants).toEqual([{ Grantee: { Type: "CanonicalUser", ID: Owner?.ID }, Permission: "FULL_CONTROL" }]);
  expect(await s3.send(new GetBucketRequestPaymentCommand({ Bucket }))).toMatchObject({ Payer: "BucketOwner" });
  expect(await s3.send(new GetBucketLoggingCommand({ Bucket }))).not.toHaveProperty("LoggingEnabled");
  expect(await s3.send(new GetBucketAccelerateConfigurationCommand({ Bucket }))).not.toHaveProperty("Status");
  expect(await s3.send(new GetBucketNotificationConfigurationCommand({ Bucket }))).not.toHaveProperty(
    "QueueConfigurations",
  );
  expect(await s3.send(new HeadBucketCommand({ Bucket }))).toMatchObject({
    BucketRegion: "us-east-1",
    AccessPointAlias: false,
  });
});

test.each([
  ["NoSuchBucketPolicy", new GetBucketPolicyCommand({ Bucket })],
  ["NoSuchBucketPolicy", new GetBucketPolicyStatusCommand({ Bucket })],
  ["NoSuchTagSet", new GetBucketTaggingCommand({ Bucket })],
  ["NoSuchLifecycleConfiguration", new GetBucketLifecycleConfigurationCommand({ Bucket })],
  ["NoSuchCORSConfiguration", new GetBucketCorsCommand({ Bucket })],
  ["NoSuchWebsiteConfiguration", new GetBucketWebsiteCommand({ Bucket })],
  ["ReplicationConfigurationNotFoundError", new GetBucketReplicationCommand({ Bucket })],
  ["ObjectLockConfigurationNotFoundError", new GetObjectLockConfigurationCommand({ Bucket })],
])("%s is what a bucket says that was never told", async (code, command) => {
  const { s3 } = await withBucket();
  expect(await refused(s3.send(command as GetBucketPolicyCommand))).toMatchObject({ code, status: 404 });
});

test("what a bucket was told otherwise is shown in the shape of each answer", async () => {
  const { aws, s3 } = await withBucket();
  const bucket = aws.state.s3.buckets.get(Bucket);
  if (!bucket) throw new Error("The bucket is missing.");
  const rule = { ID: "all", Status: "Enabled", Destination: { Bucket: "arn:aws:s3:::other" } } as const;
  bucket.settings.replication = { Role: "arn:aws:iam::111122223333:role/r", Rules: [rule] };
  bucket.settings.notification = { QueueConfigurations: [{ QueueArn: "arn:q", Events: ["s3:ObjectCreated:*"] }] };
  bucket.settings.logging = { LoggingEnabled: { TargetBucket: "logs", TargetPrefix: "p/" } };
  const replication = await s3.send(new GetBucketReplicationCommand({ Bucket }));
  expect(replication.ReplicationConfiguration).toEqual(bucket.settings.replication);
  const notification = await s3.send(new GetBucketNotificationConfigurationCommand({ Bucket }));
  expect(notification).toMatchObject(bucket.settings.notification);
  expect(await s3.send(new GetBucketLoggingCommand({ Bucket }))).toMatchObject(bucket.settings.logging);
});

test("a bucket goes only when it is empty, of versions too", async () => {
  const { s3 } = await withBucket();
  await s3.send(new PutObjectCommand({ Bucket, Key: "key", Body: "body" }));
  expect(await refused(s3.send(new DeleteBucketCommand({ Bucket })))).toMatchObject({
    code: "BucketNotEmpty",
    status: 409,
    message: "The bucket you tried to delete is not empty",
  });
  await s3.send(new CreateBucketCommand({ Bucket: "my-empty-bucket" }));
  await s3.send(new DeleteBucketCommand({ Bucket: "my-empty-bucket" }));
  const gone = await refused(s3.send(new GetBucketPolicyCommand({ Bucket: "my-empty-bucket" })));
  expect(gone).toMatchObject({ code: "NoSuchBucket", status: 404, fields: { BucketName: "my-empty-bucket" } });
});

test("buckets are listed by name, in pages, and only to their owner", async () => {
  const { aws, client, s3 } = localS3();
  for (const name of ["b-two", "a-one", "b-three"]) await s3.send(new CreateBucketCommand({ Bucket: name }));
  await client(aws.addAccount(otherAccount)).send(new CreateBucketCommand({ Bucket: "b-foreign" }));
  const all = await s3.send(new ListBucketsCommand({}));
  expect(all.Buckets?.map(({ Name }) => Name)).toEqual(["a-one", "b-three", "b-two"]);
  const first = await s3.send(new ListBucketsCommand({ Prefix: "b-", MaxBuckets: 1 }));
  expect(first).toMatchObject({ Prefix: "b-", Buckets: [{ Name: "b-three", BucketRegion: "us-east-1" }] });
  const second = await s3.send(new ListBucketsCommand({ Prefix: "b-", ContinuationToken: first.ContinuationToken }));
  expect(second.Buckets?.map(({ Name }) => Name)).toEqual(["b-two"]);
  expect(second.ContinuationToken).toBeUndefined();
});

test("a bucket of another owner than expected is not touched", async () => {
  const { s3 } = await withBucket();
  const ask = (ExpectedBucketOwner: string) =>
    refused(s3.send(new GetBucketPolicyCommand({ Bucket, ExpectedBucketOwner })));
  expect(await ask(otherAccount)).toMatchObject({ code: "AccessDenied", status: 403 });
  expect(await ask("0000")).toMatchObject({ code: "InvalidBucketOwnerAWSAccountID", status: 400 });
  expect(await ask(account)).toMatchObject({ code: "NoSuchBucketPolicy" });
});

describe("default encryption", () => {
  const put = (...Rules: ServerSideEncryptionRule[]) =>
    new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration: { Rules } });
  const kms = {
    ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms", KMSMasterKeyID: "no-such-key" },
  } as const;

  test("is replaced without a look at the key, while what is blocked stays until it is named", async () => {
    const { s3 } = await withBucket();
    const rule = async () =>
      (await s3.send(new GetBucketEncryptionCommand({ Bucket }))).ServerSideEncryptionConfiguration?.Rules?.[0];
    await s3.send(put({ ...kms, BucketKeyEnabled: true }));
    expect(await rule()).toEqual({
      ...kms,
      BucketKeyEnabled: true,
      BlockedEncryptionTypes: { EncryptionType: ["SSE-C"] },
    });
    await s3.send(put({ BlockedEncryptionTypes: { EncryptionType: ["NONE"] } }));
    expect(await rule()).toEqual({
      ...kms,
      BucketKeyEnabled: true,
      BlockedEncryptionTypes: { EncryptionType: ["NONE"] },
    });
    await s3.send(new DeleteBucketEncryptionCommand({ Bucket }));
    expect(await rule()).toMatchObject({ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } });
  });

  test.each<[string, ServerSideEncryptionRule[], string]>([
    ["no rule", [], "MalformedXML"],
    ["two rules", [kms, kms], "MalformedXML"],
    [
      "an unknown algorithm",
      [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "rot13" as "AES256" } }],
      "MalformedXML",
    ],
    [
      "a key for SSE-S3",
      [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256", KMSMasterKeyID: "k" } }],
      "InvalidArgument",
    ],
  ])("with %s is refused", async (_, rules, code) => {
    const { s3 } = await withBucket();
    expect(await refused(s3.send(put(...rules)))).toMatchObject({ code, status: 400 });
  });

  test("did not exist before 2023, unless it was put", async () => {
    const { aws, s3 } = localS3();
    aws.state.s3.defaultEncryption = "none";
    await s3.send(new CreateBucketCommand({ Bucket }));
    expect(await refused(s3.send(new GetBucketEncryptionCommand({ Bucket })))).toMatchObject({
      code: "ServerSideEncryptionConfigurationNotFoundError",
      status: 404,
    });
    aws.state.s3.defaultEncryption = "AES256";
    const { ServerSideEncryptionConfiguration } = await s3.send(new GetBucketEncryptionCommand({ Bucket }));
    expect(ServerSideEncryptionConfiguration?.Rules?.[0]?.BlockedEncryptionTypes?.EncryptionType).toEqual(["NONE"]);
  });
});

describe("a bucket policy", () => {
  const arn = `arn:aws:s3:::${Bucket}`;
  const allow = { Effect: "Allow", Principal: { AWS: account }, Action: "s3:GetObject", Resource: `${arn}/*` };
  const policyOf = (...Statement: object[]): string => JSON.stringify({ Version: "2012-10-17", Statement });
  const put = (Policy: string) => new PutBucketPolicyCommand({ Bucket, Policy });

  test("is kept to the letter, and gone when it is deleted", async () => {
    const { s3 } = await withBucket();
    const text = ` ${policyOf(allow)}\n`.trimStart();
    expect((await s3.send(put(text))).$metadata.httpStatusCode).toBe(204);
    expect((await s3.send(new GetBucketPolicyCommand({ Bucket }))).Policy).toBe(text);
    await s3.send(new DeleteBucketPolicyCommand({ Bucket }));
    await s3.send(new DeleteBucketPolicyCommand({ Bucket }));
    expect((await refused(s3.send(new GetBucketPolicyCommand({ Bucket })))).code).toBe("NoSuchBucketPolicy");
  });

  test.each([
    ["text", "policy", "Policies must be valid JSON and the first byte must be '{'"],
    ["an empty object", "{}", "Missing required field Statement"],
    [
      "a user who is not there",
      policyOf({ ...allow, Principal: { AWS: `arn:aws:iam::${account}:user/nobody` } }),
      "Invalid principal in policy",
    ],
    ["another bucket", policyOf({ ...allow, Resource: "arn:aws:s3:::other/*" }), "Policy has invalid resource"],
    ["another service's action", policyOf({ ...allow, Action: "kms:Decrypt" }), "Policy has invalid action"],
    [
      "an object's action on the bucket",
      policyOf({ ...allow, Resource: arn }),
      "Action does not apply to any resource(s) in statement",
    ],
    [
      "a bucket's action on objects",
      policyOf({ ...allow, Action: ["s3:GetObject", "s3:ListBucket"] }),
      "Action does not apply to any resource(s) in statement",
    ],
  ])("with %s is malformed", async (_, policy, message) => {
    const { s3 } = await withBucket();
    expect(await refused(s3.send(put(policy)))).toMatchObject({ code: "MalformedPolicy", status: 400, message });
  });

  test("beyond 20 KB is too large", async () => {
    const { s3 } = await withBucket();
    const large = policyOf({ ...allow, Sid: "a".repeat(20_480) });
    expect((await refused(s3.send(put(large)))).code).toBe("PolicyTooLarge");
  });

  test.each([
    ["everybody", { ...allow, Principal: "*" }, true],
    ["everybody, in another spelling", { ...allow, Principal: { AWS: ["*"] } }, true],
    [
      "everybody of one organisation",
      { ...allow, Principal: "*", Condition: { StringEquals: { "aws:PrincipalOrgID": "o-1" } } },
      false,
    ],
    [
      "everybody with any account",
      { ...allow, Principal: "*", Condition: { StringLike: { "aws:SourceAccount": "*" } } },
      true,
    ],
    ["everybody over TLS", { ...allow, Principal: "*", Condition: { Bool: { "aws:SecureTransport": "true" } } }, true],
    ["an account", allow, false],
    ["nobody, since it denies", { ...allow, Principal: "*", Effect: "Deny" }, false],
  ])("for %s is public or not, and blocked accordingly", async (_, statement, isPublic) => {
    const { s3 } = await withBucket();
    const blocked = await s3.send(put(policyOf(statement))).then(
      () => false,
      (error) => error.name === "AccessDenied",
    );
    expect(blocked).toBe(isPublic);
    await s3.send(new DeletePublicAccessBlockCommand({ Bucket }));
    await s3.send(put(policyOf(statement)));
    const { PolicyStatus } = await s3.send(new GetBucketPolicyStatusCommand({ Bucket }));
    expect(PolicyStatus?.IsPublic).toBe(isPublic);
  });

  test("that denies an administrator holds", async () => {
    const { s3 } = await withBucket();
    await s3.send(
      put(policyOf({ Effect: "Deny", Principal: "*", Action: "s3:PutEncryptionConfiguration", Resource: arn })),
    );
    const command = new DeleteBucketEncryptionCommand({ Bucket });
    expect(await refused(s3.send(command))).toMatchObject({
      code: "AccessDenied",
      status: 403,
      message: `User: arn:aws:iam::${account}:user/administrator is not authorized to perform: s3:PutEncryptionConfiguration on resource: "${arn}" with an explicit deny in a resource-based policy`,
    });
  });
});

test("the public access block is replaced as a whole", async () => {
  const { s3 } = await withBucket();
  await s3.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: { BlockPublicAcls: true } }));
  expect((await s3.send(new GetPublicAccessBlockCommand({ Bucket }))).PublicAccessBlockConfiguration).toEqual({
    BlockPublicAcls: true,
    IgnorePublicAcls: false,
    BlockPublicPolicy: false,
    RestrictPublicBuckets: false,
  });
  await s3.send(new DeletePublicAccessBlockCommand({ Bucket }));
  const gone = await refused(s3.send(new GetPublicAccessBlockCommand({ Bucket })));
  expect(gone).toMatchObject({ code: "NoSuchPublicAccessBlockConfiguration", status: 404 });
});

describe("versioning and object lock", () => {
  const versioning = (Status?: string) =>
    new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: Status as "Enabled" } });
  const lock = (Rule?: ObjectLockRule) =>
    new PutObjectLockConfigurationCommand({ Bucket, ObjectLockConfiguration: { ObjectLockEnabled: "Enabled", Rule } });

  test("versioning is enabled and suspended, and nothing else", async () => {
    const { s3 } = await withBucket();
    for (const status of ["Suspended", "Enabled"]) {
      await s3.send(versioning(status));
      expect((await s3.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBe(status);
    }
    expect((await refused(s3.send(versioning("enabled")))).code).toBe("MalformedXML");
    expect((await refused(s3.send(versioning()))).code).toBe("IllegalVersioningConfigurationException");
  });

  test("a bucket made with object lock is versioned for good", async () => {
    const { s3 } = await withBucket({ ObjectLockEnabledForBucket: true });
    expect((await s3.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBe("Enabled");
    expect(await refused(s3.send(versioning("Suspended")))).toMatchObject({ code: "InvalidBucketState", status: 409 });
    await s3.send(lock({ DefaultRetention: { Mode: "GOVERNANCE", Days: 1 } }));
    const { ObjectLockConfiguration } = await s3.send(new GetObjectLockConfigurationCommand({ Bucket }));
    expect(ObjectLockConfiguration?.Rule?.DefaultRetention).toEqual({ Mode: "GOVERNANCE", Days: 1 });
  });

  test("object lock needs versioning, a mode, and days or years", async () => {
    const { s3 } = await withBucket();
    expect((await refused(s3.send(lock()))).code).toBe("InvalidBucketState");
    await s3.send(versioning("Enabled"));
    await s3.send(lock());
    for (const retention of [
      {},
      { Mode: "GOVERNANCE" },
      { Days: 1 },
      { Mode: "GOVERNANCE", Days: 1, Years: 1 },
    ] as const) {
      expect((await refused(s3.send(lock({ DefaultRetention: retention })))).code).toBe("MalformedXML");
    }
  });
});

describe("tags", () => {
  const put = (...TagSet: Tag[]) => new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } });

  test("are replaced as a whole, and putting none takes them away", async () => {
    const { s3 } = await withBucket({ CreateBucketConfiguration: { Tags: [{ Key: "made", Value: "with" }] } });
    const tags = async () => (await s3.send(new GetBucketTaggingCommand({ Bucket }))).TagSet;
    expect(await tags()).toEqual([{ Key: "made", Value: "with" }]);
    await s3.send(put({ Key: "tag", Value: "" }));
    expect(await tags()).toEqual([{ Key: "tag", Value: "" }]);
    await s3.send(put());
    expect((await refused(tags())).code).toBe("NoSuchTagSet");
    await s3.send(new DeleteBucketTaggingCommand({ Bucket }));
  });

  test.each<[string, Tag[]]>([
    [
      "Cannot provide multiple Tags with the same key",
      [
        { Key: "a", Value: "1" },
        { Key: "a", Value: "2" },
      ],
    ],
    ["The TagKey you have provided is invalid", [{ Key: "a,b", Value: "1" }]],
    ["The TagValue you have provided is invalid", [{ Key: "a", Value: "1,2" }]],
    ["System tags cannot be added/updated by requester", [{ Key: "aws:a", Value: "1" }]],
  ])("%s", async (message, tags) => {
    const { s3 } = await withBucket();
    expect(await refused(s3.send(put(...tags)))).toMatchObject({ code: "InvalidTag", status: 400, message });
  });
});

describe("lifecycle rules", () => {
  const put = (...Rules: LifecycleRule[]) =>
    new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } });
  const rule = { ID: "one", Status: "Enabled", Filter: { Prefix: "" }, Expiration: { Days: 7 } } as const;

  test("come back as they were put", async () => {
    const { s3 } = await withBucket();
    const { ID, ...unnamed } = { ...rule, Filter: { And: { Prefix: "a", Tags: [{ Key: "k", Value: "v" }] } } };
    await s3.send(put(rule, { ...unnamed, NoncurrentVersionExpiration: { NoncurrentDays: 3 } }));
    const { Rules, TransitionDefaultMinimumObjectSize } = await s3.send(
      new GetBucketLifecycleConfigurationCommand({ Bucket }),
    );
    expect(Rules?.[0]).toEqual(rule);
    expect(Rules?.[1]).toMatchObject({ ...unnamed, ID: expect.stringMatching(/./) });
    expect(TransitionDefaultMinimumObjectSize).toBe("all_storage_classes_128K");
    await s3.send(new DeleteBucketLifecycleCommand({ Bucket }));
  });

  test.each<[string, LifecycleRule, string]>([
    ["no filter", { ID: "a", Status: "Enabled", Expiration: { Days: 7 } }, "MalformedXML"],
    ["filter and prefix", { ...rule, Prefix: "a" }, "MalformedXML"],
    ["no action", { ID: "a", Status: "Enabled", Filter: {} }, "MalformedXML"],
    ["two kinds of expiry", { ...rule, Expiration: { Days: 7, ExpiredObjectDeleteMarker: true } }, "MalformedXML"],
    [
      "a date that is not midnight",
      { ...rule, Expiration: { Date: new Date("2027-01-01T01:00:00Z") } },
      "InvalidArgument",
    ],
    [
      "one tag twice",
      {
        ...rule,
        Filter: {
          And: {
            Tags: [
              { Key: "a", Value: "1" },
              { Key: "a", Value: "2" },
            ],
          },
        },
      },
      "InvalidRequest",
    ],
  ])("with %s are refused", async (_, wrong, code) => {
    const { s3 } = await withBucket();
    expect(await refused(s3.send(put(wrong)))).toMatchObject({ code, status: 400 });
  });
});

test("ACLs work only where ownership leaves them on, and public ones only unblocked", async () => {
  const { s3 } = await withBucket();
  const publish = new PutBucketAclCommand({ Bucket, ACL: "public-read" });
  expect((await refused(s3.send(publish))).code).toBe("AccessControlListNotSupported");
  const own = (ObjectOwnership: "ObjectWriter" | "BucketOwnerEnforced") =>
    s3.send(new PutBucketOwnershipControlsCommand({ Bucket, OwnershipControls: { Rules: [{ ObjectOwnership }] } }));
  await own("ObjectWriter");
  expect((await refused(s3.send(publish))).code).toBe("AccessDenied");
  await s3.send(new DeletePublicAccessBlockCommand({ Bucket }));
  await s3.send(publish);
  const { Grants } = await s3.send(new GetBucketAclCommand({ Bucket }));
  expect(Grants?.map(({ Permission }) => Permission)).toEqual(["FULL_CONTROL", "READ"]);
  expect((await refused(own("BucketOwnerEnforced"))).code).toBe("InvalidBucketAclWithObjectOwnership");
  expect((await refused(s3.send(new PutBucketAclCommand({ Bucket })))).code).toBe("MissingSecurityHeader");
  await s3.send(new DeleteBucketOwnershipControlsCommand({ Bucket }));
  const gone = await refused(s3.send(new GetBucketOwnershipControlsCommand({ Bucket })));
  expect(gone).toMatchObject({ code: "OwnershipControlsNotFoundError", status: 404 });
});

test("a public policy lets strangers in only while the bucket is not restricted", async () => {
  const { aws, client, s3 } = await withBucket();
  const stranger = client(aws.addAccount(otherAccount));
  const block = (on: boolean) =>
    s3.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: { RestrictPublicBuckets: on } }));
  await block(false);
  const allow = {
    Effect: "Allow",
    Principal: "*",
    Action: "s3:GetBucketVersioning",
    Resource: `arn:aws:s3:::${Bucket}`,
  };
  const Policy = JSON.stringify({ Version: "2012-10-17", Statement: allow });
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  await stranger.send(new GetBucketVersioningCommand({ Bucket }));
  await block(true);
  expect((await refused(stranger.send(new GetBucketVersioningCommand({ Bucket })))).code).toBe("AccessDenied");
  await s3.send(new GetBucketVersioningCommand({ Bucket }));
});

test("nobody without a policy sees or makes anything", async () => {
  const { aws, client } = await withBucket();
  const stranger = client(aws.addAccount(otherAccount));
  expect(await refused(stranger.send(new GetBucketPolicyCommand({ Bucket })))).toMatchObject({
    code: "AccessDenied",
    status: 403,
    message: "Access Denied",
  });
  const anonymous = await aws.handle({ method: "PUT", url: "https://127.0.0.1/new-bucket", headers: {} });
  expect(anonymous.status).toBe(403);
});
