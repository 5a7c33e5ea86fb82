import { runInNewContext } from "node:vm";
import { waivable } from "../../src/fleet/fleet";
import { FleetError } from "../../src/fleet/mistakes";
import { parseFleet } from "../../src/fleet/parse";

interface Written {
  state?: string;
  account?: string;
  id?: string;
  region?: string;
  bucket?: string;
  defaults?: string;
}

const fleetYaml = ({ state, account, id, region, bucket, defaults }: Written = {}) => `
state: ${state ?? "{ backend: local, directory: state }"}
defaults: ${defaults ?? "{}"}
accounts:
  - name: sandbox
    id: ${id ?? '"111111111111"'}
    ${account ?? "wave: 0"}
    regions:
      ${region ?? "eu-west-1"}:
        buckets:
          - ${bucket ?? "{ name: acme-uploads }"}
`;

function mistakesIn(text: string): readonly string[] {
  try {
    parseFleet(text, "fleet.yaml");
  } catch (error) {
    if (error instanceof FleetError) return error.mistakes;
    throw error;
  }
  return [];
}

const bucketAt = "accounts[0].regions.eu-west-1.buckets[0]";

const bucketMistakes: readonly [string, string, string][] = [
  ["an unknown stage", "stage: enforced", 'stage: "enforced" is none of prepare, encrypt, enforce, released'],
  ["an unknown algorithm", "encryption: AES128", 'encryption: "AES128" is none of AES256, aws:kms, aws:kms:dsse'],
  [
    "an unknown field",
    "stages: prepare",
    "stages: is no field here; there are name, newBucket, stage, encryption, bucketKey, blockSseC, backup, versions, class, policy, defaultEncryption, readers, writers, headerlessWriters, serviceWriters, keyArn, sourceKeys, accept, dropPrincipals",
  ],
  ["a word for a boolean", "bucketKey: maybe", 'bucketKey: "maybe" is no boolean (true or false)'],
  [
    "a bucket key with AES256",
    "encryption: AES256, bucketKey: true",
    "bucketKey: true is impossible with AES256: only aws:kms has bucket keys",
  ],
  [
    "a bucket key with DSSE",
    "encryption: aws:kms:dsse, bucketKey: true",
    "bucketKey: true is impossible with aws:kms:dsse: only aws:kms has bucket keys",
  ],
  [
    "a key with AES256",
    "encryption: AES256, keyArn: arn:aws:kms:eu-west-1:111111111111:key/a",
    `keyArn: "arn:aws:kms:eu-west-1:111111111111:key/a" is impossible with AES256, which uses S3's own keys`,
  ],
  [
    "an alias for a key",
    "keyArn: alias/mine",
    'keyArn: "alias/mine" is no full ARN of a KMS key: S3 resolves aliases and bare ids in the account of whoever asks',
  ],
  [
    "a key of another region",
    "keyArn: arn:aws:kms:us-east-1:111111111111:key/a",
    'keyArn: "arn:aws:kms:us-east-1:111111111111:key/a" is in us-east-1, the bucket in eu-west-1: S3 uses keys of its own region',
  ],
  [
    "a source key of another partition",
    "sourceKeys: [arn:aws-cn:kms:eu-west-1:111111111111:key/a]",
    'sourceKeys[0]: "arn:aws-cn:kms:eu-west-1:111111111111:key/a" is in partition aws-cn, the bucket in aws',
  ],
  [
    "ALB logs under KMS",
    "class: alb-logs, encryption: aws:kms",
    'encryption: "aws:kms" stops Elastic Load Balancing, which delivers to AES256 buckets only',
  ],
  [
    "access logs under KMS",
    "class: log-target, encryption: aws:kms:dsse",
    'encryption: "aws:kms:dsse" stops S3 server access logging, which delivers to AES256 buckets only',
  ],
  [
    "access logs at enforce",
    "class: log-target, encryption: AES256, stage: enforce",
    'stage: "enforce" refuses puts without the encryption header, and S3 server access logging may deliver as an account instead of a service principal, without it; accept "log-delivery" if that is understood',
  ],
  [
    "replicas from stage encrypt on",
    "class: replication-destination, stage: encrypt",
    `stage: "encrypt" does not reach replicas, whose encryption the source bucket's rule decides, and copies made here are versions that the source does not know; accept "replicas" if that is understood`,
  ],
  [
    "locked objects from stage encrypt on",
    "class: object-locked, stage: enforce",
    'stage: "enforce" leaves versions under retention or legal hold as they are: S3 refuses to update them, and a copy is a new version beside them; accept "object-lock" if that is understood',
  ],
  [
    "a block of SSE-C that somebody else owns",
    "defaultEncryption: external, blockSseC: true",
    "blockSseC: true is impossible with defaultEncryption: external, whose owner decides it",
  ],
  [
    "a principal to drop that is alive",
    "dropPrincipals: [arn:aws:iam::111111111111:role/reader]",
    'dropPrincipals[0]: "arn:aws:iam::111111111111:role/reader" is no unique id of a deleted role or user, such as S3 shows in a policy: AROA... or AIDA...',
  ],
  [
    "a principal to drop from somebody else's policy",
    "policy: external, dropPrincipals: [AROAEXAMPLEID23456789]",
    'dropPrincipals: ["AROAEXAMPLEID23456789"] is impossible with policy: external, whose owner decides it',
  ],
  [
    "a waiver for nothing we know",
    "accept: [{ what: everything, reason: none, until: 2027-01-01 }]",
    `accept[0].what: "everything" is none of ${waivable.join(", ")}`,
  ],
  [
    "a waiver until no day of the calendar",
    "accept: [{ what: sse-c, reason: old client, until: 2027-02-30 }]",
    'accept[0].until: "2027-02-30" is no day of the calendar',
  ],
  ["a waiver without end", "accept: [{ what: sse-c, reason: old client }]", "accept[0].until: is missing"],
  [
    "a waiver without a reason",
    'accept: [{ what: sse-c, reason: " ", until: 2027-01-01 }]',
    'accept[0].reason: " " is no reason: say why, for the reviewer',
  ],
  [
    "the same waiver twice",
    "accept: [{ what: sse-c, reason: a, until: 2027-01-01 }, { what: sse-c, reason: b, until: 2027-01-01 }]",
    'accept[1].what: "sse-c" is accepted twice',
  ],
  [
    "a session instead of a role",
    "writers: [arn:aws:sts::111111111111:assumed-role/uploader/session]",
    `writers[0]: "arn:aws:sts::111111111111:assumed-role/uploader/session" is no ARN of an IAM role, user or account root; a session's ARN does not do, use its role's`,
  ],
  [
    "a principal of another partition",
    "readers: [arn:aws-cn:iam::111111111111:role/a]",
    'readers[0]: "arn:aws-cn:iam::111111111111:role/a" is in partition aws-cn, not in aws',
  ],
  [
    "a service that is none",
    "serviceWriters: [logging]",
    'serviceWriters[0]: "logging" is no service principal, such as logging.s3.amazonaws.com',
  ],
];

test.each(bucketMistakes)("a bucket with %s is refused", (_, written, expected) => {
  const bucket = `{ name: acme-uploads, ${written} }`;
  expect(mistakesIn(fleetYaml({ bucket }))).toEqual([`fleet.yaml: ${bucketAt}.${expected}.`]);
});

test.each(
  [["Acme", "acme..uploads", "ab", "10.0.0.1", "-acme", "acme_uploads", "at-rest-backup-x", "a".repeat(64)]].flat(),
)("%s is no bucket name", (name) => {
  expect(mistakesIn(fleetYaml({ bucket: `{ name: ${name} }` }))).toEqual([
    expect.stringMatching(/buckets\[0\]\.name: ".*" is no bucket name: 3 to 63 /),
  ]);
});

test("a long name with an underscore, as buckets of 2006 may have, is refused like any other", () => {
  const name = `${"a".repeat(62)}_`;
  const refused = () => mistakesIn(fleetYaml({ bucket: `{ name: ${name} }` }));
  // An expression that goes back and forth in it would not come to an end in this test's lifetime: then this ends it.
  expect(runInNewContext("refused()", { refused }, { timeout: 20_000 })).toEqual([
    expect.stringMatching(/is no bucket name/),
  ]);
});

test.each(["a.b", "acme-uploads.eu", "0aa", "a".repeat(63)])("%s is a bucket name", (name) => {
  expect(mistakesIn(fleetYaml({ bucket: `{ name: ${name} }` }))).toEqual([]);
});

const acceptable: readonly [string, string][] = [
  [
    "an object-locked bucket whose consequence is accepted",
    "class: object-locked, stage: encrypt, accept: [{ what: object-lock, reason: r, until: 2027-01-01 }]",
  ],
  ["a locked bucket that is only prepared", "class: object-locked, stage: prepare"],
  ["an access log bucket under AES256", "class: log-target, encryption: AES256, stage: encrypt"],
  [
    "a log bucket spared the header row",
    "class: alb-logs, encryption: AES256, stage: enforce, accept: [{ what: missing-header, reason: r, until: 2027-01-01 }]",
  ],
  ["a bucket key that is said to be off", "encryption: AES256, bucketKey: false"],
];

test.each(acceptable)("%s is accepted", (_, written) => {
  expect(mistakesIn(fleetYaml({ bucket: `{ name: acme-uploads, ${written} }` }))).toEqual([]);
});

const accountIds: readonly [string, string][] = [
  ["111111111111", '111111111111 is a number to YAML; put the 12 digits in quotes: "111111111111"'],
  ["012345678901", '012345678901 is a number to YAML; put the 12 digits in quotes: "012345678901"'],
  ["0o12345671", '0o12345671 is a number to YAML; put the 12 digits in quotes: "012345671"'],
  ['"12345"', '"12345" is no account id: 12 digits in quotes'],
];

test.each(accountIds)("the account id %s is refused as it was written", (id, expected) => {
  expect(mistakesIn(fleetYaml({ id }))).toEqual([`fleet.yaml: accounts[0].id: ${expected}.`]);
});

test("a region of another partition is refused", () => {
  expect(mistakesIn(fleetYaml({ account: "partition: aws-cn" }))).toEqual([
    'fleet.yaml: accounts[0].regions.eu-west-1: "eu-west-1" is no region of partition aws-cn.',
  ]);
  expect(mistakesIn(fleetYaml({ region: "us-gov-west-1" }))).toEqual([
    'fleet.yaml: accounts[0].regions.us-gov-west-1: "us-gov-west-1" is no region of partition aws.',
  ]);
});

// Source: AWS SDKs, `partitions.json`, which names each partition's Regions by a pattern.
test.each([
  ["aws", "eu-west-1"],
  ["aws", "us-east-1"],
  ["aws-cn", "cn-northwest-1"],
  ["aws-us-gov", "us-gov-east-1"],
  ["aws-iso", "us-iso-west-1"],
  ["aws-iso-b", "us-isob-east-1"],
  ["aws-iso-e", "eu-isoe-west-1"],
  ["aws-iso-f", "us-isof-south-1"],
  ["aws-eusc", "eusc-de-east-1"],
])("in partition %s the region %s is one, and in no other", (partition, region) => {
  expect(mistakesIn(fleetYaml({ account: `partition: ${partition}`, region }))).toEqual([]);
  const other = partition === "aws" ? "aws-cn" : "aws";
  expect(mistakesIn(fleetYaml({ account: `partition: ${other}`, region }))).toHaveLength(1);
});

test("an operator of another partition is refused", () => {
  expect(mistakesIn(fleetYaml({ account: "operators: [arn:aws-cn:iam::111111111111:role/a]" }))).toEqual([
    'fleet.yaml: accounts[0].operators[0]: "arn:aws-cn:iam::111111111111:role/a" is in partition aws-cn, not in aws.',
  ]);
});

test("a bucket that is left out says why, and is no bucket of the fleet", () => {
  const leaving = (list: string) => mistakesIn(`${fleetYaml()}leaveOut: ${list}\n`);
  expect(leaving("[{ name: acme-else, reason: Ends in May }]")).toEqual([]);
  expect(leaving("[{ name: acme-else }]")).toEqual(["fleet.yaml: leaveOut[0].reason: is missing."]);
  expect(leaving("[{ name: acme-uploads, reason: Twice }]")).toEqual([
    `fleet.yaml: leaveOut[0].name: "acme-uploads" is ${bucketAt}.name too: bucket names are global.`,
  ]);
});

test("the state has to be somewhere", () => {
  expect(mistakesIn(fleetYaml({ state: "{ backend: azure }" }))).toEqual([
    'fleet.yaml: state.backend: "azure" is none of local, s3.',
  ]);
  expect(mistakesIn(fleetYaml({ state: "{ backend: s3, bucket: states }" }))).toEqual([
    "fleet.yaml: state.region: is missing.",
  ]);
});

test("names and values that would drive a terminal, or write lines of their own, are said in one line as what they are", () => {
  const said = mistakesIn(
    fleetYaml({ account: String.raw`"k\e[2J\nfleet.yaml": 1`, region: String.raw`"\x9b2J\u202e"` }),
  );
  expect(said).toEqual([
    expect.stringContaining(String.raw`accounts[0].k\u001b[2J\u000afleet.yaml: is no field here`),
    expect.stringContaining(String.raw`regions.\u009b2J\u202e: "\u009b2J\u202e" is no region`),
  ]);
});

test("YAML's own mistakes are said with their line", () => {
  expect(mistakesIn("state: 1\nstate: 2\n")).toEqual(["fleet.yaml: Map keys must be unique at line 2, column 1."]);
});

test("an empty file says what is missing", () => {
  expect(mistakesIn("")).toEqual(["fleet.yaml: null is no mapping.", "fleet.yaml: state: is missing."]);
});

test("every mistake of a fleet is said at once, wherever it is", () => {
  const text = `
state: { backend: local }
defaults: { backup: rewritten }
accounts:
  - name: sandbox
    id: 111111111111
    regions:
      eu-west-1:
        buckets: [{ name: acme-uploads, stage: never }, { name: acme-uploads, encryption: AES256, bucketKey: true }]
  - name: production
    id: "333333333333"
    wave: -1
    regions:
      eu-west-1: { keyAccess: all, buckets: [{ stage: prepare }] }
  - name: other
    id: "333333333333"
    regions: { eu-west-1: { buckets: [{ name: acme-other, class: alb-logs }] } }
  - name: other
    id: "333333333333"
    regions: { eu-west-1: { buckets: [{ name: acme-reports }] } }
`;
  expect(mistakesIn(text)).toEqual(
    [
      "state.directory: is missing",
      'accounts[0].id: 111111111111 is a number to YAML; put the 12 digits in quotes: "111111111111"',
      'accounts[0].regions.eu-west-1.buckets[0].stage: "never" is none of prepare, encrypt, enforce, released',
      "accounts[0].regions.eu-west-1.buckets[1].bucketKey: true is impossible with AES256: only aws:kms has bucket keys",
      "accounts[1].wave: -1 is less than 0",
      'accounts[1].regions.eu-west-1.keyAccess: "all" is none of account-via-s3, named',
      "accounts[1].regions.eu-west-1.buckets[0].name: is missing",
      'accounts[2].regions.eu-west-1.buckets[0].encryption: "aws:kms" stops Elastic Load Balancing, which delivers to AES256 buckets only',
      'accounts[2].id: "333333333333" is accounts[1].id too: an account is listed once, with all its regions',
      'accounts[3].id: "333333333333" is accounts[1].id too: an account is listed once, with all its regions',
      'accounts[3].name: "other" is accounts[2].name too: stacks are named after it',
      'accounts[3].regions.eu-west-1: "other-eu-west-1" is accounts[2].regions.eu-west-1 too: both would be the same stack',
      'accounts[0].regions.eu-west-1.buckets[1].name: "acme-uploads" is accounts[0].regions.eu-west-1.buckets[0].name too: bucket names are global',
    ].map((mistake) => `fleet.yaml: ${mistake}.`),
  );
});

test("a mistake in the defaults is said once, and not again for each bucket that rests on them", () => {
  const defaults = "{ encryption: AES256, backup: some }";
  expect(mistakesIn(fleetYaml({ defaults, bucket: "{ name: acme-logs, class: alb-logs }" }))).toEqual([
    'fleet.yaml: defaults.backup: "some" is none of none, rewritten, all.',
  ]);
});

test("a value that would drive a terminal is shown as text", () => {
  const [mistake] = mistakesIn(fleetYaml({ bucket: '{ name: acme-uploads, stage: "\\e[2J" }' }));
  expect(mistake).toContain('"\\u001b[2J" is none of');
});
