import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parse } from "yaml";
import type { Github, PipelineRoles } from "../../src/fleet/github";
import { statementsOf } from "../../src/fleet/policy";
import { applyPolicies, planPolicies } from "../../stacks/policies/pipeline";
import {
  audienceIn,
  entryGrants,
  githubProviderArn,
  pipelineTrust,
  subjectsOf,
} from "../../stacks/policies/pipeline-entry";
import { longestManagedPolicy, mostManagedPolicies, policyLength } from "../../stacks/policies/split";
import { policyOf, resourceOf, synthesise, synthesiseBootstrap } from "./arrange";
import { pipelineFleet } from "./pipeline-fleet";

const one = "[{ name: acme-uploads }]";
const entry = synthesiseBootstrap(pipelineFleet(one), "pipeline");
const sandbox = synthesiseBootstrap(pipelineFleet(one), "sandbox");

const rolesIn = (id: string, partition = "aws"): PipelineRoles => ({
  id,
  partition,
  planRole: `arn:${partition}:iam::${id}:role/at-rest-plan`,
  applyRole: `arn:${partition}:iam::${id}:role/at-rest-apply`,
});
const github: Github = {
  repository: "acme/at-rest",
  branch: "main",
  entry: rolesIn("999999999999"),
  oidcProvider: "create",
};

describe("the entry account", () => {
  test("has the state bucket: versioned, private, encrypted, over TLS, and kept", () => {
    expect(resourceOf(entry, "aws_s3_bucket", "state")).toMatchObject({
      bucket: "acme-state",
      force_destroy: false,
      lifecycle: { prevent_destroy: true },
    });
    expect(resourceOf(entry, "aws_s3_bucket_versioning", "state")).toMatchObject({
      versioning_configuration: { status: "Enabled" },
    });
    expect(resourceOf(entry, "aws_s3_bucket_public_access_block", "state")).toMatchObject({
      block_public_acls: true,
      block_public_policy: true,
      ignore_public_acls: true,
      restrict_public_buckets: true,
    });
    const sids = statementsOf(policyOf(entry, "aws_s3_bucket_policy", "state")).map((statement) => statement["Sid"]);
    expect(sids).toContain("AtRestDenyInsecureTransport");
    // No rule removes a current state, or one of the last hundred before it.
    const { rule } = resourceOf(entry, "aws_s3_bucket_lifecycle_configuration", "state");
    expect(rule).toMatchObject([
      { id: "abort-incomplete-uploads" },
      { noncurrent_version_expiration: [{ newer_noncurrent_versions: 100 }] },
    ]);
    expect(JSON.stringify(rule)).not.toContain('"expiration"');
  });

  test("keeps its own state out of the apply role's reach, and locks it", () => {
    expect(entry.terraform).toMatchObject({
      backend: {
        s3: {
          bucket: "acme-state",
          key: "at-rest-bootstrap/bootstrap-pipeline.tfstate",
          encrypt: true,
          use_lockfile: true,
        },
      },
    });
    expect(JSON.stringify(entry.terraform)).not.toContain("role_arn");
    const states = [...applyPolicies({ ...emptyReach }, entryGrants("apply", state, "aws", []))].flatMap(
      ({ document }) => statementsOf(document),
    );
    expect(states).toContainEqual(expect.objectContaining({ Resource: ["arn:aws:s3:::acme-state/at-rest/*"] }));
    expect(JSON.stringify(states)).not.toContain("bootstrap");
  });

  test("makes GitHub's identity provider, unless it is there already", () => {
    expect(resourceOf(entry, "aws_iam_openid_connect_provider", "github")).toMatchObject({
      url: "https://token.actions.githubusercontent.com",
      client_id_list: ["sts.amazonaws.com"],
    });
    const existing = synthesiseBootstrap(pipelineFleet(one, "oidcProvider: existing"), "pipeline");
    expect(existing.resource).not.toHaveProperty("aws_iam_openid_connect_provider");
  });
});

const state = { backend: "s3", bucket: "acme-state", region: "eu-west-1", prefix: "at-rest" } as const;
const emptyReach = { partition: "aws", account: "999999999999", regions: [], policies: [], encryptions: [] };

test("another account has the two roles, and neither bucket nor identity provider", () => {
  expect(Object.keys(sandbox.resource).sort()).toEqual([
    "aws_iam_policy",
    "aws_iam_role",
    "aws_iam_role_policy_attachment",
  ]);
  expect(sandbox.provider.aws).toMatchObject([
    {
      allowed_account_ids: ["111111111111"],
      assume_role: [{ role_arn: "arn:aws:iam::111111111111:role/OrganizationAccountAccessRole" }],
    },
  ]);
  expect(entry.provider.aws[0]).not.toHaveProperty("assume_role");
});

describe("who becomes a role", () => {
  const ids = { owner: 1234567, repository: 7654321 };

  test.each([
    ["plan", undefined, ["repo:acme/at-rest:pull_request", "repo:acme/at-rest:ref:refs/heads/main"]],
    ["apply", undefined, ["repo:acme/at-rest:environment:wave-0", "repo:acme/at-rest:environment:wave-2"]],
    [
      "apply",
      ids,
      ["repo:acme@1234567/at-rest@7654321:environment:wave-0", "repo:acme@1234567/at-rest@7654321:environment:wave-2"],
    ],
  ] as const)("%s, with ids %o", (role, given, subjects) => {
    expect(subjectsOf({ ...github, ids: given }, role, [0, 2])).toEqual(subjects);
  });

  test("is said with whole values: no token of another repository, branch or environment matches a pattern", () => {
    const [jobs] = statementsOf(pipelineTrust(github, github.entry, "apply", [0]));
    expect(jobs).toEqual({
      Sid: "AtRestGithub",
      Effect: "Allow",
      Principal: { Federated: githubProviderArn(github.entry) },
      Action: "sts:AssumeRoleWithWebIdentity",
      Condition: {
        StringEquals: {
          "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
          "token.actions.githubusercontent.com:sub": ["repo:acme/at-rest:environment:wave-0"],
          "token.actions.githubusercontent.com:ref": "refs/heads/main",
        },
      },
    });
    expect(JSON.stringify(pipelineTrust(github, github.entry, "plan", [0]))).not.toContain("*");
  });

  test("says which branch an environment's jobs have to be of only where STS compares it", () => {
    const branchIn = (partition: string) =>
      JSON.stringify(pipelineTrust(github, rolesIn(github.entry.id, partition), "apply", [0])).match(/:ref":"[^"]*"/);
    expect(["aws", "aws-cn", "aws-us-gov"].map((partition) => branchIn(partition)?.[0])).toEqual([
      ':ref":"refs/heads/main"',
      undefined,
      undefined,
    ]);
  });

  test("in another account are the entry account's roles only, and only its apply role applies", () => {
    const of = (role: "plan" | "apply") => pipelineTrust(github, rolesIn("111111111111"), role, [0])["Statement"];
    const statement = (...roles: string[]) => [
      expect.objectContaining({
        Action: "sts:AssumeRole",
        Principal: { AWS: "arn:aws:iam::999999999999:root" },
        Condition: { ArnLike: { "aws:PrincipalArn": roles.map((role) => `arn:aws:iam::999999999999:role/${role}`) } },
      }),
    ];
    expect(of("plan")).toEqual(statement("at-rest-apply", "at-rest-plan"));
    expect(of("apply")).toEqual(statement("at-rest-apply"));
  });

  test.each([
    ["aws", "sts.amazonaws.com"],
    ["aws-us-gov", "sts.amazonaws.com"],
    ["aws-cn", "sts.amazonaws.com.cn"],
  ])("in partition %s tokens are for %s, and every ARN is of it", (partition, audience) => {
    expect(audienceIn(partition)).toBe(audience);
    const roles = rolesIn("999999999999", partition);
    const reach = { ...emptyReach, partition, regions: ["cn-north-1"], policies: [`arn:${partition}:s3:::b`] };
    const documents = [
      ...planPolicies(reach, entryGrants("plan", state, partition, [{ ...roles, targets: [] }])),
      ...applyPolicies(
        reach,
        entryGrants("apply", state, partition, [{ ...roles, targets: [{ region: "cn-north-1" }] }]),
      ),
      { document: pipelineTrust({ ...github, entry: roles }, roles, "apply", [0]) },
    ];
    const arns = [...JSON.stringify(documents).matchAll(/arn:([^:]+):/g)].map(([, found]) => found);
    expect(new Set(arns)).toEqual(new Set([partition]));
  });
});

test("the plan role has no action but reading and becoming other accounts' plan roles", () => {
  const policies = planPolicies(
    { ...emptyReach, regions: ["eu-west-1"], policies: ["arn:aws:s3:::b"], encryptions: ["arn:aws:s3:::b"] },
    entryGrants("plan", state, "aws", [{ ...rolesIn("111111111111"), targets: [{ region: "eu-west-1" }] }]),
  );
  const statements = policies.flatMap(({ document }) => statementsOf(document));
  const actions = statements.flatMap((statement) => statement["Action"]).map(String);
  expect(actions.filter((action) => !/^(s3|kms|iam):(Get|List|Describe)/.test(action))).toEqual(["sts:AssumeRole"]);
  // States, and not the journals, which name objects.
  expect(statements.filter((statement) => statement["Action"]?.toString() === "s3:GetObject")).toEqual([
    expect.objectContaining({ Resource: ["arn:aws:s3:::acme-state/at-rest/*"] }),
  ]);
  const become = statements.find((statement) => statement["Sid"] === "AtRestComeIn1");
  expect(become).toMatchObject({
    Resource: ["arn:aws:iam::*:role/at-rest-plan"],
    Condition: { StringEquals: { "aws:ResourceAccount": ["111111111111"] } },
  });
});

describe("a permissions boundary", () => {
  const bounded = pipelineFleet(one, "permissionsBoundary: platform/at-rest");
  const boundaryIn = (account: string) => `arn:aws:iam::${account}:policy/platform/at-rest`;

  test.each([
    ["the entry account's", synthesiseBootstrap(bounded, "pipeline"), "999999999999", ["plan", "apply"]],
    ["another account's", synthesiseBootstrap(bounded, "sandbox"), "111111111111", ["plan", "apply"]],
    ["the stack's", synthesise(bounded), "111111111111", ["reencrypt", "batch"]],
  ])("bounds every one of %s roles, in its own account", (_, stack, account, roles) => {
    const made = stack.resource["aws_iam_role"] ?? {};
    expect(Object.keys(made).sort()).toEqual([...roles].sort());
    for (const role of Object.values(made)) expect(role).toMatchObject({ permissions_boundary: boundaryIn(account) });
  });

  test("has to be on every role that the apply role makes or furnishes, and is not taken away by it", () => {
    const reach = { ...emptyReach, regions: ["eu-west-1"], boundary: boundaryIn("999999999999") };
    const statements = applyPolicies(reach).flatMap(({ document }) => statementsOf(document));
    const allowing = (action: string) => statements.filter((one) => [one["Action"]].flat().includes(action));
    for (const action of ["CreateRole", "PutRolePermissionsBoundary", "AttachRolePolicy", "DetachRolePolicy"]) {
      expect(allowing(`iam:${action}`)).toEqual([
        expect.objectContaining({
          Condition: expect.objectContaining({
            StringEquals: { "iam:PermissionsBoundary": boundaryIn("999999999999") },
          }),
        }),
      ]);
    }
    expect(allowing("iam:DeleteRolePermissionsBoundary")).toEqual([]);
    expect(allowing("iam:PutRolePolicy")).toEqual([]);
  });

  test("is on no role where the fleet names none", () => {
    for (const stack of [entry, sandbox, synthesise(pipelineFleet(one))]) {
      expect(JSON.stringify(stack.resource)).not.toMatch(/permissions_boundary|PermissionsBoundary/);
    }
  });
});

test("five hundred accounts and four hundred buckets fit a role's policies", () => {
  const accounts = Array.from({ length: 500 }, (_, index) => ({
    ...rolesIn(String(100_000_000_000 + index)),
    targets: [{ region: "eu-west-1" }, { region: "us-east-1" }],
  }));
  const buckets = Array.from({ length: 400 }, (_, index) => `arn:aws:s3:::acme-some-bucket-name-${index}`);
  const reach = { ...emptyReach, regions: ["eu-west-1", "us-east-1"], policies: buckets, encryptions: buckets };
  for (const policies of [
    planPolicies(reach, entryGrants("plan", state, "aws", accounts)),
    applyPolicies(reach, entryGrants("apply", state, "aws", accounts)),
  ]) {
    expect(policies.length).toBeLessThanOrEqual(mostManagedPolicies);
    expect(policies.filter(({ document }) => policyLength(document) > longestManagedPolicy)).toEqual([]);
  }
});

test("more waves than a trust policy can name are refused", () => {
  const fleet = pipelineFleet(one);
  const targets = Array.from({ length: 40 }, (_, wave) =>
    fleet.targets.map((target) => ({ ...target, account: { ...target.account, wave } })),
  ).flat();
  expect(() => synthesiseBootstrap({ ...fleet, targets }, "pipeline")).toThrow(
    /Who may assume at-rest-apply takes \d+ characters, IAM takes 2048/,
  );
});

/** CloudFormation's intrinsic functions as the placeholders that the pure functions are given here. Undefined: no value. */
function plain(value: unknown, bounded: boolean): unknown {
  if (Array.isArray(value)) return value.map((one) => plain(one, bounded));
  if (typeof value !== "object" || value === null) return value;
  if ("Ref" in value) return value.Ref === "BucketArns" ? ["BUCKETS"] : undefined;
  if ("Fn::If" in value) {
    const [condition, then, otherwise] = [value["Fn::If"]].flat();
    expect(condition).toBe("Bounded");
    return plain(bounded ? then : otherwise, bounded);
  }
  if ("Fn::Sub" in value) {
    return String(value["Fn::Sub"])
      .replaceAll("$" + "{AWS::Partition}", "PARTITION")
      .replaceAll("$" + "{AWS::AccountId}", "ACCOUNT")
      .replaceAll("$" + "{EntryAccountId}", "ENTRY")
      .replaceAll("$" + "{PermissionsBoundary}", "BOUNDARY");
  }
  const fields = Object.entries(value).map(([name, inner]) => [name, plain(inner, bounded)] as const);
  return Object.fromEntries(fields.filter(([, inner]) => inner !== undefined));
}

describe("the StackSet's template", () => {
  const { Resources: resources } = parse(
    readFileSync(resolve(__dirname, "../../docs/bootstrap-stackset.yaml"), "utf8"),
  ) as { Resources: Record<string, { Type: string; Properties: Record<string, unknown> }> };
  const placed = { account: "ACCOUNT", partition: "PARTITION" };
  const reach = { ...placed, regions: ["*"], policies: ["BUCKETS"], encryptions: ["BUCKETS"] };
  const boundary = "arn:PARTITION:iam::ACCOUNT:policy/BOUNDARY";

  test.each([
    ["plan", "Plan", false, planPolicies(reach)],
    ["apply", "Apply", false, applyPolicies(reach)],
    ["plan", "Plan", true, planPolicies({ ...reach, boundary })],
    ["apply", "Apply", true, applyPolicies({ ...reach, boundary })],
  ] as const)(
    "has for the %s role (%s, with a boundary: %s) the trust and the policies that the stack makes",
    (kind, name, bounded, expected) => {
      const found = Object.values(resources)
        .filter(
          ({ Type, Properties }) =>
            Type === "AWS::IAM::ManagedPolicy" &&
            JSON.stringify(Properties["Roles"]) === JSON.stringify([{ Ref: `${name}Role` }]),
        )
        .map(({ Properties }) => ({
          name: Properties["ManagedPolicyName"],
          document: plain(Properties["PolicyDocument"], bounded),
        }));
      expect(found).toEqual(
        expected.map((policy) => ({ name: `at-rest-${kind}-${policy.name}`, document: policy.document })),
      );
      const trust = pipelineTrust(
        { ...github, entry: rolesIn("ENTRY", "PARTITION") },
        rolesIn("ACCOUNT", "PARTITION"),
        kind,
        [],
      );
      const role = plain(resources[`${name}Role`]?.Properties, bounded);
      expect(role).toMatchObject({ AssumeRolePolicyDocument: trust });
      const boundaries =
        role && typeof role === "object" && "PermissionsBoundary" in role ? role.PermissionsBoundary : undefined;
      expect(boundaries).toBe(bounded ? boundary : undefined);
    },
  );
});
