import {
  DescribeKeyCommand,
  GetKeyPolicyCommand,
  GetKeyRotationStatusCommand,
  type KMSClient,
  paginateListAliases,
} from "@aws-sdk/client-kms";
import type { KeyDescription, KeyFacts } from "./facts";
import { known, look, seen } from "./looked";
import { accountOf } from "./policy/evaluate";

/** Of keys with imported material, keys that wait for their deletion, and keys that are not there. */
const noRotation = ["UnsupportedOperationException", "KMSInvalidStateException", "NotFoundException"];

/** What a key is. Null: there is no such key. */
export const describeKey = (client: KMSClient, KeyId: string): Promise<KeyFacts["description"]> =>
  look<KeyDescription | null>(
    "kms:DescribeKey",
    async () => {
      const { KeyMetadata: key } = await client.send(new DescribeKeyCommand({ KeyId }));
      return {
        state: key?.KeyState ?? "?",
        usage: key?.KeyUsage ?? "?",
        spec: key?.KeySpec ?? "?",
        manager: key?.KeyManager ?? "?",
        account: key?.AWSAccountId ?? "",
        deletionDate: key?.DeletionDate?.toISOString().slice(0, 10),
        multiRegion: key?.MultiRegion === true,
      };
    },
    { codes: ["NotFoundException"], means: null },
  );

/**
 * What a key is that objects were found under. DescribeKey takes a permission on that very key, which no role has before
 * somebody knows the key. The account's aliases show without it whether it is AWS's own key of S3.
 *
 * Source: AWS KMS Developer Guide, "AWS managed keys": their aliases begin with `alias/aws/`, which no other key's may.
 */
export async function describeFoundKey(client: KMSClient, arn: string): Promise<KeyFacts["description"]> {
  const described = await describeKey(client, arn);
  if (described.is === "seen") return described;
  const aliases = await look("kms:ListAliases", async () => {
    const names: string[] = [];
    for await (const { Aliases = [] } of paginateListAliases({ client }, { KeyId: arn })) {
      names.push(...Aliases.flatMap(({ AliasName }) => AliasName ?? []));
    }
    return names;
  });
  if (!known(aliases)?.includes("alias/aws/s3")) return described;
  const always = { state: "Enabled", usage: "ENCRYPT_DECRYPT", spec: "SYMMETRIC_DEFAULT", manager: "AWS" };
  return seen({ ...always, account: accountOf(arn) });
}

/** API Reference, GetKeyPolicy: "Cross-account use: No". Of the others DescribeKey and GetKeyRotationStatus say "Yes". */
const policyOfAnother = (account: string): KeyFacts["policy"] => ({
  is: "unseen",
  permission: "kms:GetKeyPolicy",
  why: `KMS shows it to the key's own account ${account} alone`,
  notThere: true,
});

/** Reads a key's state, policy and rotation. @param account of whoever asks: 12 digits */
export async function gatherKey(client: KMSClient, arn: string, account: string): Promise<KeyFacts> {
  const KeyId = arn;
  const [description, policy, rotates] = await Promise.all([
    describeKey(client, arn),
    accountOf(arn) === account ? readPolicy(client, arn) : policyOfAnother(accountOf(arn)),
    look(
      "kms:GetKeyRotationStatus",
      async () => (await client.send(new GetKeyRotationStatusCommand({ KeyId }))).KeyRotationEnabled === true,
      { codes: noRotation, means: false },
    ),
  ]);
  return { arn, description, policy, rotates };
}

/** The one policy of a key is called default: API Reference, GetKeyPolicy. */
const readPolicy = (client: KMSClient, KeyId: string): Promise<KeyFacts["policy"]> =>
  look(
    "kms:GetKeyPolicy",
    async () =>
      JSON.parse((await client.send(new GetKeyPolicyCommand({ KeyId, PolicyName: "default" }))).Policy ?? "{}"),
    { codes: ["NotFoundException"], means: {} },
  );
