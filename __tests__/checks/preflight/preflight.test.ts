import type { Simulated } from "../../../src/checks/preflight/facts";
import { finding, sorted } from "../../../src/checks/preflight/finding";
import { type Looked, seen } from "../../../src/checks/preflight/looked";
import { evaluatePolicy } from "../../../src/checks/preflight/policy/evaluate";
import { exitCodeOf, preflight } from "../../../src/checks/preflight/preflight";
import type { Statement } from "../../../src/fleet/policy";
import {
  accepted,
  account,
  administer,
  bucketArn,
  type Differences,
  facts,
  goodKey,
  inShort,
  keyArn,
  policyOf,
  reader,
  roleArn,
  simulated,
  throughS3,
} from "./arrange";

const aes256 = { target: { algorithm: "AES256" } as const };
const key = (description: object) => ({
  key: {
    description: seen({ ...goodKey, ...description }),
  },
});
const bucketPolicy = (...statements: Statement[]): Differences => ({
  bucket: { policy: seen(policyOf(...statements)) },
});
const allow = (Principal: Statement[string], Action: string, more: Statement = {}): Statement => ({
  Sid: "TheirAllow",
  Effect: "Allow",
  Principal,
  Action,
  Resource: `${bucketArn}/*`,
  ...more,
});
const deny = (Action: string, Condition: Statement): Statement => ({
  Sid: "TheirDeny",
  Effect: "Deny",
  Principal: "*",
  Action,
  Resource: [bucketArn, `${bucketArn}/*`],
  Condition,
});
const root = `arn:aws:iam::${account}:root`;
/** IAM User Guide, "AWS JSON policy elements: NotPrincipal": whoever is spared is named together with its account. */
const everyoneBut = (...AWS: string[]): Statement => {
  const { Principal: _, ...rest } = deny("s3:ListBucket", {});
  return { ...rest, NotPrincipal: { AWS } };
};
const keyPolicy = (...statements: Statement[]) => ({ policy: seen(policyOf(...statements)) });
const sse = "s3:x-amz-server-side-encryption";
const decrypt = (...answer: Parameters<typeof simulated>): Looked<Record<string, Simulated>> =>
  seen({ "kms:Decrypt": simulated(...answer), "kms:GenerateDataKey": simulated("allowed") });
const unseen = (permission: string, why: string, notThere = false): Looked<never> => ({
  is: "unseen",
  permission,
  why,
  notThere,
});
const stranger = "arn:aws:iam::222222222222:role/partner";
const oai = "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E2EXAMPLE";
const retention = {
  ObjectLockEnabled: "Enabled",
  Rule: { DefaultRetention: { Mode: "GOVERNANCE", Days: 7 } },
} as const;
const replicated = (more = {}) =>
  seen({
    Role: roleArn,
    Rules: [{ ID: "all", Status: "Enabled" as const, Destination: { Bucket: "arn:aws:s3:::replica" }, ...more }],
  });
const withKms = { SourceSelectionCriteria: { SseKmsEncryptedObjects: { Status: "Enabled" as const } } };

test("a bucket that nothing stands in the way of has no finding", () => {
  expect(preflight(facts())).toEqual([]);
  expect(exitCodeOf([])).toBe(0);
});

test.each<[string, Differences, string[]]>([
  ["a key that is disabled", key({ state: "Disabled" }), ["error key-not-enabled"]],
  ["a key that waits for its deletion", key({ state: "PendingDeletion" }), ["error key-not-enabled"]],
  ["a key that signs", key({ usage: "SIGN_VERIFY", spec: "RSA_2048" }), ["error key-wrong-kind"]],
  ["no key", { key: { description: seen(null), ...keyPolicy() } }, ["error key-missing", "error own-permission"]],
  ["AWS's own key", key({ manager: "AWS" }), ["warning key-aws-managed"]],
  ["a key that does not rotate", { key: { rotates: seen(false) } }, ["warning key-rotation-off"]],
  [
    "a key of another Region",
    { intent: { region: "eu-central-1" }, bucket: { location: seen("eu-central-1") }, key: keyPolicy(administer) },
    ["error key-other-region"],
  ],
  [
    "a key policy that locks its account out, and lets nobody update what is encrypted",
    { key: keyPolicy(throughS3) },
    ["error key-policy-lock-out", "error own-permission"],
  ],
  [
    "a key policy for everybody",
    { key: keyPolicy(administer, { ...throughS3, Condition: { Null: { "kms:ViaService": "false" } } }) },
    ["error key-policy-public"],
  ],
  [
    "a source key that is disabled",
    {
      facts: {
        sourceKeys: [{ ...(facts().key ?? fail()), description: seen({ ...descriptionOf(), state: "Disabled" }) }],
      },
    },
    ["error source-key-unusable"],
  ],
  [
    "objects under a key of which the fleet says nothing",
    { facts: { otherKeys: new Map([[`${keyArn}2`, seen(goodKey)]]) } },
    ["error source-key-not-in-fleet"],
  ],
  [
    "objects under a key that may not be looked at",
    { facts: { otherKeys: new Map([[`${keyArn}2`, unseen("kms:DescribeKey", "denied to this caller")]]) } },
    ["error source-key-not-in-fleet"],
  ],
  [
    "objects under aws/s3",
    { facts: { otherKeys: new Map([[`${keyArn}2`, seen({ ...goodKey, manager: "AWS" })]]) } },
    ["note objects-under-aws-s3"],
  ],
  [
    "objects under customers' keys",
    { bucket: { encryptedWith: seen({ keys: [], customerKeys: true }) } },
    ["warning sse-c-objects"],
  ],
  ["AES256, whatever the key is like", { intent: aes256, key: null }, []],
])("%s", (_, differences, expected) => {
  expect(inShort(preflight(facts(differences)))).toEqual(expected);
});

function fail(): never {
  throw new Error("the facts have a key");
}
function descriptionOf() {
  const description = facts().key?.description;
  return description?.is === "seen" && description.value ? description.value : fail();
}

test.each<[string, Differences, string[]]>([
  ["a reader whom the key's policy lets in through S3", { fleet: { readers: [reader] } }, []],
  [
    "a reader left to its own IAM policies, which allow it",
    {
      fleet: { readers: [reader] },
      key: keyPolicy(administer),
      facts: { iam: new Map([[reader, decrypt("allowed")]]) },
    },
    [],
  ],
  [
    "a reader left to its own IAM policies, which do not",
    {
      fleet: { readers: [reader] },
      key: keyPolicy(administer),
      facts: { iam: new Map([[reader, decrypt("implicitDeny")]]) },
    },
    ["error principal-without-key"],
  ],
  [
    "a reader left to IAM policies of which nobody asked about the action",
    {
      fleet: { readers: [reader] },
      key: keyPolicy(administer),
      facts: { iam: new Map([[reader, seen({ "kms:GenerateDataKey": simulated("allowed") })]]) },
    },
    ["error principal-without-key"],
  ],
  [
    "a reader left to IAM policies that refuse it unless a key lets it, of which nothing is known",
    {
      fleet: { readers: [reader] },
      key: keyPolicy(administer),
      facts: { iam: new Map([[reader, decrypt("implicitDeny", { hangsOn: ["aws:SourceVpce"] })]]) },
    },
    ["warning principal-not-decided"],
  ],
  [
    "a reader left to IAM policies that allow it unless a key denies it, of which nothing is known",
    {
      fleet: { readers: [reader] },
      key: keyPolicy(administer),
      facts: { iam: new Map([[reader, decrypt("allowed", { hangsOn: ["aws:SourceVpce"] })]]) },
    },
    ["note principal-not-decided"],
  ],
  [
    "a reader of whom IAM may not be asked",
    {
      fleet: { readers: [reader] },
      key: keyPolicy(administer),
      facts: { iam: new Map([[reader, unseen("iam:SimulatePrincipalPolicy", "denied to this caller")]]) },
    },
    ["error could-not-look", "warning principal-not-decided"],
  ],
  [
    "a reader, where there is no simulation to ask",
    {
      fleet: { readers: [reader] },
      key: keyPolicy(administer),
      facts: { iam: new Map([[reader, unseen("iam:SimulatePrincipalPolicy", "InvalidAction", true)]]) },
    },
    ["warning principal-not-decided"],
  ],
  [
    "a reader of another account whom nobody lets in",
    { fleet: { readers: [stranger] } },
    ["error principal-without-key"],
  ],
  [
    "a reader of another account who is let in, and needs its own policies too",
    {
      fleet: { readers: [stranger] },
      key: keyPolicy(administer, throughS3, { ...throughS3, Principal: { AWS: stranger }, Condition: {} }),
    },
    ["warning principal-not-decided"],
  ],
  [
    "a reader whom a Deny keeps out",
    {
      fleet: { readers: [reader] },
      key: keyPolicy(administer, throughS3, {
        ...throughS3,
        Sid: "No",
        Effect: "Deny",
        Principal: { AWS: reader },
        Condition: {},
      }),
    },
    ["error principal-without-key"],
  ],
  [
    "a key policy for objects' ARNs, where a bucket key shows the bucket's",
    {
      fleet: { writers: [reader] },
      key: keyPolicy(administer, {
        ...throughS3,
        Effect: "Deny",
        Condition: { StringNotLike: { "kms:EncryptionContext:aws:s3:arn": `${bucketArn}/*` } },
      }),
    },
    ["error own-permission", "error principal-without-key"],
  ],
  [
    "a partner of the bucket's policy of whom nobody thought",
    bucketPolicy(allow({ AWS: stranger }, "s3:GetObject")),
    ["error principal-without-key", "warning principal-not-in-fleet"],
  ],
  [
    "a partner, while the target is AES256",
    { ...bucketPolicy(allow({ AWS: stranger }, "s3:GetObject")), intent: aes256, key: null },
    [],
  ],
  [
    "CloudFront with origin access control, without the key",
    bucketPolicy(
      allow({ Service: "cloudfront.amazonaws.com" }, "s3:GetObject", {
        Condition: { StringEquals: { "aws:SourceArn": "arn:aws:cloudfront::1:distribution/E1" } },
      }),
    ),
    ["error service-without-key"],
  ],
  [
    "a service writer that the key's policy lets in",
    {
      fleet: { serviceWriters: ["delivery.logs.amazonaws.com"] },
      key: keyPolicy(administer, throughS3, {
        ...throughS3,
        Principal: { Service: "delivery.logs.amazonaws.com" },
        Condition: { StringEquals: { "aws:SourceAccount": account } },
      }),
    },
    ["note service-writes-without-header"],
  ],
])("users: %s", (_, differences, expected) => {
  expect(inShort(preflight(facts(differences)))).toEqual(expected);
});

test.each<[string, Differences, string[]]>([
  ["everybody may read", bucketPolicy(allow("*", "s3:GetObject")), ["error anonymous-read"]],
  ["everybody may read, says a list", bucketPolicy(allow({ AWS: "*" }, "s3:*")), ["error anonymous-read"]],
  [
    "everybody may read a part of it",
    bucketPolicy(allow("*", "s3:GetObject", { Resource: `${bucketArn}/public/*` })),
    ["error anonymous-read"],
  ],
  [
    "everybody may read a part of each bucket of a name",
    bucketPolicy(allow("*", "s3:GetObject", { Resource: "arn:aws:s3:::acme-*/public/*" })),
    ["error anonymous-read"],
  ],
  [
    "everybody may read a part of other buckets",
    bucketPolicy(allow("*", "s3:GetObject", { Resource: "arn:aws:s3:::beta-*/public/*" })),
    [],
  ],
  [
    "public, but restricted by the public access block",
    {
      bucket: {
        policy: seen(policyOf(allow("*", "s3:GetObject"))),
        publicAccessBlock: seen({
          blockPublicAcls: true,
          ignorePublicAcls: true,
          blockPublicPolicy: true,
          restrictPublicBuckets: true,
        }),
      },
    },
    [],
  ],
  [
    "everybody of one account",
    bucketPolicy(allow("*", "s3:GetObject", { Condition: { StringEquals: { "aws:PrincipalAccount": account } } })),
    [],
  ],
  [
    "everybody from an address",
    bucketPolicy(allow("*", "s3:GetObject", { Condition: { IpAddress: { "aws:SourceIp": "192.0.2.0/24" } } })),
    ["warning anonymous-read"],
  ],
  ["public, under AES256", { ...bucketPolicy(allow("*", "s3:GetObject")), intent: aes256, key: null }, []],
  [
    "nobody, but some addresses are refused",
    bucketPolicy(deny("s3:PutObject", { IpAddress: { "aws:SourceIp": "192.0.2.0/24" } })),
    ["warning own-call-not-decided"],
  ],
  ["a website", { bucket: { website: seen(true) } }, ["error website"]],
  [
    "a website under AES256, whose endpoint has no HTTPS",
    { bucket: { website: seen(true) }, intent: aes256, key: null },
    ["error website-over-http"],
  ],
  [
    "a website whose plain HTTP is accepted",
    { bucket: { website: seen(true) }, intent: aes256, key: null, fleet: { accept: [accepted("plain-http")] } },
    ["note website-over-http"],
  ],
  [
    "an ACL for everybody",
    {
      bucket: {
        acl: seen({
          owner: "owner",
          grants: [
            { Grantee: { Type: "Group", URI: "http://acs.amazonaws.com/groups/global/AllUsers" }, Permission: "READ" },
          ],
        }),
      },
    },
    ["warning public-acl"],
  ],
  [
    "an ACL that lets log delivery write",
    {
      bucket: {
        acl: seen({
          owner: "owner",
          grants: [
            { Grantee: { Type: "Group", URI: "http://acs.amazonaws.com/groups/s3/LogDelivery" }, Permission: "WRITE" },
          ],
        }),
      },
    },
    ["error log-target"],
  ],
  ["an origin access identity", bucketPolicy(allow({ AWS: oai }, "s3:GetObject")), ["error cloudfront-oai"]],
  ["a canonical user", bucketPolicy(allow({ CanonicalUser: "79a5" }, "s3:GetObject")), ["warning canonical-user"]],
  [
    "a role that was deleted",
    bucketPolicy(allow({ AWS: "AROAEXAMPLEID23456789" }, "s3:GetObject")),
    ["error orphaned-principal"],
  ],
])("the bucket's policy: %s", (_, differences, expected) => {
  expect(inShort(preflight(facts(differences)))).toEqual(expected);
});

test.each<[string, Statement, string[]]>([
  [
    "puts without AES256 are refused",
    deny("s3:PutObject", { StringNotEquals: { [sse]: "AES256" } }),
    ["error own-call-refused"],
  ],
  [
    "puts with another key are refused",
    deny("s3:PutObject", { StringNotEquals: { [`${sse}-aws-kms-key-id`]: "other" } }),
    ["error own-call-refused"],
  ],
  ["puts without any header are refused", deny("s3:PutObject", { Null: { [sse]: "true" } }), []],
  [
    "only new keys may be put",
    deny("s3:PutObject", { Null: { "s3:if-none-match": "true" } }),
    ["error own-call-refused"],
  ],
  [
    "copies from other buckets are refused",
    deny("s3:PutObject", { StringNotLikeIfExists: { "s3:x-amz-copy-source": "acme-uploads/*" } }),
    [],
  ],
  [
    "copies that keep the metadata are refused",
    deny("s3:PutObject", { StringEquals: { "s3:x-amz-metadata-directive": "COPY" } }),
    ["error own-call-refused"],
  ],
  ["only conditional puts are taken", deny("s3:PutObject", { Null: { "s3:if-match": "true" } }), []],
  ["plain HTTP is refused", deny("s3:*", { Bool: { "aws:SecureTransport": "false" } }), []],
  ["another principal is refused", deny("s3:*", { ArnEquals: { "aws:PrincipalArn": stranger } }), []],
  [
    "everybody but one is refused",
    deny("s3:GetObject", { ArnNotLike: { "aws:PrincipalArn": stranger } }),
    ["error own-call-refused"],
  ],
  [
    "what comes past the endpoint is refused",
    deny("s3:GetObject", { StringNotEquals: { "aws:SourceVpce": "vpce-1" } }),
    ["warning own-call-not-decided"],
  ],
  [
    "reads without a header that no read has are refused, since a negated operator matches what is missing",
    deny("s3:GetObject", { StringNotEquals: { "s3:x-amz-acl": "private" } }),
    ["error own-call-refused"],
  ],
  [
    "IfExists matches what is missing as well",
    deny("s3:GetObject", { StringEqualsIfExists: { "s3:x-amz-acl": "private" } }),
    ["error own-call-refused"],
  ],
  [
    "a part of the bucket is nobody's to read",
    { ...deny("s3:GetObject", {}), Resource: `${bucketArn}/secret/*` },
    ["error own-call-refused"],
  ],
  [
    "a part of the bucket is read from some addresses only",
    {
      ...deny("s3:GetObject", { NotIpAddress: { "aws:SourceIp": "192.0.2.0/24" } }),
      Resource: `${bucketArn}/secret/*`,
    },
    ["warning own-call-not-decided"],
  ],
  ["all but a role and its account", everyoneBut(roleArn, root), []],
  ["all but a role, without its account", everyoneBut(roleArn), ["error own-call-refused"]],
  ["all but another account", everyoneBut("arn:aws:iam::222222222222:root"), ["error own-call-refused"]],
  ["all but the root of the account", everyoneBut(root), ["warning own-call-not-decided"]],
  ["a positive operator does not", deny("s3:GetObject", { StringEquals: { "s3:x-amz-acl": "private" } }), []],
])("our own calls: %s", (_, statement, expected) => {
  expect(inShort(preflight(facts(bucketPolicy(statement))))).toEqual(expected);
});

/** "Always deny any IAM principal that has a permissions boundary": the page that `everyoneBut` names. */
describe("a Deny with NotPrincipal and somebody with a permissions boundary", () => {
  const bounded = { "s3:ListBucket": simulated("allowed", { bounded: true }) };
  const spares = "(NotPrincipal spares nobody with a permissions boundary)";

  test("the conversion role is refused by the bucket's policy, though it is spared by name", () => {
    const found = preflight(facts({ ...bucketPolicy(everyoneBut(roleArn, root)), facts: { own: seen(bounded) } }));
    expect(found).toMatchObject([
      { level: "error", id: "own-call-refused", evidence: `s3:ListBucket: TheirDeny ${spares}` },
    ]);
  });

  test("so is it by the key's, and a reader whom IAM was asked about", () => {
    const denial = { ...everyoneBut(roleArn, reader, root), Action: "kms:Decrypt", Resource: "*" };
    const found = preflight(
      facts({
        fleet: { readers: [reader] },
        key: keyPolicy(administer, throughS3, denial),
        facts: { own: seen(bounded), iam: new Map([[reader, decrypt("allowed", { bounded: true })]]) },
      }),
    );
    expect(found).toMatchObject([
      { id: "own-permission", evidence: `the key's policy denies kms:Decrypt to ${roleArn} (TheirDeny ${spares})` },
      { id: "principal-without-key", evidence: expect.stringContaining(`denies kms:Decrypt (TheirDeny ${spares})`) },
    ]);
  });

  test("who is not known to have one is spared by name, and an Allow is no Deny", () => {
    const none = { "s3:ListBucket": simulated("allowed") };
    const sparing = bucketPolicy(everyoneBut(roleArn, root));
    expect(inShort(preflight(facts({ ...sparing, facts: { own: seen(none) } })))).toEqual([]);
    const request = { action: "s3:ListBucket", resource: bucketArn, context: new Map() };
    const allowing = policyOf({ ...everyoneBut(roleArn, root), Effect: "Allow" });
    const principal = { is: "iam", arn: roleArn, bounded: true } as const;
    expect(evaluatePolicy(allowing, { ...request, principal }).is).toBe("silent");
  });
});

test.each<[string, Differences, string[]]>([
  [
    "replication that leaves out KMS",
    { bucket: { replication: replicated() } },
    ["error replication-leaves-out-kms", "warning replication"],
  ],
  ["replication of KMS objects", { bucket: { replication: replicated(withKms) } }, ["warning replication"]],
  [
    "replication, where only copies convert",
    { bucket: { replication: replicated() }, intent: aes256, key: null },
    ["error replication"],
  ],
  [
    "notifications, where only copies convert",
    { bucket: { notifications: seen({ EventBridgeConfiguration: {} }) }, intent: aes256, key: null },
    ["error notifications"],
  ],
  [
    "notifications that the fleet accepts",
    { bucket: { notifications: seen({ EventBridgeConfiguration: {} }) }, intent: aes256NotAsked(), key: null },
    ["note notifications"],
  ],
  [
    "notifications of deletions",
    { bucket: { notifications: seen({ QueueConfigurations: [{ QueueArn: "q", Events: ["s3:ObjectRemoved:*"] }] }) } },
    [],
  ],
  [
    "lifecycle rules that count days, and move to a class with a minimum duration",
    {
      bucket: {
        lifecycle: seen([
          { ID: "old", Status: "Enabled", Transitions: [{ Days: 30, StorageClass: "GLACIER" }] },
          { ID: "parts", Status: "Enabled", AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 } },
        ]),
      },
    },
    ["warning lifecycle", "warning minimum-duration"],
  ],
  ["Object Lock", { bucket: { objectLock: seen({ ObjectLockEnabled: "Enabled" }) } }, ["error object-lock"]],
  [
    "Object Lock that the fleet accepts, with default retention",
    { bucket: { objectLock: seen(retention) }, fleet: { accept: [accepted("object-lock")] } },
    ["warning default-retention", "note object-lock"],
  ],
  [
    "a waiver that has run out accepts nothing",
    {
      bucket: { objectLock: seen({ ObjectLockEnabled: "Enabled" }) },
      fleet: { accept: [accepted("object-lock", "2026-11-21")] },
    },
    ["error object-lock", "error waiver-expired"],
  ],
])("consequences: %s", (_, differences, expected) => {
  expect(inShort(preflight(facts(differences)))).toEqual(expected);
});

function aes256NotAsked() {
  const { fleet } = facts({ fleet: { accept: [accepted("notifications")] } }).intent;
  return { ...aes256, fleet };
}

test.each<[string, Differences, string[]]>([
  [
    "an S3 log target",
    bucketPolicy(allow({ Service: "logging.s3.amazonaws.com" }, "s3:PutObject")),
    ["error log-target", "error service-without-key", "note service-writes-without-header"],
  ],
  [
    "a log target under AES256",
    { ...bucketPolicy(allow({ Service: "logging.s3.amazonaws.com" }, "s3:PutObject")), intent: aes256, key: null },
    ["note service-writes-without-header"],
  ],
  [
    "load balancers that deliver as an account",
    { ...bucketPolicy(allow({ AWS: "arn:aws:iam::156460612806:root" }, "s3:PutObject")), intent: aes256, key: null },
    ["warning service-writes-without-header"],
  ],
  ["load balancers, by class", { fleet: { class: "alb-logs" } }, ["error alb-logs"]],
  ["another Region", { bucket: { location: seen("us-east-1") } }, ["error bucket-other-region"]],
  [
    "a default under aws/s3",
    {
      bucket: {
        encryption: seen({ algorithm: "aws:kms", keyArn: null, bucketKey: false, blockedEncryptionTypes: ["SSE-C"] }),
      },
    },
    ["note default-is-aws-s3"],
  ],
  [
    "SSE-C that stage encrypt will refuse",
    {
      fleet: { stage: "prepare" },
      bucket: { encryption: seen({ algorithm: "AES256", keyArn: null, bucketKey: false, blockedEncryptionTypes: [] }) },
    },
    ["warning sse-c-writers-refused"],
  ],
  [
    "uploads in progress",
    { bucket: { uploads: seen({ uploads: [{ key: "a", begun: Date.parse("2026-11-20") }], complete: true }) } },
    ["warning uploads-in-progress"],
  ],
  [
    "objects of somebody else",
    {
      bucket: {
        ownership: seen("ObjectWriter"),
        sample: seen({ keys: [], objects: 3, complete: true, classes: {}, owners: { owner: 2, other: 1 } }),
      },
    },
    ["warning objects-of-other-owners", "note acls-on"],
  ],
  ["a full disk", { facts: { freeBytes: 1_000 } }, ["warning disk-space"]],
  ["a journal in S3, whatever the disk", { facts: { freeBytes: null } }, []],
  [
    "a role that may not, unless a key of which nothing is known lets it",
    { facts: { own: seen({ "s3:GetObject": simulated("implicitDeny", { hangsOn: ["aws:SourceIp"] }) }) } },
    ["warning own-permission-not-decided"],
  ],
  [
    "a role that may, unless a key of which nothing is known denies it",
    { facts: { own: seen({ "s3:GetObject": simulated("allowed", { hangsOn: ["aws:SourceIp"] }) }) } },
    ["note own-permission-not-decided"],
  ],
  [
    "a role that may not",
    { facts: { own: seen({ "s3:GetObject": simulated("implicitDeny") }) } },
    ["error own-permission"],
  ],
  [
    "no simulation",
    { facts: { own: unseen("iam:SimulatePrincipalPolicy", "NotImplemented", true) } },
    ["note own-permission-not-decided"],
  ],
])("the bucket: %s", (_, differences, expected) => {
  expect(inShort(preflight(facts(differences)))).toEqual(expected);
});

test("what could not be seen is an error that names the permission, whatever else there is, and exits with 2", () => {
  const findings = preflight(
    facts({
      bucket: { policy: unseen("s3:GetBucketPolicy", "denied to this caller"), website: seen(true) },
      key: { policy: unseen("kms:GetKeyPolicy", "denied to this caller") },
    }),
  );
  expect(findings.map(({ id, evidence }) => `${id} ${evidence}`)).toEqual([
    `could-not-look ${keyArn}: kms:GetKeyPolicy: denied to this caller`,
    "could-not-look s3://acme-uploads: s3:GetBucketPolicy: denied to this caller",
    "website website hosting is configured",
  ]);
  expect(exitCodeOf(findings)).toBe(2);
});

test("errors exit with 1, and warnings are for the reviewer", () => {
  expect(exitCodeOf(preflight(facts({ bucket: { website: seen(true) } })))).toBe(1);
  expect(exitCodeOf(preflight(facts({ key: { rotates: seen(false) } })))).toBe(0);
});

test("what two checks say alike is said once", () => {
  const twice = [finding("note", "acls-on", "a"), finding("note", "acls-on", "b"), finding("note", "acls-on", "a")];
  expect(sorted(twice).map(({ evidence }) => evidence)).toEqual(["a", "b"]);
});
