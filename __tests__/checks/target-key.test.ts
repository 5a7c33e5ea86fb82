import {
  CreateKeyCommand,
  type CreateKeyCommandInput,
  DisableKeyCommand,
  KMSClient,
  PutKeyPolicyCommand,
  ScheduleKeyDeletionCommand,
} from "@aws-sdk/client-kms";
import { createLocalAws } from "../../local/aws";
import { checkTargetKey } from "../../src/checks/target-key";
import { requestHandler } from "../support/request-handler";

const account = "111111111111";
const region = "eu-west-1";

async function keyOf(input: CreateKeyCommandInput = {}) {
  const aws = createLocalAws();
  const client = new KMSClient({
    region,
    credentials: aws.addAccount(account),
    requestHandler: requestHandler(aws.handle),
  });
  const { KeyMetadata } = await client.send(new CreateKeyCommand(input));
  const keyArn = KeyMetadata?.Arn ?? "";
  return { client, keyArn, check: () => checkTargetKey(client, { keyArn, region, account, updates: true }) };
}

test("an enabled symmetric key is taken", async () => {
  const { check } = await keyOf();
  await expect(check()).resolves.toBeUndefined();
});

test("a disabled key is not", async () => {
  const { client, keyArn, check } = await keyOf();
  await client.send(new DisableKeyCommand({ KeyId: keyArn }));
  await expect(check()).rejects.toThrow("cannot be used: it is Disabled");
});

test("a key pending deletion is not, and the day is said", async () => {
  const { client, keyArn, check } = await keyOf();
  await client.send(new ScheduleKeyDeletionCommand({ KeyId: keyArn, PendingWindowInDays: 7 }));
  await expect(check()).rejects.toThrow(/pending deletion: it is deleted on \d{4}-\d\d-\d\d/);
});

test("a key that is not there is not", async () => {
  const { client, keyArn } = await keyOf();
  const other = keyArn.replace(/[^/]+$/, "00000000-0000-0000-0000-000000000000");
  await expect(checkTargetKey(client, { keyArn: other, region, account, updates: true })).rejects.toThrow(
    "is not there",
  );
});

test("where the key may not be described the permission is named", async () => {
  const { client, keyArn, check } = await keyOf();
  const statement = (Effect: string, Action: string) => ({ Effect, Principal: { AWS: "*" }, Action, Resource: "*" });
  const Policy = JSON.stringify({
    Version: "2012-10-17",
    Statement: [statement("Allow", "kms:*"), statement("Deny", "kms:DescribeKey")],
  });
  await client.send(new PutKeyPolicyCommand({ KeyId: keyArn, Policy, BypassPolicyLockoutSafetyCheck: true }));
  await expect(check()).rejects.toThrow("kms:DescribeKey is denied");
});
