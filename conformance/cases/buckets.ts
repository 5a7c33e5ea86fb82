import { type Area, behaviour, type Case, recordedBy, s3Api, s3Guide } from "../case";
import { answers, expectThat, refuses } from "../expect";
import { element, type HttpAnswer } from "../http";
import type { World } from "../world";
import { withObject } from "./objects";

const noBucket = [404, "NoSuchBucket", "The specified bucket does not exist"] as const;
const inRegion = (region: string) => ({ signature: { region } });

/** Makes a bucket as the region's endpoint does; `constraint` is what the body names. */
const create = ({ http }: World, bucket: string, region: string, constraint?: string): Promise<HttpAnswer> =>
  http({
    method: "PUT",
    bucket,
    ...inRegion(region),
    body: constraint
      ? `<CreateBucketConfiguration><LocationConstraint>${constraint}</LocationConstraint></CreateBucketConfiguration>`
      : "",
  });

const invalidConstraint = "The specified location-constraint is not valid";
const incompatible = (constraint: string) =>
  `The ${constraint} location constraint is incompatible for the region specific endpoint this request was sent to.`;
const constraints = [
  { region: "us-east-1", constraint: "us-east-1", test: "test_different_location_constraint" },
  { region: "us-east-1", constraint: "foo", test: "test_create_bucket_with_invalid_location_constraint" },
  { region: "us-east-1", constraint: "aws-global", test: "test_bucket_constraint_aws_global" },
  { region: "us-east-2", constraint: undefined, test: "test_different_location_constraint" },
  { region: "us-east-2", constraint: "us-west-1", test: "test_different_location_constraint" },
  { region: "us-west-1", constraint: "us-east-1", test: "test_different_location_constraint" },
  { region: "us-west-1", constraint: "aws-global", test: "test_bucket_constraint_aws_global" },
  { region: "us-west-1", constraint: "EU", test: "test_create_bucket_with_eu_location_constraint_raises" },
  { region: "eu-west-1", constraint: "bar", test: "test_create_bucket_with_invalid_location_constraint" },
];

const regions: Case[] = [
  ...constraints.map(({ region, constraint, test }) =>
    behaviour(
      `the endpoint of ${region} makes no bucket with ${constraint ? `the constraint ${constraint}` : "no constraint"}`,
      "CreateBucket",
      recordedBy(test),
      async (world) => {
        const answer = await create(world, world.bucketName(), region, constraint);
        const global = region === "us-east-1";
        expectThat(answer, {
          status: 400,
          code: global ? "InvalidLocationConstraint" : "IllegalLocationConstraintException",
        });
        expectThat(
          element(answer.text, "Message"),
          global ? invalidConstraint : incompatible(constraint ?? "unspecified"),
        );
        if (global) expectThat(element(answer.text, "LocationConstraint"), constraint);
      },
      { needs: ["regions"] },
    ),
  ),
  behaviour(
    "us-east-1 makes buckets in other regions; the answer's Location tells which are its own",
    "CreateBucket GetBucketLocation HeadBucket",
    recordedBy(
      "test_create_bucket_head_bucket",
      "test_different_location_constraint",
      "test_region_header_exists_outside_us_east_1",
    ),
    async (world) => {
      const [own, other] = [world.bucketName(), world.bucketName()];
      expectThat(await create(world, own, "us-east-1"), { status: 200, headers: { location: `/${own}` } });
      const location = new RegExp(`^http://${other}\\.[^/]+/$`);
      expectThat(await create(world, other, "us-east-1", "us-east-2"), { status: 200, headers: { location } });
      await answers(world.s3.getBucketLocation({ Bucket: own }), { LocationConstraint: undefined });
      await answers(world.s3.getBucketLocation({ Bucket: other }), { LocationConstraint: "us-east-2" });
      for (const [bucket, region] of [
        [own, "us-east-1"],
        [other, "us-east-2"],
      ] as const) {
        expectThat(await world.http({ method: "HEAD", bucket, ...inRegion(region) }), {
          status: 200,
          headers: {
            "content-type": "application/xml",
            "x-amz-access-point-alias": "false",
            "x-amz-bucket-arn": `arn:aws:s3:::${bucket}`,
            "x-amz-bucket-region": region,
          },
        });
      }
      await deleteIn(world, other, "us-east-2");
    },
    { needs: ["regions"] },
  ),
  ...(["GET", "HEAD"] as const).map((method) =>
    behaviour(
      `a ${method} of a bucket in another region is 301, and tells the region`,
      method === "GET" ? "ListObjects" : "HeadBucket",
      s3Api("HeadBucket"),
      async (world) => {
        const bucket = world.bucketName();
        await create(world, bucket, "eu-west-1", "eu-west-1");
        const answer = await world.http({ method, bucket, ...inRegion("us-east-1") });
        expectThat(answer, { status: 301, headers: { "x-amz-bucket-region": "eu-west-1" } });
        if (method === "GET") {
          expectThat(answer, { code: "PermanentRedirect" });
          expectThat([element(answer.text, "Endpoint"), element(answer.text, "Bucket")], [/eu-west-1/, bucket]);
        }
        await deleteIn(world, bucket, "eu-west-1");
      },
      { needs: ["regions"] },
    ),
  ),
  behaviour(
    "a bucket's name is taken in every region, by its owner too",
    "CreateBucket",
    recordedBy("test_create_bucket_with_existing_name"),
    async (world) => {
      const bucket = world.bucketName();
      await create(world, bucket, "us-west-1", "us-west-1");
      for (const region of ["us-west-1", "us-east-2"]) {
        expectThat(await create(world, bucket, region, region), { status: 409, code: "BucketAlreadyOwnedByYou" });
      }
      await deleteIn(world, bucket, "us-west-1");
    },
    { needs: ["regions"] },
  ),
];

const deleteIn = ({ http }: World, bucket: string, region: string) =>
  http({ method: "DELETE", bucket, ...inRegion(region) });

const listed: Case[] = [
  behaviour(
    "buckets are listed in pages",
    "ListBuckets",
    recordedBy("test_list_buckets_with_max_buckets", "test_list_buckets_with_continuation_token"),
    async ({ s3, bucket }) => {
      const [first = "", second] = [await bucket(), await bucket()].sort();
      const Prefix = first.slice(0, first.lastIndexOf("-") + 1);
      const { ContinuationToken } = await answers(s3.listBuckets({ Prefix, MaxBuckets: 1 }), {
        Buckets: [{ Name: first, BucketArn: `arn:aws:s3:::${first}`, BucketRegion: /./ }],
        ContinuationToken: /./,
      });
      await answers(s3.listBuckets({ Prefix, MaxBuckets: 1, ContinuationToken }), {
        Buckets: [{ Name: second }],
        ContinuationToken: undefined,
      });
    },
  ),
  behaviour(
    "an empty continuation token of a bucket listing is none",
    "ListBuckets",
    recordedBy("test_list_buckets_when_continuation_token_is_empty"),
    async (world) => {
      const bucket = await world.bucket();
      await world.bucket();
      const prefix = bucket.slice(0, bucket.lastIndexOf("-") + 1);
      const answer = await world.http({ query: { prefix, "max-buckets": "1", "continuation-token": "" } });
      expectThat(answer, { status: 200, text: /<ContinuationToken>[^<]/ });
    },
  ),
  behaviour(
    "a prefix of bucket names tells upper from lower case",
    "ListBuckets",
    recordedBy("test_list_buckets_by_prefix_with_case_sensitivity"),
    async ({ s3, bucket }) => {
      const Bucket = await bucket();
      await answers(s3.listBuckets({ Prefix: Bucket.toUpperCase() }), { Buckets: [], Prefix: Bucket.toUpperCase() });
      await answers(s3.listBuckets({ Prefix: Bucket }), { Buckets: [{ Name: Bucket }], Prefix: Bucket });
    },
  ),
  behaviour(
    "buckets of a region are listed",
    "ListBuckets",
    recordedBy("test_list_buckets_by_bucket_region"),
    async ({ s3, bucket, server: { region: BucketRegion } }) => {
      const Bucket = await bucket();
      const other = BucketRegion === "eu-west-3" ? "eu-west-2" : "eu-west-3";
      await answers(s3.listBuckets({ Prefix: Bucket, BucketRegion: other }), { Buckets: [] });
      await answers(s3.listBuckets({ Prefix: Bucket, BucketRegion }), { Buckets: [{ Name: Bucket, BucketRegion }] });
    },
  ),
  behaviour(
    "buckets of a region that there is not are InvalidArgument",
    "ListBuckets",
    recordedBy("test_list_buckets_region_validation"),
    async ({ s3 }) => {
      await refuses(
        s3.listBuckets({ BucketRegion: "eu-east-1" }),
        400,
        "InvalidArgument",
        "Argument value eu-east-1 is not a valid AWS Region",
        { ArgumentName: "bucket-region" },
      );
    },
  ),
  behaviour(
    "who asks for no page and no prefix is told no regions",
    "ListBuckets",
    recordedBy("test_delete_bucket_with_content"),
    async (world) => {
      const name = await world.bucket();
      const answer = await world.http({});
      expectThat(answer.text.includes(`<Name>${name}</Name>`), true);
      expectThat(
        /<BucketArn>.*<CreationDate>/.test(answer.text) || /<CreationDate>.*<BucketArn>/.test(answer.text),
        true,
      );
      expectThat(element(answer.text, "BucketRegion"), undefined);
    },
  ),
];

/** What a bucket without this setting answers: an error, or `shown`. */
const settings: readonly {
  readonly query: string;
  readonly operation: string;
  readonly source: string;
  readonly code?: string;
  readonly message?: string;
  readonly shown?: RegExp;
}[] = [
  {
    query: "lifecycle",
    operation: "GetBucketLifecycleConfiguration",
    source: recordedBy("test_delete_bucket_lifecycle_configuration", "test_bucket_availability"),
    code: "NoSuchLifecycleConfiguration",
    message: "The lifecycle configuration does not exist",
  },
  {
    query: "policy",
    operation: "GetBucketPolicy",
    source: recordedBy("test_bucket_policy_crud", "test_get_bucket_policy"),
    code: "NoSuchBucketPolicy",
    message: "The bucket policy does not exist",
  },
  {
    query: "replication",
    operation: "GetBucketReplication",
    source: recordedBy("test_bucket_availability"),
    code: "ReplicationConfigurationNotFoundError",
    message: "The replication configuration was not found",
  },
  { query: "cors", operation: "GetBucketCors", source: s3Api("GetBucketCors"), code: "NoSuchCORSConfiguration" },
  {
    query: "website",
    operation: "GetBucketWebsite",
    source: recordedBy("test_crud_website_configuration"),
    code: "NoSuchWebsiteConfiguration",
    message: "The specified bucket does not have a website configuration",
  },
  {
    query: "logging",
    operation: "GetBucketLogging",
    source: recordedBy("test_put_bucket_logging"),
    shown: /<BucketLoggingStatus [^>]*(\/>|>\s*<\/BucketLoggingStatus>)/,
  },
  {
    query: "accelerate",
    operation: "GetBucketAccelerateConfiguration",
    source: recordedBy("test_bucket_acceleration_configuration_crud"),
    shown: /<AccelerateConfiguration [^>]*(\/>|>\s*<\/AccelerateConfiguration>)/,
  },
  {
    query: "notification",
    operation: "GetBucketNotificationConfiguration",
    source: recordedBy("test_get_bucket_notification_configuration_no_such_bucket"),
    shown: /<NotificationConfiguration [^>]*(\/>|>\s*<\/NotificationConfiguration>)/,
  },
  {
    query: "requestPayment",
    operation: "GetBucketRequestPayment",
    source: s3Api("GetBucketRequestPayment"),
    shown: /<Payer>BucketOwner<\/Payer>/,
  },
];

const unset: Case[] = settings.map(({ query, operation, source, code, message, shown }) =>
  behaviour(
    `${query} of a bucket without it is ${code ?? "empty"}, and of no bucket NoSuchBucket`,
    operation,
    source,
    async (world) => {
      const bucket = await world.bucket();
      const answer = await world.http({ bucket, query: { [query]: "" } });
      expectThat(answer, code ? { status: 404, code } : { status: 200, text: shown });
      if (message) expectThat(element(answer.text, "Message"), message);
      const none = world.bucketName();
      const missing = await world.http({ bucket: none, query: { [query]: "" } });
      expectThat(missing, { status: 404, code: "NoSuchBucket" });
      expectThat(element(missing.text, "BucketName"), none);
    },
  ),
);

const rule = (inner: string): string => `<LifecycleConfiguration><Rule>${inner}</Rule></LifecycleConfiguration>`;
const week = "<Expiration><Days>7</Days></Expiration>";
const enabled = "<Status>Enabled</Status>";
const whole = "<ID>wholebucket</ID>";
const twice = "<Tag><Key>a</Key><Value>one</Value></Tag><Tag><Key>a</Key><Value>two</Value></Tag>";
const malformedRules = [
  { name: "neither filter nor prefix", body: rule(week + whole + enabled) },
  { name: "neither id nor filter", body: rule(week + enabled) },
  {
    name: "an expiration of noncurrent versions that says nothing",
    body: rule(`${week}<Filter/>${whole}${enabled}<NoncurrentVersionExpiration/>`),
  },
  {
    name: "a filter of And and a prefix",
    body: rule(`${week}<Filter><And><Prefix>test</Prefix></And><Prefix></Prefix></Filter>${whole}${enabled}`),
  },
  {
    name: "a filter of a size and a prefix",
    body: rule(
      `${week}<Filter><ObjectSizeGreaterThan>500</ObjectSizeGreaterThan><Prefix></Prefix></Filter>${whole}${enabled}`,
    ),
  },
  {
    name: "days and expired delete markers in one expiration",
    body: rule(
      `<Expiration><Days>1</Days><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration><Filter/>${whole}${enabled}`,
    ),
  },
];
const putLifecycle = async (world: World, body: string, headers: Readonly<Record<string, string>> = {}) => {
  const bucket = await world.bucket();
  return world.http({ method: "PUT", bucket, query: { lifecycle: "" }, headers, body });
};

const lifecycle: Case[] = [
  behaviour(
    "lifecycle rules are put, shown, deleted, and deleted again",
    "PutBucketLifecycleConfiguration GetBucketLifecycleConfiguration DeleteBucketLifecycle",
    recordedBy("test_delete_bucket_lifecycle_configuration", "test_delete_lifecycle_configuration_on_bucket_deletion"),
    async ({ s3, bucket }) => {
      const Bucket = await bucket();
      await answers(s3.deleteBucketLifecycle({ Bucket }), { $metadata: { httpStatusCode: 204 } });
      const Rules = [{ ID: "wholebucket", Filter: {}, Status: "Enabled" as const, Expiration: { Days: 7 } }];
      await s3.putBucketLifecycleConfiguration({ Bucket, LifecycleConfiguration: { Rules } });
      await answers(s3.getBucketLifecycleConfiguration({ Bucket }), {
        Rules: [{ ID: "wholebucket", Status: "Enabled", Expiration: { Days: 7 } }],
        TransitionDefaultMinimumObjectSize: "all_storage_classes_128K",
      });
      await s3.deleteBucketLifecycle({ Bucket });
      await refuses(s3.getBucketLifecycleConfiguration({ Bucket }), 404, "NoSuchLifecycleConfiguration");
    },
  ),
  ...[
    { name: "a date", Filter: {}, Expiration: { Date: new Date("2023-01-01T00:00:00Z") } },
    { name: "a prefix", Filter: { Prefix: "testobject" }, Expiration: { Days: 7 } },
    { name: "sizes", Filter: { And: { ObjectSizeGreaterThan: 5, ObjectSizeLessThan: 10 } }, Expiration: { Days: 7 } },
    { name: "a tag", Filter: { Tag: { Key: "a", Value: "b" } }, Expiration: { Days: 7 } },
    {
      name: "tags",
      Filter: {
        And: {
          Tags: [
            { Key: "a", Value: "b" },
            { Key: "c", Value: "d" },
          ],
        },
      },
      Expiration: { Days: 7 },
    },
    { name: "expired delete markers", Filter: {}, Expiration: { ExpiredObjectDeleteMarker: true } },
  ].map(({ name, Filter, Expiration }) =>
    behaviour(
      `a lifecycle rule of ${name} is shown as it was put`,
      "PutBucketLifecycleConfiguration GetBucketLifecycleConfiguration",
      recordedBy(
        "test_bucket_lifecycle_configuration_date",
        "test_bucket_lifecycle_multiple_rules",
        "test_bucket_lifecycle_object_size_rules",
        "test_bucket_lifecycle_tag_rules",
        "test_lifecycle_expired_object_delete_marker",
      ),
      async ({ s3, bucket }) => {
        const Bucket = await bucket();
        const one = { ID: "one", Status: "Enabled" as const, Filter, Expiration };
        await s3.putBucketLifecycleConfiguration({ Bucket, LifecycleConfiguration: { Rules: [one] } });
        await answers(s3.getBucketLifecycleConfiguration({ Bucket }), { Rules: [one] });
      },
    ),
  ),
  ...malformedRules.map(({ name, body }) =>
    behaviour(
      `a lifecycle rule with ${name} is MalformedXML`,
      "PutBucketLifecycleConfiguration",
      recordedBy("test_put_bucket_lifecycle_conf_exc"),
      async (world) => {
        expectThat(await putLifecycle(world, body), { status: 400, code: "MalformedXML" });
      },
    ),
  ),
  behaviour(
    "a lifecycle date that is not midnight is InvalidArgument",
    "PutBucketLifecycleConfiguration",
    recordedBy("test_put_bucket_lifecycle_conf_exc"),
    async (world) => {
      const date = "<Expiration><Date>2023-01-01T02:02:00Z</Date></Expiration>";
      const answer = await putLifecycle(world, rule(`${date}<Filter/>${whole}${enabled}`));
      expectThat(answer, { status: 400, code: "InvalidArgument", text: /'Date' must be at midnight GMT/ });
      expectThat(element(answer.text, "ArgumentName"), "Date");
    },
  ),
  behaviour(
    "one tag key twice in a lifecycle filter is InvalidRequest",
    "PutBucketLifecycleConfiguration",
    recordedBy("test_put_bucket_lifecycle_conf_exc"),
    async (world) => {
      const answer = await putLifecycle(world, rule(`${week}<Filter><And>${twice}</And></Filter>${whole}${enabled}`));
      expectThat(answer, { status: 400, code: "InvalidRequest", text: /Duplicate Tag Keys are not allowed\./ });
    },
  ),
  behaviour(
    "the smallest size of transitions is one of two",
    "PutBucketLifecycleConfiguration GetBucketLifecycleConfiguration",
    recordedBy("test_s3_transition_default_minimum_object_size"),
    async (world) => {
      const header = "x-amz-transition-default-minimum-object-size";
      const body = rule(`${week}<Filter/>${whole}${enabled}`);
      for (const size of ["varies_by_storage_class", "all_storage_classes_128K"]) {
        expectThat(await putLifecycle(world, body, { [header]: size }), { status: 200, headers: { [header]: size } });
      }
      expectThat(await putLifecycle(world, body), { headers: { [header]: "all_storage_classes_128K" } });
      expectThat(await putLifecycle(world, body, { [header]: "value" }), {
        status: 400,
        code: "InvalidRequest",
        text: /Invalid TransitionDefaultMinimumObjectSize found: value/,
      });
    },
  ),
];

const policyOf = (Bucket: string): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Principal: { AWS: "*" }, Action: "s3:GetObject", Resource: `arn:aws:s3:::${Bucket}/*` },
    ],
  });
const badOwner = (id: string) =>
  [
    400,
    "InvalidBucketOwnerAWSAccountID",
    `The value of the expected bucket owner parameter must be an AWS Account ID... [${id}]`,
  ] as const;

const policies: Case[] = [
  behaviour(
    "a bucket policy is put, shown as it was put, deleted, and deleted again",
    "PutBucketPolicy GetBucketPolicy DeleteBucketPolicy",
    recordedBy(
      "test_bucket_policy_crud",
      "test_put_bucket_policy",
      "test_delete_bucket_policy",
      "test_get_bucket_policy",
    ),
    async ({ s3, bucket }) => {
      const Bucket = await bucket({ open: true });
      const Policy = policyOf(Bucket);
      await answers(s3.putBucketPolicy({ Bucket, Policy }), { $metadata: { httpStatusCode: 204 } });
      expectThat(JSON.parse((await s3.getBucketPolicy({ Bucket })).Policy ?? ""), JSON.parse(Policy));
      await answers(s3.deleteBucketPolicy({ Bucket }), { $metadata: { httpStatusCode: 204 } });
      await refuses(s3.getBucketPolicy({ Bucket }), 404, "NoSuchBucketPolicy", "The bucket policy does not exist");
      await answers(s3.deleteBucketPolicy({ Bucket }), { $metadata: { httpStatusCode: 204 } });
    },
  ),
  ...[
    { name: "empty text", Policy: "", message: "Policies must be valid JSON and the first byte must be '{'" },
    { name: "no JSON", Policy: "random string", message: "Policies must be valid JSON and the first byte must be '{'" },
    { name: "an empty object", Policy: "{}", message: "Missing required field Statement" },
  ].map(({ name, Policy, message }) =>
    behaviour(
      `a bucket policy that is ${name} is MalformedPolicy`,
      "PutBucketPolicy",
      recordedBy("test_bucket_policy_exc"),
      async ({ http, bucket }) => {
        const answer = await http({ method: "PUT", bucket: await bucket(), query: { policy: "" }, body: Policy });
        expectThat(answer, { status: 400, code: "MalformedPolicy" });
        expectThat(element(answer.text, "Message")?.replaceAll("&apos;", "'").replaceAll("&#39;", "'"), message);
      },
    ),
  ),
  ...["0000", "0000000000020", "abcd", "aa000000000$"].map((ExpectedBucketOwner) =>
    behaviour(
      `a bucket policy is not put for the expected owner ${ExpectedBucketOwner}, which is no account`,
      "PutBucketPolicy",
      recordedBy("test_put_bucket_policy_invalid_account_id"),
      async ({ s3, bucket }) => {
        const Bucket = await bucket({ open: true });
        await refuses(
          s3.putBucketPolicy({ Bucket, Policy: policyOf(Bucket), ExpectedBucketOwner }),
          ...badOwner(ExpectedBucketOwner),
        );
      },
    ),
  ),
  behaviour(
    "a bucket policy is put, read and deleted for the expected owner only",
    "PutBucketPolicy GetBucketPolicy DeleteBucketPolicy",
    recordedBy(
      "test_put_bucket_policy_expected_bucket_owner",
      "test_get_bucket_policy",
      "test_delete_bucket_policy_expected_bucket_owner",
    ),
    async ({ s3, bucket, account }) => {
      const Bucket = await bucket({ open: true });
      const Policy = policyOf(Bucket);
      const right = { Bucket, ExpectedBucketOwner: account };
      const wrong = { Bucket, ExpectedBucketOwner: "000000000002" };
      const denied = [403, "AccessDenied", "Access Denied"] as const;
      await refuses(s3.putBucketPolicy({ ...wrong, Policy }), ...denied);
      await answers(s3.putBucketPolicy({ ...right, Policy }));
      await refuses(s3.getBucketPolicy(wrong), ...denied);
      await answers(s3.getBucketPolicy(right), { Policy: /Statement/ });
      await refuses(s3.deleteBucketPolicy(wrong), ...denied);
      await refuses(s3.deleteBucketPolicy({ Bucket, ExpectedBucketOwner: "invalid" }), ...badOwner("invalid"));
      await answers(s3.deleteBucketPolicy(right));
    },
  ),
];

const missing: Case[] = [
  behaviour(
    "an object in a bucket that is not there is NoSuchBucket, not NoSuchKey",
    "GetObject PutObject DeleteObject",
    recordedBy("test_get_object_no_such_bucket", "test_delete_non_existing_keys_in_non_existing_bucket"),
    async ({ s3, bucketName }) => {
      const id = { Bucket: bucketName(), Key: "k" };
      await refuses(s3.getObject(id), ...noBucket);
      await refuses(s3.putObject({ ...id, Body: "b" }), ...noBucket);
      await refuses(s3.deleteObject(id), ...noBucket);
      await refuses(s3.deleteObjects({ Bucket: id.Bucket, Delete: { Objects: [{ Key: "k" }] } }), ...noBucket);
    },
  ),
  behaviour(
    "a bucket that is not there cannot be deleted",
    "DeleteBucket",
    recordedBy("test_delete_bucket_no_such_bucket"),
    async ({ s3, bucketName }) => {
      const Bucket = bucketName();
      await refuses(s3.deleteBucket({ Bucket }), ...noBucket, { BucketName: Bucket });
    },
  ),
  behaviour(
    "settings of a bucket that is not there are NoSuchBucket",
    "GetBucketAcl GetBucketVersioning PutBucketVersioning PutBucketEncryption",
    recordedBy("test_bucket_exists", "test_bucket_versioning_crud", "test_s3_default_bucket_encryption_exc"),
    async ({ s3, bucketName }) => {
      const Bucket = bucketName();
      await refuses(s3.getBucketAcl({ Bucket }), ...noBucket);
      await refuses(s3.getBucketVersioning({ Bucket }), ...noBucket);
      await refuses(s3.putBucketVersioning({ Bucket, VersioningConfiguration: { Status: "Enabled" } }), ...noBucket);
      const Rules = [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" as const } }];
      await refuses(s3.putBucketEncryption({ Bucket, ServerSideEncryptionConfiguration: { Rules } }), ...noBucket);
    },
  ),
  behaviour(
    "a bucket is addressed by its host name too",
    "ListObjects GetObject",
    recordedBy(
      "test_get_object_content_length_with_virtual_host",
      "test_bucket_name_with_dots",
      "test_bucket_does_not_exist",
    ),
    async (world) => {
      const { Bucket, Key } = await withObject(world);
      const request = { bucket: Bucket, virtualHost: true };
      expectThat(await world.http({ ...request, key: Key }), {
        status: 200,
        text: "body",
        headers: { "content-length": "4", "accept-ranges": "bytes" },
      });
      expectThat(await world.http(request), { status: 200, text: new RegExp(`<Name>${Bucket}</Name>`) });
      expectThat(await world.http({ bucket: world.bucketName(), virtualHost: true }), {
        status: 404,
        code: "NoSuchBucket",
      });
    },
  ),
  behaviour(
    "a bucket's name may have dots",
    "CreateBucket ListObjects",
    recordedBy("test_bucket_name_with_dots"),
    async (world) => {
      const Bucket = `${world.bucketName()}.with.dots`;
      await create(
        world,
        Bucket,
        world.server.region,
        world.server.region === "us-east-1" ? undefined : world.server.region,
      );
      expectThat(await world.http({ bucket: Bucket }), { status: 200 });
      await world.s3.deleteBucket({ Bucket });
    },
  ),
  behaviour(
    "a bucket with versions keeps its name until the last version and marker are deleted",
    "DeleteBucket DeleteObject",
    recordedBy("test_delete_versioned_bucket_with_objects", "test_delete_bucket_with_objects"),
    async (world) => {
      const { Bucket, Key, VersionId: first } = await withObject(world, { versioned: true });
      const { s3 } = world;
      const { VersionId } = await s3.deleteObject({ Bucket, Key });
      const notEmpty = [409, "BucketNotEmpty", /You must delete all versions in the bucket\.$/] as const;
      await refuses(s3.deleteBucket({ Bucket }), ...notEmpty, { BucketName: Bucket });
      await s3.deleteObject({ Bucket, Key, VersionId: first });
      await refuses(s3.deleteBucket({ Bucket }), ...notEmpty);
      await s3.deleteObject({ Bucket, Key, VersionId });
      await answers(s3.deleteBucket({ Bucket }), { $metadata: { httpStatusCode: 204 } });
      await refuses(s3.headBucket({ Bucket }), 404);
    },
  ),
  ...[
    { name: "in lower case", status: "enabled", code: "MalformedXML" },
    { name: "that there is not", status: "Disabled", code: "MalformedXML" },
    { name: "left out", status: undefined, code: "IllegalVersioningConfigurationException" },
  ].map(({ name, status, code }) =>
    behaviour(
      `a versioning status ${name} is ${code}`,
      "PutBucketVersioning",
      recordedBy("test_bucket_versioning_crud"),
      async (world) => {
        const bucket = await world.bucket();
        const body = `<VersioningConfiguration>${status ? `<Status>${status}</Status>` : ""}</VersioningConfiguration>`;
        expectThat(await world.http({ method: "PUT", bucket, query: { versioning: "" }, body }), { status: 400, code });
      },
    ),
  ),
  behaviour(
    "versioning is enabled and suspended any number of times",
    "PutBucketVersioning GetBucketVersioning",
    recordedBy("test_bucket_versioning_crud"),
    async ({ s3, bucket }) => {
      const Bucket = await bucket();
      for (const Status of ["Suspended", "Enabled", "Suspended", "Enabled"] as const) {
        await s3.putBucketVersioning({ Bucket, VersioningConfiguration: { Status } });
        await answers(s3.getBucketVersioning({ Bucket }), { Status });
      }
    },
  ),
  behaviour(
    "a bucket of another account is BucketAlreadyExists",
    "CreateBucket",
    s3Guide("General purpose bucket naming rules"),
    async (world) => {
      await refuses(world.other.s3.createBucket({ Bucket: await world.bucket() }), 409, "BucketAlreadyExists");
    },
    { needs: ["otherAccount", "usEast1"] },
  ),
];

export const bucketsAndRegions: Area = { name: "Buckets and regions", cases: [...missing, ...regions, ...listed] };
export const bucketSettings: Area = { name: "Bucket settings", cases: [...unset, ...policies, ...lifecycle] };
