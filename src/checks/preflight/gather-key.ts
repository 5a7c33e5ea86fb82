import {
  DescribeKeyCommand,
  GetKeyPolicyCommand,
  GetKeyRotationStatusCommand,
  type KMSClient,
} from "@aws-sdk/client-kms";
import type { KeyDescription, KeyFacts } from "./facts";
import { look } from "./looked";

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

/** Reads a key's state, policy and rotation. */
export async function gatherKey(client: KMSClient, arn: string): Promise<KeyFacts> {
  const KeyId = arn;
  const [description, policy, rotates] = await Promise.all([
    describeKey(client, arn),
    // The one policy of a key is called default: API Reference, GetKeyPolicy.
    look(
      "kms:GetKeyPolicy",
      async () =>
        JSON.parse((await client.send(new GetKeyPolicyCommand({ KeyId, PolicyName: "default" }))).Policy ?? "{}"),
      { codes: ["NotFoundException"], means: {} },
    ),
    look(
      "kms:GetKeyRotationStatus",
      async () => (await client.send(new GetKeyRotationStatusCommand({ KeyId }))).KeyRotationEnabled === true,
      { codes: noRotation, means: false },
    ),
  ]);
  return { arn, description, policy, rotates };
}
