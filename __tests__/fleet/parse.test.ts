import { resolve } from "node:path";
import { parseFleet } from "../../src/fleet/parse";

const fleet = (buckets: string, defaults = "{}") =>
  parseFleet(
    `
state: { backend: s3, bucket: acme-states, region: eu-west-1 }
defaults: ${defaults}
accounts:
  - name: production
    id: "222222222222"
    partition: aws
    wave: 2
    planRole: at-rest-plan
    applyRole: /pipelines/at-rest-apply
    regions:
      eu-west-1: { buckets: ${buckets} }
      eu-central-1: { keyAccess: named, backupRetentionInDays: 30, buckets: [{ name: acme-central }] }
`,
    "fleets/production.yaml",
  );

test("one account and region is one target, with its roles as ARNs", () => {
  const { targets, directory, state } = fleet("[{ name: acme-uploads }]");
  expect(directory).toBe(resolve("fleets"));
  expect(state).toEqual({ backend: "s3", bucket: "acme-states", region: "eu-west-1", prefix: "at-rest" });
  expect(
    targets.map(({ stackName, keyAccess, backupRetentionInDays }) => [stackName, keyAccess, backupRetentionInDays]),
  ).toEqual([
    ["production-eu-west-1", "account-via-s3", 90],
    ["production-eu-central-1", "named", 30],
  ]);
  expect(targets[0]?.account).toEqual({
    name: "production",
    id: "222222222222",
    partition: "aws",
    wave: 2,
    planRole: "arn:aws:iam::222222222222:role/at-rest-plan",
    applyRole: "arn:aws:iam::222222222222:role/pipelines/at-rest-apply",
    operators: [],
  });
});

test("a bucket that says only its name has every default filled in", () => {
  expect(fleet("[{ name: acme-uploads }]").targets[0]?.buckets).toEqual([
    {
      name: "acme-uploads",
      stage: "prepare",
      newBucket: false,
      encryption: "aws:kms",
      keyArn: null,
      bucketKey: true,
      blockSseC: false,
      backup: "all",
      versions: "current",
      class: "plain",
      policy: "own",
      defaultEncryption: "own",
      readers: [],
      writers: [],
      headerlessWriters: [],
      serviceWriters: [],
      sourceKeys: [],
      accept: [],
      dropPrincipals: [],
    },
  ]);
});

test("a bucket's own word beats the fleet's defaults", () => {
  const key = "arn:aws:kms:eu-west-1:222222222222:key/a";
  const { targets } = fleet(
    `[{ name: acme-a }, { name: acme-b, encryption: AES256, backup: none }, { name: acme-c, keyArn: "${key}", bucketKey: false }]`,
    `{ backup: rewritten, versions: all, stage: encrypt }`,
  );
  expect(
    targets[0]?.buckets.map(({ encryption, keyArn, bucketKey, backup, versions, stage }) => [
      encryption,
      keyArn,
      bucketKey,
      backup,
      versions,
      stage,
    ]),
  ).toEqual([
    ["aws:kms", null, true, "rewritten", "all", "encrypt"],
    ["AES256", null, false, "none", "all", "encrypt"],
    ["aws:kms", key, false, "rewritten", "all", "encrypt"],
  ]);
});
