import { pipelineAccounts } from "../../src/fleet/github";
import { parseFleet } from "../../src/fleet/parse";

const account = (name: string, id: string, more = "") => `
  - name: ${name}
    id: "${id}"
    ${more}
    regions: { eu-central-1: { buckets: [{ name: ${name}-data }] }, eu-west-1: { buckets: [{ name: ${name}-logs }] } }`;

const fleet = (github: string, accounts = account("sandbox", "111111111111"), state?: string) =>
  parseFleet(
    `state: ${state ?? "{ backend: s3, bucket: acme-state, region: us-east-1 }"}
github: ${github}
accounts:${accounts}
`,
    "fleet.yaml",
  );

test("without a pipeline a fleet names no roles, and whoever the account's IAM allows may convert", () => {
  const plain = parseFleet(
    `{ state: { backend: local, directory: s }, accounts: [{ name: a, id: "111111111111", regions: { eu-west-1: { buckets: [{ name: a-b }] } } }] }`,
    "fleet.yaml",
  );
  expect(plain.github).toBeUndefined();
  expect(plain.targets[0]?.account).toMatchObject({ planRole: undefined, applyRole: undefined, operators: [] });
  expect(pipelineAccounts(plain)).toEqual([]);
});

test("the pipeline's roles have names of their own, and it may convert besides whom the fleet or the account lets", () => {
  const { targets, github } = fleet(
    '{ repository: acme/at-rest, account: "999999999999" }',
    account("sandbox", "111111111111") +
      account("prod", "222222222222", 'planRole: ci/plan\n    operators: ["arn:aws:iam::222222222222:role/ops"]'),
  );
  expect(github).toMatchObject({ branch: "main", oidcProvider: "create" });
  const [sandbox, , prod] = targets.map((target) => target.account);
  expect(sandbox).toMatchObject({
    planRole: "arn:aws:iam::111111111111:role/at-rest-plan",
    applyRole: "arn:aws:iam::111111111111:role/at-rest-apply",
    operators: ["arn:aws:iam::111111111111:root", "arn:aws:iam::999999999999:role/at-rest-apply"],
  });
  expect(prod).toMatchObject({
    planRole: "arn:aws:iam::222222222222:role/ci/plan",
    operators: ["arn:aws:iam::222222222222:role/ops", "arn:aws:iam::999999999999:role/at-rest-apply"],
  });
});

test("the entry account is one of the fleet's, with its roles, or one more", () => {
  const within = fleet(
    '{ repository: acme/at-rest, account: "111111111111" }',
    account("sandbox", "111111111111", "applyRole: ci/apply"),
  );
  expect(within.github?.entry.applyRole).toBe("arn:aws:iam::111111111111:role/ci/apply");
  expect(pipelineAccounts(within).map(({ name, region }) => [name, region])).toEqual([["sandbox", "us-east-1"]]);

  const besides = pipelineAccounts(fleet('{ repository: acme/at-rest, account: "999999999999" }'));
  expect(besides.map(({ name, id, region, targets }) => [name, id, region, targets.length])).toEqual([
    ["pipeline", "999999999999", "us-east-1", 0],
    ["sandbox", "111111111111", "eu-central-1", 2],
  ]);
});

test.each([
  ['{ repository: acme, account: "999999999999" }', {}, 'github.repository: "acme" is no repository; write owner/name'],
  ["{ repository: a/b, account: 999999999999 }", {}, 'put the 12 digits in quotes: "999999999999"'],
  ['{ repository: a/b, account: "999999999999", ids: { owner: 1 } }', {}, "github.ids.repository: is missing"],
  [
    '{ repository: a/b, account: "999999999999" }',
    { state: "{ backend: local, directory: state }" },
    "github: needs the state in a bucket (state.backend: s3), which its jobs share",
  ],
  [
    '{ repository: a/b, account: "111111111111" }',
    { more: account("gov", "222222222222", "partition: aws-us-gov").replace(/eu-(central|west)-1/g, "us-gov-$1-1") },
    "github: comes in through partition aws, from which no role of gov in aws-us-gov can be assumed; each partition needs a fleet of its own",
  ],
  [
    '{ repository: a/b, account: "999999999999" }',
    { more: account("one", "222222222222", "applyRole: at-rest-plan") },
    "github: plans and applies as one role in one; planRole and applyRole have to differ",
  ],
  [
    '{ repository: a/b, account: "999999999999" }',
    { more: account("pipeline", "222222222222", "wave: 1") },
    "github: the entry account's stack is called pipeline, as account 222222222222; give that another name",
  ],
])("a mistake in %s is said", (github, { state, more = "" }: { state?: string; more?: string }, says) => {
  expect(() => fleet(github, account("sandbox", "111111111111") + more, state)).toThrow(says);
});
