import * as iam from "@aws-sdk/client-iam";
import * as kms from "@aws-sdk/client-kms";
import * as sts from "@aws-sdk/client-sts";
import { createLocalAws } from "../../../local/aws";
import { requestHandler } from "../../support/request-handler";
import { account, refused } from "../clients";
import { allow, policy } from "./world";

const day = 86_400_000;

/** The SDK's own clients against the whole local AWS: signed, in each protocol's format, without a socket. */
function clients() {
  let now = Date.UTC(2026, 0, 1);
  const aws = createLocalAws({ now: () => now });
  const as = (credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string }) => {
    const signed = { region: "eu-west-1", endpoint: "https://127.0.0.1", credentials, maxAttempts: 1 };
    // The clients sign with the clock of the machine, so it is told how far off it is.
    const options = { ...signed, requestHandler: requestHandler(aws.handle), systemClockOffset: now - Date.now() };
    return { kms: new kms.KMSClient(options), iam: new iam.IAMClient(options), sts: new sts.STSClient(options) };
  };
  const administrator = aws.addAccount(account);
  return {
    ...as(administrator),
    as,
    administrator,
    pass: (milliseconds: number) => {
      now += milliseconds;
    },
  };
}

test("a key is made, used, rotated, disabled and lost", async () => {
  const aws = clients();
  const { KeyMetadata } = await aws.kms.send(
    new kms.CreateKeyCommand({ Tags: [{ TagKey: "stage", TagValue: "encrypt" }] }),
  );
  const KeyId = KeyMetadata?.Arn;
  expect(KeyMetadata?.CreationDate).toEqual(new Date(Date.UTC(2026, 0, 1)));
  await aws.kms.send(new kms.CreateAliasCommand({ AliasName: "alias/objects", TargetKeyId: KeyId }));
  const EncryptionContext = { "aws:s3:arn": "arn:aws:s3:::photos" };
  const made = await aws.kms.send(
    new kms.GenerateDataKeyCommand({ KeyId: "alias/objects", KeySpec: "AES_256", EncryptionContext }),
  );
  await aws.kms.send(new kms.EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 100 }));
  await aws.kms.send(new kms.RotateKeyOnDemandCommand({ KeyId }));
  const decrypt = new kms.DecryptCommand({ CiphertextBlob: made.CiphertextBlob, EncryptionContext });
  expect((await aws.kms.send(decrypt)).Plaintext).toEqual(made.Plaintext);
  const withoutContext = aws.kms.send(new kms.DecryptCommand({ CiphertextBlob: made.CiphertextBlob }));
  expect(await refused(withoutContext)).toMatchObject({ code: "InvalidCiphertextException", status: 400 });
  await aws.kms.send(new kms.DisableKeyCommand({ KeyId }));
  expect(await refused(aws.kms.send(decrypt))).toMatchObject({
    code: "DisabledException",
    status: 400,
    message: `${KeyId} is disabled.`,
  });
  const { DeletionDate } = await aws.kms.send(new kms.ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
  expect(DeletionDate).toEqual(new Date(Date.UTC(2026, 0, 8)));
  aws.pass(7 * day);
  const later = aws.as(aws.administrator);
  expect(await refused(later.kms.send(new kms.DescribeKeyCommand({ KeyId })))).toMatchObject({
    code: "NotFoundException",
    message: `Key '${KeyId}' does not exist`,
  });
});

test("a role is made, allowed, assumed, limited and removed", async () => {
  const aws = clients();
  const RoleName = "converter";
  const trust = policy(allow({ Principal: { AWS: account }, Action: "sts:AssumeRole" }));
  const reads = policy(allow({ Action: "kms:ListKeys", Resource: "*" }));
  const { Role } = await aws.iam.send(new iam.CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust }));
  expect(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? "")).toBe(trust);
  const { Policy } = await aws.iam.send(new iam.CreatePolicyCommand({ PolicyName: "reads", PolicyDocument: reads }));
  await aws.iam.send(new iam.AttachRolePolicyCommand({ RoleName, PolicyArn: Policy?.Arn }));
  const listed = await aws.iam.send(new iam.ListAttachedRolePoliciesCommand({ RoleName }));
  expect(listed.AttachedPolicies).toEqual([{ PolicyName: "reads", PolicyArn: Policy?.Arn }]);

  const { Credentials: given } = await aws.sts.send(
    new sts.AssumeRoleCommand({ RoleArn: Role?.Arn, RoleSessionName: "run" }),
  );
  const session = aws.as({
    accessKeyId: given?.AccessKeyId ?? "",
    secretAccessKey: given?.SecretAccessKey ?? "",
    sessionToken: given?.SessionToken,
  });
  const sessionArn = `arn:aws:sts::${account}:assumed-role/converter/run`;
  expect(await session.sts.send(new sts.GetCallerIdentityCommand({}))).toMatchObject({
    Account: account,
    Arn: sessionArn,
  });
  expect((await session.kms.send(new kms.ListKeysCommand({}))).Keys).toEqual([]);
  expect(await refused(session.kms.send(new kms.CreateKeyCommand({})))).toMatchObject({
    code: "AccessDeniedException",
    status: 400,
    message: `User: ${sessionArn} is not authorized to perform: kms:CreateKey on resource: * because no identity-based policy allows the kms:CreateKey action`,
  });
  expect(await refused(session.iam.send(new iam.DeleteRoleCommand({ RoleName })))).toMatchObject({
    code: "AccessDenied",
    status: 403,
  });

  expect(await refused(aws.iam.send(new iam.DeleteRoleCommand({ RoleName })))).toMatchObject({
    code: "DeleteConflictException",
    status: 409,
    message: "Cannot delete entity, must detach all policies first.",
  });
  await aws.iam.send(new iam.DetachRolePolicyCommand({ RoleName, PolicyArn: Policy?.Arn }));
  await aws.iam.send(new iam.DeleteRoleCommand({ RoleName }));
  expect(await refused(aws.iam.send(new iam.GetRoleCommand({ RoleName })))).toMatchObject({
    code: "NoSuchEntityException",
    status: 404,
  });
  expect((await refused(session.kms.send(new kms.ListKeysCommand({})))).code).toBe("UnrecognizedClientException");
});
