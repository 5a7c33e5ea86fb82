import type { DiscoveredBucket } from "../../../src/checks/discover/found";
import { type Guess, guess, ownersIn, pointersIn } from "../../../src/checks/discover/guess";
import { seen } from "../../../src/checks/preflight/looked";
import type { Statement } from "../../../src/fleet/policy";
import { allowing, denied, foundBucket, keyed } from "./arrange";

const others = [
  foundBucket("acme-app", { logsTo: seen("acme-logs"), replicatesTo: seen(["acme-replica"]) }),
  foundBucket("acme-web", { logsTo: seen("acme-logs") }),
  foundBucket("acme-blind", { logsTo: denied("s3:GetBucketLogging") }),
];
const guessed = (name: string, changes: Partial<DiscoveredBucket> = {}): Guess => {
  const bucket = foundBucket(name, changes);
  return guess(bucket, pointersIn([...others, bucket]));
};
const key = "arn:aws:kms:eu-west-1:111111111111:key/1b2c";
const nothing: Guess = { classes: [], needsAes256: false, external: false, sourceKeys: [], because: [] };
const identity = "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1EXAMPLE";

const publicPolicy = (Condition: Statement): DiscoveredBucket["policy"] => {
  const statement = {
    Sid: "Public",
    Effect: "Allow",
    Principal: "*",
    Action: "s3:GetObject",
    Resource: "*",
    Condition,
  };
  return seen({ Version: "2012-10-17", Statement: [statement] });
};
const overTls: Statement = { Bool: { "aws:SecureTransport": "true" } };
const ofNetwork: Statement = { IpAddress: { "aws:SourceIp": "192.0.2.0/24" } };
const ofOrganization: Statement = { StringEquals: { "aws:PrincipalOrgID": "o-example" } };
const openToAll = (lets: string, by = "Public"): Partial<Guess> => ({
  needsAes256: true,
  because: [`AES256: its policy ${lets} readers in who do not sign, by ${by}; SSE-KMS refuses them`],
});
const everybody = "http://acs.amazonaws.com/groups/global/AllUsers";
const publicGrant = seen([{ Grantee: { Type: "Group", URI: everybody }, Permission: "READ" } as const]);
const blocking = (on: { ignorePublicAcls?: true; restrictPublicBuckets?: true }) =>
  seen({
    blockPublicAcls: false,
    ignorePublicAcls: on.ignorePublicAcls === true,
    blockPublicPolicy: false,
    restrictPublicBuckets: on.restrictPublicBuckets === true,
  });

test.each<[string, string, Partial<DiscoveredBucket>, Partial<Guess>]>([
  ["says nothing", "acme-plain", {}, {}],
  [
    "gets access logs of others",
    "acme-logs",
    {},
    {
      classes: ["log-target"],
      needsAes256: true,
      because: ["log-target: access logs of acme-app, acme-web go here"],
    },
  ],
  ["logs to itself", "acme-self", { logsTo: seen("acme-self") }, {}],
  [
    "lets log delivery write",
    "acme-l",
    { policy: allowing({ Service: "logging.s3.amazonaws.com" }, "s3:PutObject") },
    {
      classes: ["log-target"],
      needsAes256: true,
      because: ["log-target: its policy lets logging.s3.amazonaws.com write"],
    },
  ],
  [
    "has a grant for log delivery",
    "acme-l",
    { grants: seen([{ Grantee: { Type: "Group", URI: "http://acs.amazonaws.com/groups/s3/LogDelivery" } }]) },
    { classes: ["log-target"], needsAes256: true, because: ["log-target: its ACL has a grant for LogDelivery"] },
  ],
  [
    "lets an account of Elastic Load Balancing write",
    "acme-alb",
    { policy: allowing({ AWS: "arn:aws:iam::156460612806:root" }, "s3:PutObject") },
    {
      classes: ["alb-logs"],
      needsAes256: true,
      because: ["alb-logs: its policy lets arn:aws:iam::156460612806:root write, which is Elastic Load Balancing"],
    },
  ],
  [
    "is replicated to",
    "acme-replica",
    {},
    { classes: ["replication-destination"], because: ["replication-destination: acme-app is replicated here"] },
  ],
  [
    "lets another account replicate",
    "acme-r",
    { policy: allowing({ AWS: "222222222222" }, "s3:ReplicateObject") },
    {
      classes: ["replication-destination"],
      because: ["replication-destination: its policy allows s3:ReplicateObject"],
    },
  ],
  ["gives an account everything", "acme-r", { policy: allowing({ AWS: "222222222222" }, "s3:*") }, {}],
  [
    "has Object Lock on and gets logs as well",
    "acme-logs",
    { objectLock: seen(true) },
    {
      classes: ["object-locked", "log-target"],
      needsAes256: true,
      because: ["object-locked: Object Lock is on", "log-target: access logs of acme-app, acme-web go here"],
    },
  ],
  [
    "has Object Lock on and lets Elastic Load Balancing write as well",
    "acme-alb",
    {
      objectLock: seen(true),
      policy: allowing({ Service: "logdelivery.elasticloadbalancing.amazonaws.com" }, "s3:PutObject"),
    },
    {
      classes: ["object-locked", "alb-logs"],
      needsAes256: true,
      because: [
        "object-locked: Object Lock is on",
        "alb-logs: its policy lets logdelivery.elasticloadbalancing.amazonaws.com write, which is Elastic Load Balancing",
      ],
    },
  ],
  [
    "is a website",
    "acme-web",
    { website: seen(true) },
    { needsAes256: true, because: ["AES256: it is a website, whose readers do not sign; SSE-KMS refuses them"] },
  ],
  ["lets everybody read", "acme-web", { policy: publicPolicy({}) }, openToAll("lets")],
  ["lets everybody read over TLS alone", "acme-web", { policy: publicPolicy(overTls) }, openToAll("lets")],
  [
    "lets everybody of a network read",
    "acme-web",
    { policy: publicPolicy(ofNetwork) },
    openToAll("may let", "Public (aws:SourceIp)"),
  ],
  ["lets its organisation read", "acme-web", { policy: publicPolicy(ofOrganization) }, {}],
  [
    "lets everybody read, which its block takes back",
    "acme-web",
    { policy: publicPolicy({}), publicAccessBlock: blocking({ restrictPublicBuckets: true }) },
    {},
  ],
  ["lets everybody write", "acme-web", { policy: allowing({ AWS: "*" }, "s3:PutObject") }, {}],
  [
    "has a public ACL",
    "acme-web",
    { grants: publicGrant },
    { needsAes256: true, because: ["AES256: its ACL gives everybody READ: objects may be as public"] },
  ],
  [
    "has a public ACL, which its block ignores",
    "acme-web",
    { grants: publicGrant, publicAccessBlock: blocking({ ignorePublicAcls: true }) },
    {},
  ],
  [
    "lets an origin access identity read",
    "acme-web",
    { policy: allowing({ AWS: identity }, "s3:GetObject") },
    { needsAes256: true, because: [`AES256: its policy lets ${identity} of CloudFront read, which SSE-KMS refuses`] },
  ],
  [
    "is of CloudFormation",
    "acme-cfn",
    { tags: seen([{ Key: "aws:cloudformation:stack-name", Value: "shop" }]) },
    { external: true, because: ["external: CloudFormation stack shop owns it"] },
  ],
  [
    "has a default key",
    "acme-k",
    { encryption: keyed(key) },
    { sourceKeys: [key], because: [`objects are probably under its default key; keyArn: ${key} would keep it`] },
  ],
  [
    "is under aws/s3",
    "acme-k",
    { encryption: keyed(null) },
    { because: ["its default key is aws/s3: name that key's full ARN in sourceKeys"] },
  ],
  [
    "has an alias for a default key",
    "acme-k",
    { encryption: keyed("arn:aws:kms:eu-west-1:111111111111:alias/shop") },
    {
      because: [
        "its default key is arn:aws:kms:eu-west-1:111111111111:alias/shop: name the key's full ARN in sourceKeys",
      ],
    },
  ],
  [
    "could not be read",
    "acme-dark",
    { policy: denied("s3:GetBucketPolicy"), tags: denied("s3:GetBucketTagging"), encryption: denied("s3:x") },
    {},
  ],
])("a bucket that %s", (_, name, changes, expected) => {
  expect(guessed(name, changes)).toEqual({ ...nothing, ...expected });
});

test.each<[string, string, boolean]>([
  ["ManagedBy", "Terraform", true],
  ["managed-by", "opentofu", true],
  ["created_by", "Pulumi 3", true],
  ["terraform", "true", true],
  ["TerraformWorkspace", "prod", true],
  ["iac", "cdktf", true],
  ["terraform", "false", false],
  ["ManagedBy", "platform team", false],
  ["Name", "terraform-state", false],
  ["team", "blue", false],
  ["aws:servicecatalog:terraform", "x", false],
])("tag %s=%s tells of an owner: %s", (Key, Value, told) => {
  expect(ownersIn([{ Key, Value }]).length > 0).toBe(told);
});
