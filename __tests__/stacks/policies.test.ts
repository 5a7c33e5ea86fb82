import fc from "fast-check";
import {
  isOwnStatement,
  type Json,
  type PolicyDocument,
  type Statement,
  statementsOf,
  withoutOwnStatements,
} from "../../src/fleet/policy";
import { escapeTemplate, literalJson } from "../../stacks/constructs/literal-json";
import { keyPolicy } from "../../stacks/policies/key-policy";
import { mergePolicy } from "../../stacks/policies/merge";
import { reencryptionPolicies, trustPolicy } from "../../stacks/policies/reencryption";
import { type Grant, longestManagedPolicy, policyLength, splitPolicies } from "../../stacks/policies/split";
import { fleetOf, targetOf } from "../support/fleets";

const root = (account: string) => `arn:aws:iam::${account}:root`;
const viaS3 = { "kms:ViaService": ["s3.eu-west-1.amazonaws.com"] };
const administer = {
  Sid: "AtRestAccountAdministersKey",
  Effect: "Allow",
  Principal: { AWS: root("111111111111") },
  Action: "kms:*",
  Resource: "*",
};

const keyPolicyOf = (buckets: string, region?: string) =>
  statementsOf(keyPolicy(targetOf(fleetOf(buckets, { region }))));

describe("the policy of the key", () => {
  test("lets the account administer it, and everybody in the account use it through S3", () => {
    expect(keyPolicyOf("[{ name: acme-a }]")).toEqual([
      administer,
      {
        Sid: "AtRestAccountUsesKeyThroughS3",
        Effect: "Allow",
        Principal: { AWS: "*" },
        Action: ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
        Resource: "*",
        Condition: { StringEquals: { "kms:CallerAccount": "111111111111", ...viaS3 } },
      },
    ]);
  });

  test("names readers and writers of other accounts by their root and a condition, never as principals", () => {
    const statements = keyPolicyOf(
      `[{ name: acme-a, readers: ["arn:aws:iam::222222222222:role/report", "arn:aws:iam::111111111111:user/auditor"] }, { name: acme-b, readers: ["arn:aws:iam::222222222222:role/audit", "arn:aws:iam::222222222222:role/report"], writers: ["arn:aws:iam::333333333333:root"] }]`,
      "keyAccess: named",
    );
    const read = { Effect: "Allow", Action: ["kms:Decrypt", "kms:DescribeKey"], Resource: "*" };
    expect(statements).toEqual([
      administer,
      {
        Sid: "AtRestReaders111111111111",
        ...read,
        Principal: { AWS: root("111111111111") },
        Condition: { StringEquals: viaS3, ArnLike: { "aws:PrincipalArn": ["arn:aws:iam::111111111111:user/auditor"] } },
      },
      {
        Sid: "AtRestReaders222222222222",
        ...read,
        Principal: { AWS: root("222222222222") },
        Condition: {
          StringEquals: viaS3,
          ArnLike: {
            "aws:PrincipalArn": ["arn:aws:iam::222222222222:role/audit", "arn:aws:iam::222222222222:role/report"],
          },
        },
      },
      {
        Sid: "AtRestWriters333333333333",
        Effect: "Allow",
        Principal: { AWS: root("333333333333") },
        Action: ["kms:GenerateDataKey*", "kms:Decrypt", "kms:DescribeKey"],
        Resource: "*",
        Condition: { StringEquals: viaS3 },
      },
    ]);
  });

  test("lets services write for this account only", () => {
    const statements = keyPolicyOf(
      "[{ name: acme-a, serviceWriters: [delivery.logs.amazonaws.com] }]",
      "keyAccess: named",
    );
    expect(statements[1]).toMatchObject({
      Principal: { Service: ["delivery.logs.amazonaws.com"] },
      Condition: { StringEquals: { "aws:SourceAccount": "111111111111" } },
    });
  });

  test("says nothing of readers whose bucket is under another key, or under none", () => {
    const readers = `readers: ["arn:aws:iam::222222222222:role/report"]`;
    const key = "arn:aws:kms:eu-west-1:111111111111:key/1";
    expect(
      keyPolicyOf(
        `[{ name: acme-a, encryption: AES256, ${readers} }, { name: acme-b, keyArn: "${key}", ${readers} }]`,
        "keyAccess: named",
      ),
    ).toEqual([administer]);
  });
});

/** Actions that have none: Service Authorization Reference. */
const withoutResources = [
  ...["cloudwatch:GetMetricData", "kms:ListAliases", "s3:GetAccountPublicAccessBlock", "s3:ListAccessPoints"],
  "s3:ListAllMyBuckets",
];

describe("the role that converts", () => {
  const source = "arn:aws:kms:eu-west-1:111111111111:key/99999999-9999-9999-9999-999999999999";
  const statements = (buckets: string): Statement[] =>
    reencryptionPolicies(targetOf(fleetOf(buckets))).flatMap(({ document }) => statementsOf(document));
  const allowed = (buckets: string): [string, string][] =>
    statements(buckets).flatMap(({ Action, Resource }) =>
      [Action]
        .flat()
        .flatMap((action) => [Resource].flat().map((resource): [string, string] => [String(action), String(resource)])),
    );

  test("may delete nothing but canaries, has no wildcard but the objects of its buckets, and is told every action by name", () => {
    for (const [action, resource] of allowed(
      `[{ name: acme-a, sourceKeys: ["${source}"] }, { name: acme-b, class: object-locked }]`,
    )) {
      expect(action).not.toMatch(/\*|Bypass|Schedule|Disable/);
      if (/Delete/.test(action)) {
        expect(action).toBe("s3:DeleteObjectVersion");
        expect(resource).toBe("arn:aws:s3:::*/at-rest-canary/*");
        continue;
      }
      if (action === "iam:SimulatePrincipalPolicy") {
        expect(resource).toBe("arn:aws:iam::111111111111:role/at-rest-reencrypt-eu-west-1");
        continue;
      }
      if (withoutResources.includes(action)) {
        expect(resource).toBe("*");
        continue;
      }
      if (/AccessPoint/.test(action)) {
        expect(resource).toBe("arn:aws:s3:eu-west-1:111111111111:accesspoint/*");
        continue;
      }
      expect(resource).toMatch(/^arn:aws:(?:s3:::[a-z0-9-]+(?:\/\*)?|kms:eu-west-1:111111111111:key\/[0-9a-f-]{36})$/);
    }
  });

  test.each<[string, string, string, boolean]>([
    ["the account comes through S3", "keyAccess: account-via-s3", "{ name: acme-a }", false],
    ["the key lets in named principals only", "keyAccess: named", "{ name: acme-a }", true],
    ["the key is given, with a policy that nobody here knows", "", `{ name: acme-a, keyArn: "${source}" }`, true],
    ["no bucket is under a key", "keyAccess: named", "{ name: acme-a, encryption: AES256 }", false],
    ["the bucket is released", "keyAccess: named", "{ name: acme-a, stage: released }", false],
  ])("may look through the account's roles and users only where they may lose something: %s", (_, region, of, may) => {
    const target = targetOf(fleetOf(`[${of}]`, region === "" ? {} : { region }));
    const asks = reencryptionPolicies(target)
      .flatMap(({ document }) => statementsOf(document))
      .filter(({ Action }) => [Action].flat().some((action) => String(action).startsWith("iam:")));
    const own = "arn:aws:iam::111111111111:";
    const simulates = may ? [`${own}role/*`, `${own}user/*`] : [`${own}role/at-rest-reencrypt-eu-west-1`];
    expect(asks.map(({ Action, Resource }) => [Action, Resource])).toEqual([
      [["iam:SimulatePrincipalPolicy"], simulates],
      ...(may ? [[["iam:ListRoles", "iam:ListUsers"], ["*"]]] : []),
    ]);
  });

  test("reads with the keys that objects are under now, and encrypts with the target's only", () => {
    const actionsOn = (resource: string) =>
      allowed(`[{ name: acme-a, sourceKeys: ["${source}"] }]`)
        .filter(([, on]) => on === resource)
        .map(([action]) => action);
    const looks = ["kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListGrants"];
    expect(actionsOn(source)).toEqual(["kms:Decrypt", "kms:ReEncryptFrom", ...looks]);
    expect(actionsOn("arn:aws:kms:eu-west-1:111111111111:key/00000000-0000-0000-0000-000000000000")).toEqual([
      "kms:Decrypt",
      "kms:Encrypt",
      "kms:GenerateDataKey",
      "kms:ReEncryptFrom",
      "kms:ReEncryptTo",
      ...looks,
    ]);
  });

  test("uses keys through S3 only", () => {
    for (const statement of statements(`[{ name: acme-a, sourceKeys: ["${source}"] }]`)) {
      const usesKeys = [statement["Action"]]
        .flat()
        .some((action) => /^kms:(?!DescribeKey|GetKey|List)/.test(String(action)));
      expect(statement["Condition"]).toEqual(usesKeys ? { StringEquals: viaS3 } : undefined);
    }
  });

  test("touches retention and legal hold in object-locked buckets only, and released buckets not at all", () => {
    const pairs = allowed(
      "[{ name: acme-a }, { name: acme-b, class: object-locked }, { name: acme-c, stage: released }]",
    );
    expect(pairs.filter(([action]) => action === "s3:PutObjectRetention")).toEqual([
      ["s3:PutObjectRetention", "arn:aws:s3:::acme-b/*"],
    ]);
    expect(pairs.filter(([, resource]) => resource.includes("acme-c"))).toEqual([]);
  });

  test("converts, whatever engine it takes", () => {
    const actions = allowed("[{ name: acme-a }]")
      .filter(([, on]) => on === "arn:aws:s3:::acme-a/*")
      .map(([action]) => action);
    expect(actions).toEqual(
      expect.arrayContaining([
        "s3:GetObject",
        "s3:GetObjectVersion",
        "s3:PutObject",
        "s3:PutObjectAcl",
        "s3:PutObjectTagging",
        "s3:UpdateObjectEncryption",
        "s3:AbortMultipartUpload",
      ]),
    );
  });

  test("is assumed by the fleet's operators, else by whom the account's IAM allows", () => {
    const trust = (account?: string) => statementsOf(trustPolicy(targetOf(fleetOf("[{ name: acme-a }]", { account }))));
    expect(trust()).toEqual([
      {
        Sid: "AtRestOperators111111111111",
        Effect: "Allow",
        Principal: { AWS: root("111111111111") },
        Action: "sts:AssumeRole",
      },
    ]);
    expect(trust(`operators: ["arn:aws:iam::999999999999:role/pipeline"]`)).toEqual([
      {
        Sid: "AtRestOperators999999999999",
        Effect: "Allow",
        Principal: { AWS: root("999999999999") },
        Action: "sts:AssumeRole",
        Condition: { ArnLike: { "aws:PrincipalArn": ["arn:aws:iam::999999999999:role/pipeline"] } },
      },
    ]);
  });
});

describe("splitting policies by size", () => {
  const grants = fc.array(
    fc.record({
      sid: fc.constantFrom("Read", "Write", "List"),
      resources: fc.array(fc.stringMatching(/^[a-z]{3,60}$/), { maxLength: 40 }),
    }),
    { maxLength: 20 },
  );
  const actions = { Read: ["s3:GetObject"], Write: ["s3:PutObject", "s3:PutObjectAcl"], List: ["s3:ListBucket"] };
  const toGrants = (given: readonly { sid: keyof typeof actions; resources: string[] }[]): Grant[] =>
    given.map(({ sid, resources }, index) => ({
      sid,
      actions: actions[sid],
      resources: resources.map((name) => `${name}${index}`),
    }));
  const pairs = (policies: readonly PolicyDocument[]): string[] =>
    policies
      .flatMap(statementsOf)
      .flatMap(({ Sid, Resource }) => [Resource].flat().map((resource) => `${Sid} ${resource}`));

  test("keeps every grant exactly once, and every policy short enough", () => {
    fc.assert(
      fc.property(grants, (given) => {
        const all = toGrants(given);
        const policies = splitPolicies(all, 600);
        expect(pairs(policies).sort()).toEqual(
          all.flatMap(({ sid, resources }) => resources.map((name) => `${sid} ${name}`)).sort(),
        );
        expect(policies.filter((policy) => policyLength(policy) > 600)).toEqual([]);
        expect(policies.filter((policy) => statementsOf(policy).length === 0)).toEqual([]);
      }),
    );
  });

  test("leaves all but the last as they are when the fleet grows at its end", () => {
    fc.assert(
      fc.property(grants, grants, (before, after) => {
        const all = toGrants([...before, ...after]);
        const first = splitPolicies(all.slice(0, before.length), 600);
        expect(splitPolicies(all, 600).slice(0, Math.max(0, first.length - 1))).toEqual(first.slice(0, -1));
      }),
    );
  });

  test("says which resource is too long for any policy", () => {
    const resource = `arn:aws:s3:::${"a".repeat(600)}`;
    expect(() => splitPolicies([{ sid: "Read", actions: ["s3:GetObject"], resources: [resource] }], 600)).toThrow(
      `A policy of 600 characters has no room for Read on ${resource}.`,
    );
  });

  test("the limit is IAM's", () => expect(longestManagedPolicy).toBe(6144));
});

const foreign = fc.dictionary(
  fc.constantFrom("Sid", "Effect", "Action", "Principal", "Condition"),
  fc.json().map((text): Json => JSON.parse(text)),
  {
    noNullPrototype: true,
  },
);
const own = fc.stringMatching(/^AtRest[A-Z][a-z]{1,8}$/).map((Sid): Statement => ({ Sid, Effect: "Deny" }));
const livePolicy = fc.record(
  {
    Version: fc.constantFrom("2008-10-17", "2012-10-17"),
    Id: fc.string(),
    Statement: fc.array(fc.oneof(foreign, own), { minLength: 1 }),
  },
  { requiredKeys: ["Statement"] },
);

describe("merging statements into a policy", () => {
  test("keeps everybody else's, in their order, and everything around them", () => {
    fc.assert(
      fc.property(livePolicy, fc.array(own), (live, ours) => {
        fc.pre(withoutOwnStatements(live) !== null);
        const merged = mergePolicy(live, ours);
        if (merged === null) throw new Error("the policy is gone");
        const { Statement: statements, ...around } = merged;
        const { Statement: before, ...aroundBefore } = live;
        expect(around).toEqual(aroundBefore);
        expect(statements).toEqual([...before.filter((statement) => !isOwnStatement(statement)), ...ours]);
      }),
    );
  });

  test("twice is the same as once, and taking ours out again gives what was there", () => {
    fc.assert(
      fc.property(livePolicy, fc.array(own), (live, ours) => {
        const merged = mergePolicy(live, ours);
        expect(mergePolicy(merged, ours)).toEqual(merged);
        expect(withoutOwnStatements(merged)).toEqual(withoutOwnStatements(live));
      }),
    );
  });

  test("makes a policy where there was none, and none of nothing", () => {
    expect(mergePolicy(null, [{ Sid: "AtRestDeny" }])).toEqual({
      Version: "2012-10-17",
      Statement: [{ Sid: "AtRestDeny" }],
    });
    expect(mergePolicy(null, [])).toBeNull();
  });
});

describe("a policy as a literal in Terraform", () => {
  // What Terraform 1.11 makes of a template: `$${` and `%%{` stand for themselves, wherever they begin.
  const escapes = /\$\$\{|%%\{/g;

  test("has no interpolation left, and reads back as it was", () => {
    const text = fc.array(fc.constantFrom("$", "%", "{", "}", "a", '"')).map((parts) => parts.join(""));
    fc.assert(
      fc.property(text, (given) => {
        const escaped = escapeTemplate(given);
        expect(escaped.replace(escapes, "|")).not.toMatch(/[$%]\{/);
        expect(escaped.replace(escapes, (opening) => opening.slice(1))).toBe(given);
      }),
    );
  });

  test("has references where the placeholder was, and nowhere else", () => {
    const reference = "$" + "{aws_kms_key.at_rest.arn}";
    const variable = "$" + "{aws:username}";
    expect(literalJson({ Statement: { Resource: "key", Condition: variable } }, { key: reference })).toBe(
      `{"Statement":{"Resource":"${reference}","Condition":"$${variable}"}}`,
    );
  });
});
