import { type Area, behaviour, type Case, kmsApi, kmsGuide } from "../case";
import type { Clients } from "../clients";
import { answers, expectThat, refuses } from "../expect";
import type { World } from "../world";
import { type MotoDifferences, withMoto } from "./moto";

const needs = ["permissions"] as const;
const generate = ({ kms }: Pick<Clients, "kms">, KeyId: string, EncryptionContext?: Record<string, string>) =>
  kms.generateDataKey({ KeyId, KeySpec: "AES_256", EncryptionContext });
const nothing = { Effect: "Allow", Action: "s3:ListAllMyBuckets", Resource: "*" };
const settle = ({ server }: World): Promise<void> => new Promise((resolve) => setTimeout(resolve, server.settling));
const grants = kmsGuide("Grants in AWS KMS");

/** A role that may nothing with keys, and a key with a grant for it. */
async function granted(world: World, more: Partial<Parameters<World["kms"]["createGrant"]>[0]> = {}) {
  const KeyId = await world.ownKey();
  const role = await world.role([nothing]);
  const grant = await world.kms.createGrant({
    KeyId,
    GranteePrincipal: role.arn,
    Operations: ["GenerateDataKey"],
    ...more,
  });
  await settle(world);
  return { KeyId, role, GrantId: grant.GrantId ?? "", GrantToken: grant.GrantToken ?? "" };
}

const listing: Case[] = [
  behaviour(
    "a grant has an id and a token, and is listed",
    "CreateGrant ListGrants",
    kmsApi("ListGrants"),
    async (world) => {
      const KeyId = await world.ownKey();
      const GranteePrincipal = `arn:aws:iam::${world.account}:root`;
      const Constraints = { EncryptionContextSubset: { team: "storage" } };
      const given = { GranteePrincipal, RetiringPrincipal: GranteePrincipal, Name: "mine", Constraints };
      const made = await answers(world.kms.createGrant({ KeyId, ...given, Operations: ["Decrypt", "DescribeKey"] }));
      expectThat(made.GrantId, /^[0-9a-f]{64}$/);
      const { Grants = [] } = await world.kms.listGrants({ KeyId });
      expectThat(Grants, [{ ...given, KeyId, GrantId: made.GrantId, IssuingAccount: GranteePrincipal }]);
      expectThat(Grants[0]?.Operations?.sort(), ["Decrypt", "DescribeKey"]);
    },
  ),
  behaviour("grants are listed in pages, and by their id", "ListGrants", kmsApi("ListGrants"), async (world) => {
    const KeyId = await world.ownKey();
    const GranteePrincipal = `arn:aws:iam::${world.account}:root`;
    const made = [];
    for (const operation of ["Decrypt", "Encrypt", "DescribeKey"] as const)
      made.push(await world.kms.createGrant({ KeyId, GranteePrincipal, Operations: [operation] }));
    const first = await answers(world.kms.listGrants({ KeyId, Limit: 2 }), { Truncated: true });
    const rest = await answers(world.kms.listGrants({ KeyId, Limit: 2, Marker: first.NextMarker }), {
      Truncated: false,
    });
    const ids = [...(first.Grants ?? []), ...(rest.Grants ?? [])].map(({ GrantId }) => GrantId);
    expectThat(ids.sort(), made.map(({ GrantId }) => GrantId).sort());
    const { Grants } = await world.kms.listGrants({ KeyId, GrantId: made[1]?.GrantId });
    expectThat(Grants, [{ GrantId: made[1]?.GrantId }]);
  }),
  behaviour(
    "a grant of the same name that says the same is the same",
    "CreateGrant",
    kmsApi("CreateGrant"),
    async (world) => {
      const KeyId = await world.ownKey();
      const grant = {
        KeyId,
        GranteePrincipal: `arn:aws:iam::${world.account}:root`,
        Operations: ["Decrypt" as const],
      };
      const named = await world.kms.createGrant({ ...grant, Name: "mine" });
      await answers(world.kms.createGrant({ ...grant, Name: "mine" }), { GrantId: named.GrantId });
      const unnamed = await world.kms.createGrant(grant);
      const again = await world.kms.createGrant(grant);
      expectThat(unnamed.GrantId === again.GrantId, false);
    },
  ),
  behaviour(
    "grants are found by who may retire them",
    "ListRetirableGrants",
    kmsApi("ListRetirableGrants"),
    async (world) => {
      const RetiringPrincipal = (await world.sts.getCallerIdentity({})).Arn ?? "";
      const { KeyId, GrantId } = await retirable(world, RetiringPrincipal);
      const { Grants = [] } = await world.kms.listRetirableGrants({ RetiringPrincipal, Limit: 100 });
      expectThat(
        Grants.filter((grant) => grant.KeyId === KeyId),
        [{ GrantId, RetiringPrincipal }],
      );
    },
  ),
  ...[
    { what: "of no operations", operations: [], code: "ValidationException" },
    {
      what: "of an operation that a symmetric key does not have",
      operations: ["Sign"] as const,
      code: "ValidationException",
    },
  ].map(({ what, operations, code }) =>
    behaviour(`a grant ${what} is refused`, "CreateGrant", kmsApi("CreateGrant"), async (world) =>
      refuses(
        world.kms.createGrant({
          KeyId: await world.ownKey(),
          GranteePrincipal: `arn:aws:iam::${world.account}:root`,
          Operations: [...operations],
        }),
        400,
        code,
      ),
    ),
  ),
  behaviour(
    "a grant for a role that is not there is InvalidArnException",
    "CreateGrant",
    kmsApi("CreateGrant"),
    async (world) =>
      refuses(
        world.kms.createGrant({
          KeyId: await world.ownKey(),
          GranteePrincipal: `arn:aws:iam::${world.account}:role/conformance-nobody`,
          Operations: ["Decrypt"],
        }),
        400,
        "InvalidArnException",
      ),
  ),
  behaviour("a disabled key gets no grants", "CreateGrant", kmsGuide("Key states of AWS KMS keys"), async (world) => {
    const KeyId = await world.ownKey();
    await world.kms.disableKey({ KeyId });
    await refuses(
      world.kms.createGrant({
        KeyId,
        GranteePrincipal: `arn:aws:iam::${world.account}:root`,
        Operations: ["Decrypt"],
      }),
      400,
      "DisabledException",
    );
  }),
  behaviour("a grant that is not there cannot be revoked", "RevokeGrant", kmsApi("RevokeGrant"), async (world) =>
    refuses(world.kms.revokeGrant({ KeyId: await world.ownKey(), GrantId: "0".repeat(64) }), 400, "NotFoundException"),
  ),
];

async function retirable(world: World, RetiringPrincipal: string) {
  const KeyId = await world.ownKey();
  const GranteePrincipal = `arn:aws:iam::${world.account}:root`;
  const { GrantId } = await world.kms.createGrant({
    KeyId,
    GranteePrincipal,
    RetiringPrincipal,
    Operations: ["Decrypt"],
  });
  return { KeyId, GrantId: GrantId ?? "" };
}

const permissions: Case[] = [
  behaviour(
    "a grant lets in a role that no policy lets in, for its operations alone",
    "CreateGrant GenerateDataKey Decrypt",
    grants,
    async (world) => {
      const { KeyId, role } = await granted(world);
      const { CiphertextBlob } = await generate(role, KeyId);
      await refuses(role.kms.decrypt({ CiphertextBlob }), 400, "AccessDeniedException");
    },
    { needs },
  ),
  behaviour(
    "what a grant gives ends when it is revoked",
    "RevokeGrant GenerateDataKey",
    grants,
    async (world) => {
      const { KeyId, role, GrantId } = await granted(world);
      await answers(generate(role, KeyId));
      await world.kms.revokeGrant({ KeyId, GrantId });
      await settle(world);
      await refuses(generate(role, KeyId), 400, "AccessDeniedException");
    },
    { needs },
  ),
  behaviour(
    "a role with a grant reads and writes objects under its key",
    "PutObject GetObject CreateGrant",
    grants,
    async (world) => {
      const KeyId = await world.ownKey();
      const Bucket = await world.bucket();
      const role = await world.role([{ Effect: "Allow", Action: "s3:*", Resource: "*" }]);
      const put = { Bucket, Key: "k", Body: "b", ServerSideEncryption: "aws:kms", SSEKMSKeyId: KeyId } as const;
      await refuses(role.s3.putObject(put), 403, "AccessDenied", /kms:GenerateDataKey/);
      const Operations = ["GenerateDataKey" as const, "Decrypt" as const];
      await world.kms.createGrant({ KeyId, GranteePrincipal: role.arn, Operations });
      await settle(world);
      await answers(role.s3.putObject(put));
      await answers(role.s3.getObject({ Bucket, Key: "k" }));
    },
    { needs: ["permissions", "tls"] },
  ),
  behaviour(
    "a denial of the identity wins over a grant",
    "GenerateDataKey",
    kmsGuide("Troubleshooting AWS KMS permissions"),
    async (world) => {
      const KeyId = await world.ownKey();
      const role = await world.role([{ Effect: "Deny", Action: "kms:*", Resource: "*" }]);
      await world.kms.createGrant({ KeyId, GranteePrincipal: role.arn, Operations: ["GenerateDataKey"] });
      await settle(world);
      await refuses(generate(role, KeyId), 400, "AccessDeniedException", /explicit deny in an identity-based policy/);
    },
    { needs },
  ),
  behaviour(
    "a denial of the key policy wins over a grant",
    "GenerateDataKey PutKeyPolicy",
    kmsGuide("Troubleshooting AWS KMS permissions"),
    async (world) => {
      const { KeyId, role } = await granted(world);
      const { Policy = "{}" } = await world.kms.getKeyPolicy({ KeyId });
      const { Statement } = JSON.parse(Policy) as { Statement: object[] };
      const Condition = { ArnEquals: { "aws:PrincipalArn": role.arn } };
      const denial = { Effect: "Deny", Principal: "*", Action: "kms:GenerateDataKey", Resource: "*", Condition };
      const Denying = JSON.stringify({ Version: "2012-10-17", Statement: [...Statement, denial] });
      await world.kms.putKeyPolicy({ KeyId, Policy: Denying });
      await settle(world);
      await refuses(generate(role, KeyId), 400, "AccessDeniedException", /explicit deny in a resource-based policy/);
    },
    { needs },
  ),
  ...(
    [
      ["EncryptionContextEquals", { team: "storage" }, true],
      ["EncryptionContextEquals", { team: "storage", more: "1" }, false],
      ["EncryptionContextSubset", { team: "storage", more: "1" }, true],
      ["EncryptionContextSubset", { more: "1" }, false],
    ] as const
  ).map(([constraint, context, allowed]) =>
    behaviour(
      `a grant under ${constraint} ${allowed ? "holds for" : "does not hold for"} the encryption context ${JSON.stringify(context)}`,
      "CreateGrant GenerateDataKey",
      kmsApi("GrantConstraints"),
      async (world) => {
        const { KeyId, role } = await granted(world, { Constraints: { [constraint]: { team: "storage" } } });
        const call = generate(role, KeyId, { ...context });
        await (allowed ? answers(call) : refuses(call, 400, "AccessDeniedException"));
      },
      { needs },
    ),
  ),
  behaviour(
    "a grant names a user of another account, whose own policies need not",
    "CreateGrant GenerateDataKey",
    grants,
    async (world) => {
      const KeyId = await world.ownKey();
      const GranteePrincipal = (await world.other.sts.getCallerIdentity({})).Arn ?? "";
      await refuses(generate(world.other, KeyId), 400, "AccessDeniedException");
      await world.kms.createGrant({ KeyId, GranteePrincipal, Operations: ["GenerateDataKey"] });
      await settle(world);
      await answers(generate(world.other, KeyId));
    },
    { needs: ["permissions", "otherAccount"] },
  ),
  behaviour(
    "to make grants is a permission",
    "CreateGrant",
    kmsApi("CreateGrant"),
    async (world) => {
      const KeyId = await world.ownKey();
      const role = await world.role([{ Effect: "Allow", Action: "kms:GenerateDataKey", Resource: KeyId }]);
      await refuses(
        role.kms.createGrant({ KeyId, GranteePrincipal: role.arn, Operations: ["GenerateDataKey"] }),
        400,
        "AccessDeniedException",
        /kms:CreateGrant/,
      );
    },
    { needs },
  ),
  ...[
    {
      key: "kms:GrantOperations",
      condition: () => ({ "ForAllValues:StringEquals": { "kms:GrantOperations": ["Encrypt", "GenerateDataKey"] } }),
      right: { Operations: ["GenerateDataKey" as const] },
      wrong: { Operations: ["GenerateDataKey" as const, "Decrypt" as const] },
    },
    {
      key: "kms:GranteePrincipal",
      condition: (account: string) => ({ StringEquals: { "kms:GranteePrincipal": `arn:aws:iam::${account}:root` } }),
      right: { Operations: ["GenerateDataKey" as const] },
      wrong: { Operations: ["GenerateDataKey" as const], GranteePrincipal: "the role" },
    },
    {
      key: "kms:GrantConstraintType",
      condition: () => ({ StringEquals: { "kms:GrantConstraintType": "EncryptionContextSubset" } }),
      right: {
        Operations: ["GenerateDataKey" as const],
        Constraints: { EncryptionContextSubset: { team: "storage" } },
      },
      wrong: { Operations: ["GenerateDataKey" as const] },
    },
  ].map(({ key, condition, right, wrong }) =>
    behaviour(
      `the permission to make grants is held to ${key}`,
      "CreateGrant",
      kmsGuide("Condition keys for AWS KMS"),
      async (world) => {
        const KeyId = await world.ownKey();
        const Condition = condition(world.account);
        const role = await world.role([{ Effect: "Allow", Action: "kms:CreateGrant", Resource: KeyId, Condition }]);
        const GranteePrincipal = `arn:aws:iam::${world.account}:root`;
        await answers(role.kms.createGrant({ KeyId, GranteePrincipal, ...right }));
        const other = "GranteePrincipal" in wrong ? { GranteePrincipal: role.arn } : {};
        await refuses(
          role.kms.createGrant({ KeyId, GranteePrincipal, ...wrong, ...other }),
          400,
          "AccessDeniedException",
        );
      },
      { needs },
    ),
  ),
  behaviour(
    "AWS services alone make grants under kms:GrantIsForAWSResource",
    "CreateGrant",
    kmsGuide("Condition keys for AWS KMS"),
    async (world) => {
      const KeyId = await world.ownKey();
      const Condition = { Bool: { "kms:GrantIsForAWSResource": "true" } };
      const role = await world.role([{ Effect: "Allow", Action: "kms:CreateGrant", Resource: KeyId, Condition }]);
      await refuses(
        role.kms.createGrant({ KeyId, GranteePrincipal: role.arn, Operations: ["Decrypt"] }),
        400,
        "AccessDeniedException",
      );
    },
    { needs },
  ),
  behaviour(
    "the retiring principal retires a grant without a permission, by its id or token",
    "RetireGrant",
    kmsGuide("Retiring and revoking grants"),
    async (world) => {
      const retiring = await world.role([nothing]);
      const { KeyId, role, GrantId } = await granted(world, { RetiringPrincipal: retiring.arn });
      await refuses(role.kms.retireGrant({ KeyId, GrantId }), 400, "AccessDeniedException");
      await answers(retiring.kms.retireGrant({ KeyId, GrantId }));
      expectThat((await world.kms.listGrants({ KeyId })).Grants, []);
      const again = await world.kms.createGrant({
        KeyId,
        GranteePrincipal: role.arn,
        RetiringPrincipal: retiring.arn,
        Operations: ["Decrypt"],
      });
      await settle(world);
      await answers(retiring.kms.retireGrant({ GrantToken: again.GrantToken }));
      expectThat((await world.kms.listGrants({ KeyId })).Grants, []);
    },
    { needs },
  ),
  behaviour(
    "a grantee retires its grant where the grant says so",
    "RetireGrant",
    kmsGuide("Retiring and revoking grants"),
    async (world) => {
      const { KeyId, role, GrantId } = await granted(world, { Operations: ["GenerateDataKey", "RetireGrant"] });
      await answers(role.kms.retireGrant({ KeyId, GrantId }));
      await settle(world);
      await refuses(generate(role, KeyId), 400, "AccessDeniedException");
    },
    { needs },
  ),
];

const moto: MotoDifferences = [
  [
    /^a grant has an id/,
    "AWS is right: documented. moto's ids have eight characters; AWS's have 64, as its examples show.",
  ],
  [/in pages/, "AWS is right: documented. moto answers with all grants at once."],
  [/of the same name/, "AWS is right: documented. moto makes another grant."],
  [/who may retire them/, "AWS is right: documented. moto names the key by its id; AWS's examples show its ARN."],
  [/is refused$|InvalidArnException/, "AWS is right: documented. moto takes any operations and principals."],
  [
    /disabled key gets no grants/,
    "AWS is right: documented. moto fails with a page of HTML and 500 where a key is disabled.",
  ],
];

export const kmsGrants: Area = { name: "KMS: grants", cases: withMoto(moto, [...listing, ...permissions]) };
