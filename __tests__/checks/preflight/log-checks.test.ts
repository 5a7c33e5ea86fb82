import { seen } from "../../../src/checks/preflight/looked";
import { preflight } from "../../../src/checks/preflight/preflight";
import {
  accepted,
  account,
  administer,
  type Differences,
  facts,
  keyArn,
  policyOf,
  roleArn,
  throughS3,
} from "./arrange";
import { logsOf } from "./logs/facts";
import { type AccessLogFields, assumedRole, type EventFields, logOwner } from "./logs/shapes";

const app = `arn:aws:iam::${account}:role/app`;
const sse = "x-amz-server-side-encryption";
const named = { writers: [app] };
const withHeader = { [sse]: "aws:kms", [`${sse}-aws-kms-key-id`]: keyArn };
const said = (parameters: Record<string, string>, SSEApplied: string): EventFields => ({
  parameters,
  extra: { SSEApplied },
});

/** The bucket, its logs, and what is said of it: each finding with its evidence. */
function judge(logged: Parameters<typeof logsOf>[0], differences: Differences = {}): string[] {
  const { fleet, facts: more, ...others } = differences;
  const world = facts({ ...others, fleet: { ...named, ...fleet }, facts: { logs: logsOf(logged), ...more } });
  return preflight(world).map(({ level, id, evidence }) => `${level} ${id}: ${evidence}`);
}

/** A week of data events up to today, of somebody who does everything right. */
const goodWeek: EventFields[] = [
  { ...said(withHeader, "SSE_KMS"), time: "2026-11-15T00:00:00Z" },
  { ...said(withHeader, "SSE_KMS"), time: "2026-11-21T00:00:00Z" },
];
const enforce = { judgedFor: "enforce" } as const;
const noPresigned =
  "note presigned-urls: none was seen in the logs; one that was signed before the stage works for 7 days at most";

test("clients that do everything right give no finding", () => {
  expect(judge({ events: goodWeek })).toEqual([]);
  expect(judge({ events: goodWeek }, { intent: enforce })).toEqual([noPresigned]);
});

test.each<[string, EventFields, string]>([
  [
    "another algorithm",
    said({ [sse]: "AES256" }, "SSE_S3"),
    `error writer-with-other-encryption: ${app} asks for another algorithm`,
  ],
  [
    "KMS without a key",
    said({ [sse]: "aws:kms" }, "SSE_KMS"),
    `error writer-with-other-encryption: ${app} asks for KMS without a key: aws/s3`,
  ],
  [
    "another key",
    said({ [sse]: "aws:kms", [`${sse}-aws-kms-key-id`]: "alias/other" }, "SSE_KMS"),
    `error writer-with-other-encryption: ${app} asks for another key`,
  ],
  ["a customer's key", said({}, "SSE_C"), `error sse-c-in-use: ${app} writes with keys of its own`],
  [
    "clear text",
    {
      ...said(withHeader, "SSE_KMS"),
      more: { tlsDetails: undefined },
      extra: { SSEApplied: "SSE_KMS", CipherSuite: undefined },
    },
    `error plain-http-in-use: ${app} comes over plain HTTP`,
  ],
  ["Signature Version 2", { name: "GetObject", extra: { SignatureVersion: "SigV2" } }, `error sigv2-in-use: ${app}`],
  [
    "nobody's signature",
    { name: "GetObject", identity: { type: "AWSAccount", principalId: "", accountId: "anonymous" } },
    "error anonymous-read: the logs show reads without a signature",
  ],
  [
    "nothing, which stage encrypt still takes",
    {},
    `warning writer-without-header: ${app} writes without an encryption header`,
  ],
  ["old TLS", { name: "GetObject", more: { tlsDetails: { tlsVersion: "TLSv1.1" } } }, `warning old-tls-in-use: ${app}`],
])("at stage encrypt, a client with %s", (_, event, expected) => {
  expect(judge({ events: [event] })).toEqual([expected]);
});

test("what stage encrypt refused is a warning at enforce, which refuses puts without a header", () => {
  const other = { ...said({ [sse]: "AES256" }, "SSE_S3"), time: "2026-11-18T00:00:00Z" };
  const headerless = { time: "2026-11-19T00:00:00Z" };
  expect(judge({ events: [...goodWeek, other, headerless] }, { intent: enforce })).toEqual([
    `error writer-without-header: ${app} writes without an encryption header`,
    `warning writer-with-other-encryption: ${app} asks for another algorithm`,
    noPresigned,
  ]);
});

test.each<[string, Differences["fleet"], EventFields]>([
  ["is named in headerlessWriters", { headerlessWriters: [app] }, {}],
  ["is named in headerlessWriters by a pattern", { headerlessWriters: [`arn:aws:iam::${account}:role/a*`] }, {}],
  [
    "is a service",
    { serviceWriters: ["delivery.logs.amazonaws.com"] },
    { identity: { type: "AWSService", invokedBy: "delivery.logs.amazonaws.com" } },
  ],
  ["is the conversion role", {}, { identity: assumedRole("at-rest-reencrypt-eu-west-1") }],
])("a client without a header that %s is let through at stage enforce", (_, fleet, event) => {
  const key = {
    policy: seen(
      policyOf(administer, throughS3, {
        ...throughS3,
        Principal: { Service: "delivery.logs.amazonaws.com" },
        Condition: { StringEquals: { "aws:SourceAccount": account } },
      }),
    ),
  };
  const found = judge(
    { events: [...goodWeek, { ...event, time: "2026-11-19T00:00:00Z" }] },
    { fleet, key, intent: enforce },
  );
  expect(found.filter((line) => line.startsWith("error"))).toEqual([]);
  expect(roleArn).toMatch(/at-rest-reencrypt-eu-west-1$/);
});

test("a role's path counts: the policy compares whole ARNs", () => {
  const event = { identity: assumedRole("app", "/teams/"), time: "2026-11-19T00:00:00Z" };
  const found = judge({ events: [...goodWeek, event] }, { fleet: { headerlessWriters: [app] }, intent: enforce });
  expect(found).toContain(
    `error writer-without-header: arn:aws:iam::${account}:role/teams/app writes without an encryption header`,
  );
});

test("a row that the fleet accepts is a note, until the waiver has run out", () => {
  const events = [said({}, "SSE_C")];
  expect(judge({ events }, { fleet: { accept: [accepted("sse-c")] } })).toEqual([
    `note sse-c-in-use: ${app} writes with keys of its own; accepted until 2099-12-31: agreed`,
  ]);
  expect(judge({ events }, { fleet: { accept: [accepted("sse-c", "2026-11-21")] } })).toContain(
    `error sse-c-in-use: ${app} writes with keys of its own`,
  );
});

test("what S3 refused is no sign of a client that works today", () => {
  expect(judge({ events: [{ more: { errorCode: "AccessDenied" } }] })).toEqual([]);
});

const on = (day: string): EventFields => ({ ...said(withHeader, "SSE_KMS"), time: `2026-11-${day}T00:00:00Z` });
const management = { more: { managementEvent: true, eventCategory: "Management" } };

test.each<[string, Parameters<typeof logsOf>[0], string]>([
  [
    "access logs alone, which show no headers",
    { lines: [{ requester: `arn:aws:sts::${account}:assumed-role/app/s` }] },
    "no CloudTrail data events were given",
  ],
  [
    "a trail without data events of the bucket",
    {
      events: [
        { ...on("15"), name: "GetBucketPolicy", ...management },
        { ...on("21"), name: "GetBucketPolicy", ...management },
      ],
    },
    "the events that were given have no data event of this bucket: its trail may not record them",
  ],
  ["six days", { events: [on("16"), on("21")] }, "the bucket's data events cover fewer than 7 days"],
  ["a week that is long ago", { events: [on("01"), on("14")] }, "the bucket's last data event is more than 7 days old"],
])("stage enforce asks for more than %s", (_, logged, evidence) => {
  expect(judge(logged, { intent: enforce })).toEqual([`error headers-not-known: ${evidence}`, noPresigned]);
  expect(judge(logged)).toEqual([]);
  const waived = { accept: [accepted("header-evidence")] };
  expect(judge(logged, { intent: enforce, fleet: waived })).toEqual([
    `note headers-not-known: ${evidence}; accepted until 2099-12-31: agreed`,
    noPresigned,
  ]);
});

test("stage enforce asks for no evidence where it refuses nothing, or where the bucket is new", () => {
  expect(preflight(facts({ intent: enforce })).map(({ id }) => id)).toEqual(["headers-not-known", "presigned-urls"]);
  for (const fleet of [{ accept: [accepted("missing-header")] }, { newBucket: true }]) {
    const world = facts({ fleet });
    expect(preflight({ ...world, intent: { ...world.intent, ...enforce } })).toEqual([]);
  }
  const world = facts({ fleet: { accept: [accepted("missing-header", "2026-11-21")] } });
  const over = preflight({ ...world, intent: { ...world.intent, ...enforce } });
  expect(over.map(({ level, id }) => `${level} ${id}`)).toContain("error headers-not-known");
});

test("parts of the logs that could not be read are an error where they are the evidence", () => {
  const evidence = "logs-not-read: lines, records or files of the logs could not be read";
  expect(judge({ events: goodWeek, unread: 1 })).toEqual([`warning ${evidence}`]);
  expect(judge({ events: goodWeek, unread: 1 }, { intent: enforce })).toEqual([`error ${evidence}`, noPresigned]);
});

test("presigned URLs are named with who signs them", () => {
  const presigned = {
    parameters: { ...withHeader, "X-Amz-Expires": "604800" },
    extra: { SSEApplied: "SSE_KMS", AuthenticationMethod: "QueryString" },
  };
  const events = [...goodWeek, { ...presigned, time: "2026-11-20T00:00:00Z" }];
  expect(judge({ events })).toEqual([`note presigned-urls: ${app} signs URLs for writing`]);
  expect(judge({ events }, { intent: enforce })).toEqual([`warning presigned-urls: ${app} signs URLs for writing`]);
  expect(logsOf({ events }).usage.longestPresigned).toBe(604_800);
});

test.each<[string, AccessLogFields, string[]]>([
  [
    "a stranger whom the key's policy lets in",
    { requester: `arn:aws:iam::${account}:user/bob` },
    [`warning principal-not-in-fleet: arn:aws:iam::${account}:user/bob writes (logs)`],
  ],
  [
    "a stranger of another account",
    { requester: "arn:aws:sts::222222222222:assumed-role/partner/s", operation: "REST.GET.OBJECT" },
    [
      "error principal-without-key: arn:aws:iam::222222222222:role/partner (logs, reads): the key's policy does not allow kms:Decrypt",
      "warning principal-not-in-fleet: arn:aws:iam::222222222222:role/partner reads (logs)",
    ],
  ],
  ["somebody's canonical id", { requester: "79a5" }, ["warning principal-not-in-fleet: 79a5 writes (logs)"]],
  [
    "a service",
    { requester: "svc:delivery.logs.amazonaws.com" },
    [
      "error service-without-key: delivery.logs.amazonaws.com writes: the key's policy does not allow kms:GenerateDataKey",
      "warning principal-not-in-fleet: delivery.logs.amazonaws.com writes (logs)",
    ],
  ],
  [
    "the root user of the bucket's account, of whom the log has the owner's canonical id",
    { requester: logOwner },
    [`warning principal-not-in-fleet: arn:aws:iam::${account}:root writes (logs)`],
  ],
  [
    "a service of which the log does not say which one it is: no policy can name it",
    { requester: "svc:AWSInternal" },
    ["note principal-not-decided: an AWS service that the logs call AWSInternal writes: which one is not said"],
  ],
  ["lifecycle", { requester: "AmazonS3", operation: "S3.EXPIRE.OBJECT", requestUri: "-", status: "-" }, []],
  [
    "a role of the fleet, though the log leaves out its path",
    { requester: `arn:aws:sts::${account}:assumed-role/batch/s` },
    [],
  ],
  [
    "a role of another account with the name of one of the fleet's",
    { requester: "arn:aws:sts::222222222222:assumed-role/batch/s", operation: "REST.GET.OBJECT" },
    [
      "error principal-without-key: arn:aws:iam::222222222222:role/batch (logs, reads): the key's policy does not allow kms:Decrypt",
      "warning principal-not-in-fleet: arn:aws:iam::222222222222:role/batch reads (logs)",
    ],
  ],
])("who is not in the fleet: %s", (_, line, expected) => {
  expect(judge({ lines: [line] }, { fleet: { readers: [`arn:aws:iam::${account}:role/teams/batch`] } })).toEqual(
    expected,
  );
});

test("a service that CloudTrail does not name is not held against the key's policy", () => {
  const identity = { type: "AWSService", invokedBy: "AWS Internal" };
  expect(judge({ events: [{ name: "GetObject", identity }] })).toEqual([
    "note principal-not-decided: an AWS service that the logs call AWS Internal reads: which one is not said",
  ]);
});

test("the busiest minute is the clients': what the conversion role asks for is not in it", () => {
  const own = { requester: roleArn, operation: "REST.PUT.OBJECT" };
  expect(logsOf({ lines: [own, own, own] }).usage.busiest).toEqual({ reads: 0, writes: 0 });
  const client = { requester: app, operation: "REST.PUT.OBJECT" };
  expect(logsOf({ lines: [own, own, client] }).usage.busiest).toEqual({ reads: 0, writes: 1 / 60 });
});

test("an account of which the fleet names somebody is known by its id", () => {
  const identity = { type: "AWSAccount", principalId: "AROAPARTNER:s", accountId: "222222222222" };
  const events = [{ identity, ...said(withHeader, "SSE_KMS") }];
  const unnamed = "warning principal-not-in-fleet: AROAPARTNER of account 222222222222 writes (logs)";
  expect(judge({ events })).toEqual([unnamed]);
  const found = judge({ events }, { fleet: { writers: ["arn:aws:iam::222222222222:role/partner"] } });
  expect(found).not.toContain(unnamed);
});

test("evidence is the same whatever the counts and days, and a list has an end", () => {
  const week = (times: number) =>
    judge({ events: [...goodWeek, ...Array.from({ length: times }, () => on("20")), {}] });
  expect(week(3)).toEqual(week(30));
  const many = Array.from({ length: 60 }, (_, number) => ({ identity: assumedRole(`app${number + 100}`) }));
  const found = judge({ events: many }).filter((line) => line.startsWith("warning writer-without-header"));
  expect(found).toHaveLength(51);
  expect(found.at(-1)).toBe("warning writer-without-header: and more like these");
});

test("uploads that were begun before the default changed hold stage enforce up", () => {
  const begun = (day: string) => ({ begun: Date.parse(`2026-11-${day}`) });
  const uploads = (complete: boolean, ...days: string[]) => ({ uploads: seen({ uploads: days.map(begun), complete }) });
  const changed = { name: "PutBucketEncryption", time: "2026-11-10T12:00:00Z", ...management };
  const events = [...goodWeek, changed];
  const encryption = seen({ algorithm: "aws:kms", keyArn, bucketKey: true, blockedEncryptionTypes: [] } as const);
  const found = (bucket: Differences["bucket"], logged: EventFields[] = events) =>
    judge({ events: logged }, { bucket: { encryption, ...bucket }, intent: enforce }).filter((line) =>
      line.includes("uploads-in-progress"),
    );
  expect(found(uploads(true, "12"))).toEqual([]);
  const known = "; the default encryption was changed on 2026-11-10";
  expect(found(uploads(true, "12", "09"))).toEqual([
    `error uploads-in-progress: 2, the oldest since 2026-11-09${known}`,
  ]);
  expect(found(uploads(false, "12"))).toEqual([
    `error uploads-in-progress: at least 1, the oldest since 2026-11-12${known}`,
  ]);
  expect(found({ ...uploads(true, "12"), encryption: facts().bucket.encryption })).toEqual([
    "error uploads-in-progress: 1, the oldest since 2026-11-12",
  ]);
  expect(found(uploads(true, "12"), goodWeek)).toEqual(["error uploads-in-progress: 1, the oldest since 2026-11-12"]);
});
