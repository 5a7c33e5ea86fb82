import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Finished, findAwsCli, type RunningLocalAws, run, startLocalAws } from "../../clients/tools";
import { allow, policy } from "../identity/world";

const awsCli = findAwsCli();
const describeWithCli = awsCli ? describe : describe.skip;
if (!awsCli) console.warn("Skipped: no AWS CLI in .venv or on the PATH (pip install awscli).");

interface Answers {
  readonly KeyMetadata: { readonly KeyId: string; readonly Arn: string };
  readonly Role: { readonly Arn: string };
  readonly Policy: { readonly Arn: string };
  readonly Credentials: {
    readonly AccessKeyId: string;
    readonly SecretAccessKey: string;
    readonly SessionToken: string;
  };
}

// Each call of the CLI takes a second or more, and other tests may want the same cores.
jest.setTimeout(180_000);

describeWithCli("aws kms, aws iam and aws sts", () => {
  let local: RunningLocalAws;
  let folder: string;
  const aws = (parameters: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<Finished> =>
    run(awsCli ?? "aws", parameters, { ...local.environment, ...more }, folder);
  const json = async (...parameters: string[]): Promise<Answers & Record<string, unknown>> => {
    const finished = await aws([...parameters, "--output", "json"]);
    expect(finished).toMatchObject({ exitCode: 0, stderr: "" });
    return JSON.parse(finished.stdout || "{}");
  };
  const text = async (...parameters: string[]): Promise<string> =>
    (await aws([...parameters, "--output", "text"])).stdout.trim();

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "at-rest-kms-"));
    local = await startLocalAws();
  });
  afterAll(async () => {
    await local?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test("a key encrypts until it is to be deleted", async () => {
    const { KeyMetadata } = await json("kms", "create-key", "--tags", "TagKey=stage,TagValue=encrypt");
    const { KeyId, Arn } = KeyMetadata;
    await json("kms", "create-alias", "--alias-name", "alias/objects", "--target-key-id", KeyId);
    await json("kms", "enable-key-rotation", "--key-id", KeyId, "--rotation-period-in-days", "365");
    expect(await json("kms", "get-key-rotation-status", "--key-id", KeyId)).toMatchObject({ KeyRotationEnabled: true });
    const generate = ["kms", "generate-data-key", "--key-id", "alias/objects", "--key-spec", "AES_256"];
    const context = ["--encryption-context", "purpose=test"];
    const made = await json(...generate, ...context);
    writeFileSync(join(folder, "wrapped"), Buffer.from(String(made["CiphertextBlob"]), "base64"));
    const decrypt = ["kms", "decrypt", "--ciphertext-blob", "fileb://wrapped", ...context];
    expect(await json(...decrypt)).toMatchObject({ KeyId: Arn, Plaintext: made["Plaintext"] });
    await json("kms", "schedule-key-deletion", "--key-id", KeyId, "--pending-window-in-days", "7");
    const refused = await aws(decrypt);
    expect(refused.exitCode).not.toBe(0);
    expect(refused.stderr).toContain(
      `An error occurred (KMSInvalidStateException) when calling the Decrypt operation: ${Arn} is pending deletion.`,
    );
  });

  test("a role is assumed and does what its policy allows, no more", async () => {
    const account = await text("sts", "get-caller-identity", "--query", "Account");
    const trust = policy(allow({ Principal: { AWS: account }, Action: "sts:AssumeRole" }));
    const reads = policy(allow({ Action: "kms:ListKeys", Resource: "*" }));
    const role = ["--role-name", "reader"];
    const { Role } = await json("iam", "create-role", ...role, "--assume-role-policy-document", trust);
    const { Policy } = await json("iam", "create-policy", "--policy-name", "reads", "--policy-document", reads);
    await json("iam", "attach-role-policy", ...role, "--policy-arn", Policy.Arn);
    // The CLI decodes documents by itself, so they come back as JSON only if they were encoded as IAM does.
    expect(await json("iam", "get-policy-version", "--policy-arn", Policy.Arn, "--version-id", "v1")).toMatchObject({
      PolicyVersion: { Document: JSON.parse(reads) },
    });

    const { Credentials } = await json("sts", "assume-role", "--role-arn", Role.Arn, "--role-session-name", "look");
    const session = {
      AWS_ACCESS_KEY_ID: Credentials.AccessKeyId,
      AWS_SECRET_ACCESS_KEY: Credentials.SecretAccessKey,
      AWS_SESSION_TOKEN: Credentials.SessionToken,
    };
    expect(await aws(["kms", "list-keys"], session)).toMatchObject({ exitCode: 0, stderr: "" });
    const refused = await aws(["kms", "create-key"], session);
    expect(refused.exitCode).not.toBe(0);
    expect(refused.stderr).toContain(
      `User: arn:aws:sts::${account}:assumed-role/reader/look is not authorized to perform: kms:CreateKey`,
    );
    const inUse = await aws(["iam", "delete-role", ...role]);
    expect(inUse.stderr).toContain("(DeleteConflict) when calling the DeleteRole operation");
  });
});
