import fc from "fast-check";
import { decryptDataKey, generateDataKey, reEncryptDataKey } from "../../../local/kms/for-s3";
import type { Caller } from "../../../local/service";
import { account, allow, deny, errorOf, otherAccount, policy, region, world } from "../identity/world";

function withKey() {
  const aws = world();
  const Arn = aws.kms("CreateKey").KeyMetadata.Arn as string;
  return { ...aws, Arn };
}

const contexts = fc.dictionary(fc.string({ maxLength: 6 }), fc.string({ maxLength: 6 }), { maxKeys: 4 });
const refused = { code: "InvalidCiphertextException", status: 400, message: "" };

describe("what was encrypted", () => {
  test("comes back under the same encryption context, in whatever order it is given", () => {
    const { kms, Arn } = withKey();
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), contexts, (Plaintext, EncryptionContext) => {
        const { CiphertextBlob } = kms("Encrypt", { KeyId: Arn, Plaintext, EncryptionContext });
        const reversed = Object.fromEntries(Object.entries(EncryptionContext).reverse());
        const opened = kms("Decrypt", { CiphertextBlob, EncryptionContext: reversed });
        expect(opened).toMatchObject({ KeyId: Arn, EncryptionAlgorithm: "SYMMETRIC_DEFAULT" });
        expect(new Uint8Array(opened.Plaintext)).toEqual(Plaintext);
      }),
    );
  });

  test("does not come back under another one", () => {
    const { kms, Arn } = withKey();
    fc.assert(
      fc.property(contexts, contexts, (given, other) => {
        const sorted = (context: object) => JSON.stringify(Object.entries(context).sort());
        fc.pre(sorted(given) !== sorted(other));
        const { CiphertextBlob } = kms("Encrypt", {
          KeyId: Arn,
          Plaintext: Buffer.from("x"),
          EncryptionContext: given,
        });
        expect(errorOf(() => kms("Decrypt", { CiphertextBlob, EncryptionContext: other }))).toEqual(refused);
      }),
    );
  });

  test("does not come back once a byte of it is changed, and is not in it", () => {
    const { kms, Arn } = withKey();
    const Plaintext = Buffer.from("a rather long secret");
    const { CiphertextBlob } = kms("Encrypt", { KeyId: Arn, Plaintext });
    expect(CiphertextBlob.includes(Plaintext)).toBe(false);
    for (let index = 0; index < CiphertextBlob.length; index += 1) {
      const changed = Buffer.from(CiphertextBlob);
      changed.writeUInt8(changed.readUInt8(index) ^ 1, index);
      expect(() => kms("Decrypt", { CiphertextBlob: changed })).toThrow();
    }
    expect(errorOf(() => kms("Decrypt", { CiphertextBlob: Buffer.from("no ciphertext") }))).toEqual(refused);
    expect(errorOf(() => kms("Decrypt", { CiphertextBlob: CiphertextBlob.subarray(0, 60) }))).toEqual(refused);
  });

  test("does not come back under another key's name", () => {
    const { kms, Arn } = withKey();
    const other = kms("CreateKey").KeyMetadata.Arn;
    const { CiphertextBlob } = kms("Encrypt", { KeyId: Arn, Plaintext: Buffer.from("x") });
    expect(kms("Decrypt", { CiphertextBlob, KeyId: Arn }).KeyId).toBe(Arn);
    expect(errorOf(() => kms("Decrypt", { CiphertextBlob, KeyId: other }))).toEqual({
      code: "IncorrectKeyException",
      status: 400,
      message: "The key ID in the request does not identify a CMK that can perform this operation.",
    });
  });
});

test("a data key comes open and wrapped, and the wrapped one opens to the same", () => {
  const { kms, Arn } = withKey();
  const { Plaintext, CiphertextBlob, KeyId } = kms("GenerateDataKey", { KeyId: Arn, KeySpec: "AES_256" });
  expect([Plaintext.length, KeyId]).toEqual([32, Arn]);
  expect(kms("Decrypt", { CiphertextBlob }).Plaintext).toEqual(Plaintext);
  expect(kms("GenerateDataKey", { KeyId: Arn, NumberOfBytes: 17 }).Plaintext).toHaveLength(17);
  const closed = kms("GenerateDataKeyWithoutPlaintext", { KeyId: Arn, KeySpec: "AES_128" });
  expect(closed.Plaintext).toBeUndefined();
  expect(kms("Decrypt", { CiphertextBlob: closed.CiphertextBlob }).Plaintext).toHaveLength(16);
});

test("ReEncrypt moves a ciphertext to another key and context, and needs both keys", () => {
  const { kms, Arn } = withKey();
  const DestinationKeyId = kms("CreateKey").KeyMetadata.Arn;
  const [from, to] = [{ a: "1" }, { b: "2" }];
  const { CiphertextBlob } = kms("Encrypt", { KeyId: Arn, Plaintext: Buffer.from("x"), EncryptionContext: from });
  const request = { CiphertextBlob, SourceEncryptionContext: from, DestinationKeyId, DestinationEncryptionContext: to };
  const moved = kms("ReEncrypt", request);
  expect(moved).toMatchObject({ SourceKeyId: Arn, KeyId: DestinationKeyId });
  const opened = kms("Decrypt", { CiphertextBlob: moved.CiphertextBlob, EncryptionContext: to });
  expect([opened.Plaintext.toString(), opened.KeyId]).toEqual(["x", DestinationKeyId]);
  kms("DisableKey", { KeyId: DestinationKeyId });
  expect(errorOf(() => kms("ReEncrypt", request)).message).toBe(`${DestinationKeyId} is disabled.`);
  kms("EnableKey", { KeyId: DestinationKeyId });
  kms("DisableKey", { KeyId: Arn });
  expect(errorOf(() => kms("ReEncrypt", request)).message).toBe(`${Arn} is disabled.`);
});

test.each<[string, object, string]>([
  ["GenerateRandom", {}, "NumberOfBytes is required."],
  [
    "GenerateRandom",
    { NumberOfBytes: 0 },
    "1 validation error detected: Value '0' at 'numberOfBytes' failed to satisfy constraint: Member must have value greater than or equal to 1",
  ],
  [
    "GenerateRandom",
    { NumberOfBytes: 1025 },
    "1 validation error detected: Value '1025' at 'numberOfBytes' failed to satisfy constraint: Member must have value less than or equal to 1024",
  ],
  ["GenerateDataKey", {}, "Please specify either number of bytes or key spec."],
  ["GenerateDataKey", { KeySpec: "AES_256", NumberOfBytes: 32 }, "Please specify either number of bytes or key spec."],
  [
    "Encrypt",
    { Plaintext: Buffer.alloc(4097) },
    "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have length less than or equal to 4096",
  ],
])("%s %j: %s", (operation, input, message) => {
  const { kms, Arn } = withKey();
  expect(errorOf(() => kms(operation, { KeyId: Arn, ...input }))).toEqual({
    code: "ValidationException",
    status: 400,
    message,
  });
});

test("algorithms of other kinds of keys are refused", () => {
  const { kms, Arn } = withKey();
  const Plaintext = Buffer.from("x");
  expect(errorOf(() => kms("Encrypt", { KeyId: Arn, Plaintext, EncryptionAlgorithm: "RSAES_OAEP_SHA_1" }))).toEqual({
    code: "InvalidKeyUsageException",
    status: 400,
    message: "Algorithm RSAES_OAEP_SHA_1 is incompatible with key spec SYMMETRIC_DEFAULT.",
  });
});

test("DryRun says what would have happened, and does nothing", () => {
  const { kms, Arn, user } = withKey();
  const ask = (caller?: Caller) => kms("GenerateDataKey", { KeyId: Arn, KeySpec: "AES_256", DryRun: true }, caller);
  expect(errorOf(() => ask())).toMatchObject({
    code: "DryRunOperationException",
    message: "The request would have succeeded, but the DryRun option is set.",
  });
  expect(errorOf(() => ask(user("none"))).code).toBe("AccessDeniedException");
});

describe("data keys for S3", () => {
  const encryptionContext = { "aws:s3:arn": "arn:aws:s3:::photos/cat.jpg" };
  const viaS3 = { StringEquals: { "kms:ViaService": `s3.${region}.amazonaws.com`, "kms:CallerAccount": account } };
  const root = { AWS: `arn:aws:iam::${account}:root` };

  test("without a key id are under AWS's own key, which comes into being then and there", () => {
    const { kms, context, administrator } = world();
    expect(kms("ListAliases").Aliases).toEqual([]);
    const made = generateDataKey(context(administrator), { encryptionContext });
    const { KeyMetadata } = kms("DescribeKey", { KeyId: "alias/aws/s3" });
    expect(KeyMetadata).toMatchObject({ Arn: made.keyArn, KeyManager: "AWS" });
    expect(generateDataKey(context(administrator), { encryptionContext }).keyArn).toBe(made.keyArn);
    expect(decryptDataKey(context(administrator), { ciphertext: made.ciphertext, encryptionContext })).toEqual(
      made.plaintext,
    );
    expect(made.plaintext).toHaveLength(32);
  });

  test("AWS's own key serves the account through S3 only, and nobody can change it", () => {
    const { kms, context, administrator, stranger, user } = world();
    const nobody = user("nobody");
    const { keyArn, ciphertext, plaintext } = generateDataKey(context(administrator), { encryptionContext });
    expect(decryptDataKey(context(nobody), { ciphertext, encryptionContext })).toEqual(plaintext);
    const direct = () => kms("Decrypt", { CiphertextBlob: ciphertext, EncryptionContext: encryptionContext });
    expect(errorOf(direct).code).toBe("AccessDeniedException");
    expect(errorOf(() => decryptDataKey(context(stranger), { ciphertext, encryptionContext }))).toMatchObject({
      code: "AccessDenied",
      status: 403,
    });
    for (const [operation, input] of [
      ["ScheduleKeyDeletion", {}],
      ["DisableKey", {}],
      ["PutKeyPolicy", { Policy: policy(allow({ Principal: root, Action: "kms:*", Resource: "*" })) }],
    ] as const) {
      expect([operation, errorOf(() => kms(operation, { KeyId: keyArn, ...input })).code]).toEqual([
        operation,
        "AccessDeniedException",
      ]);
    }
  });

  test("a key that is only for S3 refuses the same caller elsewhere", () => {
    const { kms, context, Arn, administrator } = withKey();
    const Policy = policy(
      allow({ Principal: root, Action: ["kms:Put*", "kms:Describe*"], Resource: "*" }),
      allow({
        Principal: { AWS: "*" },
        Action: ["kms:GenerateDataKey", "kms:Decrypt"],
        Resource: "*",
        Condition: viaS3,
      }),
    );
    kms("PutKeyPolicy", { KeyId: Arn, Policy });
    const { ciphertext } = generateDataKey(context(administrator), { keyId: Arn, encryptionContext });
    expect(decryptDataKey(context(administrator), { ciphertext, encryptionContext })).toHaveLength(32);
    expect(errorOf(() => kms("GenerateDataKey", { KeyId: Arn, KeySpec: "AES_256" })).code).toBe(
      "AccessDeniedException",
    );
  });

  test("conditions see the encryption context", () => {
    const { kms, context, Arn, administrator } = withKey();
    const denied = (Condition: object) => {
      const Policy = policy(
        allow({ Principal: root, Action: "kms:*", Resource: "*" }),
        deny({ Principal: "*", Action: "kms:GenerateDataKey", Resource: "*", Condition }),
      );
      kms("PutKeyPolicy", { KeyId: Arn, Policy });
      try {
        return !generateDataKey(context(administrator), { keyId: Arn, encryptionContext });
      } catch {
        return true;
      }
    };
    expect(denied({ StringLike: { "kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::photos/*" } })).toBe(true);
    expect(denied({ StringLike: { "kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::other/*" } })).toBe(false);
    expect(denied({ "ForAnyValue:StringEquals": { "kms:EncryptionContextKeys": ["aws:s3:arn"] } })).toBe(true);
    expect(denied({ Null: { "aws:SourceIp": "false" } })).toBe(false);
  });

  // The texts are what S3 answered, recorded.
  test("errors are S3's: KMS's code and text with status 400", () => {
    const { kms, context, Arn, administrator } = withKey();
    const ask = (keyId: string) => () => generateDataKey(context(administrator), { keyId, encryptionContext });
    const { ciphertext } = ask(Arn)();
    const read = () => decryptDataKey(context(administrator), { ciphertext, encryptionContext });
    const error = (code: string, message: string) => ({ code: `KMS.${code}`, status: 400, message });
    expect(errorOf(ask("fake-key-id"))).toEqual(error("NotFoundException", "Invalid keyId 'fake-key-id'"));
    expect(errorOf(ask(Arn.replace(region, "us-west-2")))).toEqual(error("NotFoundException", "Invalid arn us-west-2"));
    kms("DisableKey", { KeyId: Arn });
    for (const call of [ask(Arn), read])
      expect(errorOf(call)).toEqual(error("DisabledException", `${Arn} is disabled.`));
    kms("ScheduleKeyDeletion", { KeyId: Arn });
    for (const call of [ask(Arn), read]) {
      expect(errorOf(call)).toEqual(error("KMSInvalidStateException", `${Arn} is pending deletion.`));
    }
  });

  test("a refusal is S3's AccessDenied and names the action and the key", () => {
    const { context, Arn, user, role, administrator } = withKey();
    const none = user("none");
    expect(errorOf(() => generateDataKey(context(none), { keyId: Arn, encryptionContext }))).toEqual({
      code: "AccessDenied",
      status: 403,
      message: `User: arn:aws:iam::${account}:user/none is not authorized to perform: kms:GenerateDataKey on resource: ${Arn} because no identity-based policy allows the kms:GenerateDataKey action`,
    });
    const { ciphertext } = generateDataKey(context(administrator), { keyId: Arn, encryptionContext });
    const foreign = role("foreign", { in: otherAccount, may: [allow({ Action: "kms:*", Resource: "*" })] });
    expect(errorOf(() => decryptDataKey(context(foreign), { ciphertext, encryptionContext })).message).toMatch(
      /is not authorized to perform: kms:Decrypt on the resource associated with this ciphertext because/,
    );
  });

  test("re-encryption needs both keys' consent and keeps the data key", () => {
    const { kms, context, Arn, administrator, role } = withKey();
    const destinationKeyId = kms("CreateKey").KeyMetadata.Arn;
    const made = generateDataKey(context(administrator), { keyId: Arn, encryptionContext });
    const destinationEncryptionContext = { "aws:s3:arn": "arn:aws:s3:::photos" };
    const request = {
      ciphertext: made.ciphertext,
      sourceEncryptionContext: encryptionContext,
      destinationKeyId,
      destinationEncryptionContext,
    };
    const moved = reEncryptDataKey(context(administrator), request);
    expect(moved.keyArn).toBe(destinationKeyId);
    const opened = { ciphertext: moved.ciphertext, encryptionContext: destinationEncryptionContext };
    expect(decryptDataKey(context(administrator), opened)).toEqual(made.plaintext);
    const onlyFrom = role("onlyFrom", { may: [allow({ Action: "kms:ReEncryptFrom", Resource: Arn })] });
    const onlyTo = role("onlyTo", { may: [allow({ Action: "kms:ReEncryptTo", Resource: destinationKeyId })] });
    expect(errorOf(() => reEncryptDataKey(context(onlyFrom), request)).message).toMatch(/kms:ReEncryptTo/);
    expect(errorOf(() => reEncryptDataKey(context(onlyTo), request)).message).toMatch(/kms:ReEncryptFrom/);
  });
});
