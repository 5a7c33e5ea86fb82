import { createHash } from "node:crypto";
import { DisableKeyCommand } from "@aws-sdk/client-kms";
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  type CompleteMultipartUploadCommandInput,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  DeleteObjectCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutBucketEncryptionCommand,
  PutObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
  type UploadPartCopyCommandInput,
} from "@aws-sdk/client-s3";
import { createWorld, customerKey, encryptionOf, md5, refusal, sendHeader, text, type World } from "./world";

const mebibyte = 1024 * 1024;
let world: World;
beforeEach(async () => {
  world = createWorld();
  await world.bucket("data");
});

const create = async (input: Partial<CreateMultipartUploadCommandInput> = {}): Promise<string> => {
  const answer = await world.s3.send(new CreateMultipartUploadCommand({ Bucket: "data", Key: "key", ...input }));
  return answer.UploadId ?? "";
};
const part = async (UploadId: string, PartNumber: number, Body: string | Buffer, more: object = {}) => {
  const answer = await world.s3.send(
    new UploadPartCommand({ Bucket: "data", Key: "key", UploadId, PartNumber, Body, ...more }),
  );
  const { ETag, ChecksumCRC32, ChecksumCRC32C, ChecksumSHA256, ChecksumCRC64NVME } = answer;
  return { PartNumber, ETag, ChecksumCRC32, ChecksumCRC32C, ChecksumSHA256, ChecksumCRC64NVME };
};
const complete = (UploadId: string, Parts: CompletedPart[], input: Partial<CompleteMultipartUploadCommandInput> = {}) =>
  world.s3.send(
    new CompleteMultipartUploadCommand({ Bucket: "data", Key: "key", UploadId, MultipartUpload: { Parts }, ...input }),
  );
const withoutChecksum = ({ PartNumber, ETag }: CompletedPart): CompletedPart => ({ PartNumber, ETag });
const put = (Body: string, more: object = {}) =>
  world.s3.send(new PutObjectCommand({ Bucket: "data", Key: "key", Body, ...more }));
const remove = () => world.s3.send(new DeleteObjectCommand({ Bucket: "data", Key: "key" }));
const head = (more: object = {}) =>
  world.s3.send(new HeadObjectCommand({ Bucket: "data", Key: "key", ChecksumMode: "ENABLED", ...more }));

test("parts become one object, with the ETag of their MD5s and the date of the beginning", async () => {
  const UploadId = await create({
    ContentType: "text/x",
    Metadata: { a: "b" },
    Tagging: "t=1",
    StorageClass: "STANDARD_IA",
  });
  const first = Buffer.alloc(5 * mebibyte, "a");
  world.pass(60);
  // The second one comes first, and the first one twice: the last one counts.
  const second = await part(UploadId, 2, "end");
  await part(UploadId, 1, "wrong");
  const parts = [await part(UploadId, 1, first), second].map(withoutChecksum);
  const answer = await complete(UploadId, parts, { MpuObjectSize: first.length + 3 });
  const digests = Buffer.concat([first, Buffer.from("end")].map((bytes) => createHash("md5").update(bytes).digest()));
  expect(answer).toMatchObject({ ETag: md5(digests).replace(/"$/, '-2"'), ChecksumType: "FULL_OBJECT" });
  expect(await head()).toMatchObject({
    ContentLength: 5 * mebibyte + 3,
    ContentType: "text/x",
    Metadata: { a: "b" },
    TagCount: 1,
    StorageClass: "STANDARD_IA",
    LastModified: new Date("2026-03-01T12:00:00Z"),
    ChecksumCRC64NVME: answer.ChecksumCRC64NVME,
  });
  const got = await world.s3.send(new GetObjectCommand({ Bucket: "data", Key: "key", PartNumber: 2 }));
  expect(await text(got)).toBe("end");
  expect(got).toMatchObject({ PartsCount: 2, ContentRange: "bytes 5242880-5242882/5242883" });
  expect(await refusal(head({ PartNumber: 3 }))).toMatchObject({ status: 416 });
  expect(await refusal(complete(UploadId, parts))).toMatchObject({ code: "NoSuchUpload", status: 404 });
});

describe("encryption is fixed when the upload begins", () => {
  test("a default that is changed in between does not reach it", async () => {
    const UploadId = await create();
    const Rules = [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms" as const } }];
    await world.s3.send(
      new PutBucketEncryptionCommand({ Bucket: "data", ServerSideEncryptionConfiguration: { Rules } }),
    );
    const parts = [withoutChecksum(await part(UploadId, 1, "x"))];
    expect(encryptionOf(await complete(UploadId, parts))).toEqual({ ServerSideEncryption: "AES256" });
    expect(encryptionOf(await head())).toEqual({ ServerSideEncryption: "AES256" });
  });

  test("under KMS each answer says so, ETags are opaque, and parts need the key: it has to decrypt", async () => {
    const SSEKMSKeyId = await world.createKey();
    const sse = { ServerSideEncryption: "aws:kms", SSEKMSKeyId, BucketKeyEnabled: true } as const;
    const UploadId = await create(sse);
    const first = await part(UploadId, 1, "x");
    expect(first.ETag).not.toBe(md5("x"));
    await world.kms.send(new DisableKeyCommand({ KeyId: SSEKMSKeyId }));
    expect(await refusal(part(UploadId, 2, "x"))).toMatchObject({ code: "KMS.DisabledException" });
    expect(encryptionOf(await complete(UploadId, [withoutChecksum(first)]))).toEqual(sse);
  });

  test("parts cannot ask for encryption, nor can reads", async () => {
    const UploadId = await create();
    const s3 = sendHeader(world.client({}), "x-amz-server-side-encryption", "AES256");
    const refused = {
      code: "InvalidArgument",
      status: 400,
      message: "x-amz-server-side-encryption header is not supported for this operation.",
    };
    const at = { Bucket: "data", Key: "key" };
    const uploaded = s3.send(new UploadPartCommand({ ...at, UploadId, PartNumber: 1, Body: "x" }));
    expect(await refusal(uploaded)).toMatchObject(refused);
    await put("x");
    expect(await refusal(s3.send(new GetObjectCommand(at)))).toMatchObject(refused);
  });

  test("under SSE-C each part needs the same key, as AWS answered in 2026", async () => {
    await world.s3.send(
      new PutBucketEncryptionCommand({
        Bucket: "data",
        ServerSideEncryptionConfiguration: { Rules: [{ BlockedEncryptionTypes: { EncryptionType: ["NONE"] } }] },
      }),
    );
    const key = customerKey("k");
    const UploadId = await create(key);
    const missing = {
      code: "InvalidRequest",
      message:
        "The multipart upload initiate requested encryption. Subsequent part requests must include the appropriate encryption parameters.",
    };
    expect(await refusal(part(UploadId, 1, "x"))).toMatchObject(missing);
    expect(await refusal(part(UploadId, 1, "x", customerKey("other")))).toMatchObject({
      code: "InvalidRequest",
      message: "The provided encryption parameters did not match the ones used originally.",
    });
    expect(await refusal(part(await create(), 1, "x", key))).toMatchObject(missing);
    await complete(UploadId, [withoutChecksum(await part(UploadId, 1, "x", key))]);
    expect(encryptionOf(await head(key))).toEqual({ SSECustomerAlgorithm: "AES256" });
  });
});

describe("completion under a condition, as AWS answered in 2026", () => {
  const conflict = (Condition: string) => ({
    code: "ConditionalRequestConflict",
    status: 409,
    message: "The conditional request cannot succeed due to a conflicting operation against this resource.",
    Condition,
    Key: "key",
  });
  const upload = async (): Promise<(input: Partial<CompleteMultipartUploadCommandInput>) => Promise<unknown>> => {
    const UploadId = await create();
    const parts = [withoutChecksum(await part(UploadId, 1, "new"))];
    return (input) => complete(UploadId, parts, input);
  };

  test("If-Match holds where nothing was written since", async () => {
    await put("old");
    await (await upload())({ IfMatch: md5("old") });
    expect((await head()).ETag).toMatch(/-1"$/);
  });

  test("the same bytes written in between are a conflict, other bytes fail the comparison", async () => {
    await put("old");
    const finish = await upload();
    await put("old");
    expect(await refusal(finish({ IfMatch: md5("old") }))).toMatchObject(conflict("If-Match"));
    await put("newer");
    expect(await refusal(finish({ IfMatch: md5("old") }))).toMatchObject({ code: "PreconditionFailed", status: 412 });
    expect(await refusal(finish({ IfMatch: md5("newer") }))).toMatchObject(conflict("If-Match"));
    const again = await upload();
    await again({ IfMatch: md5("newer") });
  });

  test("deleted in between it is not found; deleted and written again it is a conflict", async () => {
    await put("old");
    const finish = await upload();
    await remove();
    expect(await refusal(finish({ IfMatch: md5("old") }))).toMatchObject({ code: "NoSuchKey", status: 404 });
    await put("old");
    expect(await refusal(finish({ IfMatch: md5("old") }))).toMatchObject(conflict("If-Match"));
  });

  test("If-None-Match fails where there is an object, and conflicts where there was one", async () => {
    await put("old");
    const finish = await upload();
    expect(await refusal(finish({ IfNoneMatch: "*" }))).toMatchObject({ Condition: "If-None-Match", status: 412 });
    await remove();
    expect(await refusal(finish({ IfNoneMatch: "*" }))).toMatchObject(conflict("If-None-Match"));
    await (await upload())({ IfNoneMatch: "*" });
  });
});

test("with versioning, what began later stays the current version", async () => {
  await world.bucket("versioned", { versioning: "Enabled" });
  const at = { Bucket: "versioned" };
  const UploadId = await create(at);
  await put("later", at);
  const answer = await complete(UploadId, [withoutChecksum(await part(UploadId, 1, "x", at))], at);
  expect((await head(at)).ETag).toBe(md5("later"));
  expect((await head({ ...at, VersionId: answer.VersionId })).ETag).toBe(answer.ETag);
});

describe("parts that are refused, as AWS answered in 2026", () => {
  test.each<[string, (uploadId: string, first: CompletedPart, second: CompletedPart) => CompletedPart[], object]>([
    ["none", () => [], { code: expect.stringMatching(/InvalidRequest|MalformedXML/), status: 400 }],
    ["out of order", (_, a, b) => [b, a], { code: "InvalidPartOrder", status: 400 }],
    ["another ETag", (_, a) => [{ ...a, ETag: md5("other") }], { code: "InvalidPart", PartNumber: "1" }],
    ["never uploaded", (_, a) => [a, { ...a, PartNumber: 3 }], { code: "InvalidPart", PartNumber: "3" }],
    [
      "too small",
      (_, a, b) => [a, b],
      {
        code: "EntityTooSmall",
        message: "Your proposed upload is smaller than the minimum allowed size",
        ProposedSize: "3",
        MinSizeAllowed: "5242880",
        PartNumber: "1",
        ETag: md5("one").replaceAll('"', ""),
      },
    ],
    [
      "number -1",
      (_, a) => [{ ...a, PartNumber: -1 }],
      { code: "InvalidArgument", message: "Part number must be an integer between 1 and 10000, inclusive" },
    ],
  ])("%s", async (_, choose, expected) => {
    const UploadId = await create();
    const [one, two] = [await part(UploadId, 1, "one"), await part(UploadId, 2, "two")].map(withoutChecksum);
    const parts = choose(UploadId, one ?? {}, two ?? {});
    expect(await refusal(complete(UploadId, parts))).toMatchObject(expected);
    await complete(UploadId, [one ?? {}]);
  });

  test("another size, another key, no such upload", async () => {
    const UploadId = await create();
    const parts = [withoutChecksum(await part(UploadId, 1, "data"))];
    expect(await refusal(complete(UploadId, parts, { MpuObjectSize: 5 }))).toMatchObject({
      message: "The provided 'x-amz-mp-object-size' header value 5 does not match what was computed: 4",
    });
    const unknown = { code: "NoSuchUpload", status: 404, UploadId };
    expect(await refusal(complete(UploadId, parts, { Key: "other" }))).toMatchObject(unknown);
    await world.s3.send(new AbortMultipartUploadCommand({ Bucket: "data", Key: "key", UploadId }));
    expect(await refusal(part(UploadId, 2, "x"))).toMatchObject(unknown);
  });
});

describe("checksums of uploads, as AWS answered in 2026", () => {
  const five = Buffer.alloc(5 * mebibyte + 1, "a");
  const ten = "aaaaaaaaaa";

  test.each([
    ["CRC32", "5FRUiw==-3"],
    ["CRC32C", "XF5+4A==-3"],
    ["SHA256", "9o++y6AejqboiJ7MZCx0fahK2Vu5YC/qnNhhYsCLciI=-3"],
  ] as const)("composite %s", async (ChecksumAlgorithm, expected) => {
    const UploadId = await create({ ChecksumAlgorithm });
    const more = { ChecksumAlgorithm };
    const parts = [
      await part(UploadId, 1, five, more),
      await part(UploadId, 2, five, more),
      await part(UploadId, 3, ten, more),
    ];
    const lower = ChecksumAlgorithm.toLowerCase();
    expect(await refusal(complete(UploadId, parts.map(withoutChecksum)))).toMatchObject({
      code: "InvalidRequest",
      message: `The upload was created using a ${lower} checksum. The complete request must include the checksum for each part. It was missing for part 1 in the request.`,
    });
    expect(await complete(UploadId, parts)).toMatchObject({
      [`Checksum${ChecksumAlgorithm}`]: expected,
      ChecksumType: "COMPOSITE",
      ETag: '"4d45984fc3feb2ac9b22683c49674b56-3"',
    });
    const attributes = await world.s3.send(
      new GetObjectAttributesCommand({ Bucket: "data", Key: "key", ObjectAttributes: ["Checksum", "ObjectParts"] }),
    );
    expect(attributes.Checksum).toMatchObject({ [`Checksum${ChecksumAlgorithm}`]: expected.replace(/-3$/, "") });
    expect(attributes.ObjectParts).toMatchObject({
      TotalPartsCount: 3,
      Parts: [{ Size: five.length }, {}, { Size: 10 }],
    });
    expect(await head({ PartNumber: 3 })).toMatchObject({
      [`Checksum${ChecksumAlgorithm}`]: parts[2]?.[`Checksum${ChecksumAlgorithm}`],
    });
    const copied = await world.s3.send(new CopyObjectCommand({ Bucket: "data", Key: "copy", CopySource: "data/key" }));
    expect(copied.CopyObjectResult).toMatchObject({
      ETag: '"a0397ee2df08832642af5d7e57c5760c"',
      ChecksumType: "FULL_OBJECT",
    });
  });

  test.each([
    ["CRC32", "qSEQSA=="],
    ["CRC32C", "eTdAQA=="],
    ["CRC64NVME", "ZMNX55lZurA="],
  ] as const)("full object %s", async (ChecksumAlgorithm, expected) => {
    const UploadId = await create({ ChecksumAlgorithm, ChecksumType: "FULL_OBJECT" });
    const more = { ChecksumAlgorithm };
    const parts = [
      await part(UploadId, 1, five, more),
      await part(UploadId, 2, five, more),
      await part(UploadId, 3, ten, more),
    ];
    const field = `Checksum${ChecksumAlgorithm}`;
    const wrong = Buffer.alloc(ChecksumAlgorithm === "CRC64NVME" ? 8 : 4).toString("base64");
    expect(await refusal(complete(UploadId, parts, { [field]: wrong }))).toMatchObject({
      code: "BadDigest",
      message: `The ${ChecksumAlgorithm.toLowerCase()} you specified did not match the calculated checksum.`,
    });
    const answer = await complete(UploadId, parts.map(withoutChecksum), { ChecksumType: "FULL_OBJECT" });
    expect(answer).toMatchObject({ [field]: expected, ChecksumType: "FULL_OBJECT" });
    const attributes = await world.s3.send(
      new GetObjectAttributesCommand({ Bucket: "data", Key: "key", ObjectAttributes: ["ObjectParts"] }),
    );
    expect(attributes.ObjectParts).toEqual({ TotalPartsCount: 3 });
  });

  test.each<[Partial<CreateMultipartUploadCommandInput>, string]>([
    [
      { ChecksumType: "COMPOSITE" },
      "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.",
    ],
    [
      { ChecksumAlgorithm: "CRC64NVME", ChecksumType: "COMPOSITE" },
      "The COMPOSITE checksum type cannot be used with the crc64nvme checksum algorithm.",
    ],
    [
      { ChecksumAlgorithm: "SHA256", ChecksumType: "FULL_OBJECT" },
      "The FULL_OBJECT checksum type cannot be used with the sha256 checksum algorithm.",
    ],
  ])("%j is refused", async (input, message) => {
    expect(await refusal(create(input))).toMatchObject({ code: "InvalidRequest", status: 400, message });
  });

  test("a part under another algorithm is refused, and a completion of another type", async () => {
    const UploadId = await create({ ChecksumAlgorithm: "SHA256" });
    expect(await refusal(part(UploadId, 1, "x", { ChecksumAlgorithm: "CRC32" }))).toMatchObject({
      code: "InvalidRequest",
      message: "Checksum Type mismatch occurred, expected checksum Type: sha256, actual checksum Type: crc32",
    });
    const plain = await create();
    const parts = [withoutChecksum(await part(plain, 1, "x"))];
    expect(await refusal(complete(plain, parts, { ChecksumType: "FULL_OBJECT" }))).toMatchObject({
      code: "InvalidRequest",
      message:
        "The upload was created using the null checksum mode. The complete request must use the same checksum mode.",
    });
  });
});

describe("UploadPartCopy", () => {
  const copyPart = (UploadId: string, input: Partial<UploadPartCopyCommandInput> = {}) =>
    world.s3.send(
      new UploadPartCopyCommand({
        Bucket: "data",
        Key: "key",
        UploadId,
        PartNumber: 1,
        CopySource: "data/source",
        ...input,
      }),
    );

  test("copies a range, and the part's ETag is its MD5", async () => {
    await put("0123456789", { Key: "source" });
    const UploadId = await create();
    const { CopyPartResult } = await copyPart(UploadId, { CopySourceRange: "bytes=0-8" });
    expect(CopyPartResult?.ETag).toBe(md5("012345678"));
    await complete(UploadId, [{ PartNumber: 1, ETag: CopyPartResult?.ETag }]);
    expect(await text(await world.s3.send(new GetObjectCommand({ Bucket: "data", Key: "key" })))).toBe("012345678");
  });

  const form =
    "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy";
  test.each([
    ["0-8", form],
    ["bytes=1-0", form],
    ["bytes=-2", form],
    ["bytes=1-", form],
    ["bytes=0-1,3-4", form],
    ["bytes=0-100", "Range specified is not valid for source object of size: 10"],
    ["bytes=100-200", "The specified copy range is invalid for the source object size"],
  ])("the range %s is refused, as AWS answered in 2026", async (CopySourceRange, message) => {
    await put("0123456789", { Key: "source" });
    const refused = await refusal(copyPart(await create(), { CopySourceRange }));
    expect(refused).toMatchObject({ status: 400, message });
  });

  test("the source's conditions are asked, and an upload aborted meanwhile is gone", async () => {
    await put("0123456789", { Key: "source" });
    const UploadId = await create();
    expect(await refusal(copyPart(UploadId, { CopySourceIfMatch: md5("other") }))).toMatchObject({
      code: "PreconditionFailed",
      Condition: "x-amz-copy-source-If-Match",
    });
    world.meanwhile(() => world.s3.send(new AbortMultipartUploadCommand({ Bucket: "data", Key: "key", UploadId })));
    expect(await refusal(copyPart(UploadId))).toMatchObject({ code: "NoSuchUpload" });
  });

  test("6 GiB are copied onto themselves in parts, with the same checksum, under another key", async () => {
    const size = 6 * 1024 ** 3;
    world.aws.seedObject({ bucket: "data", key: "key", size });
    const before = await head();
    const keyArn = await world.createKey();
    const UploadId = await create({ ServerSideEncryption: "aws:kms", SSEKMSKeyId: keyArn });
    const parts: CompletedPart[] = [];
    for (let PartNumber = 1; PartNumber <= 6; PartNumber += 1) {
      const CopySourceRange = `bytes=${(PartNumber - 1) * 1024 ** 3}-${PartNumber * 1024 ** 3 - 1}`;
      const CopySourceIfMatch = before.ETag;
      const { CopyPartResult } = await copyPart(UploadId, {
        PartNumber,
        CopySource: "data/key",
        CopySourceRange,
        CopySourceIfMatch,
      });
      parts.push({ PartNumber, ETag: CopyPartResult?.ETag });
    }
    await complete(UploadId, parts, { IfMatch: before.ETag, MpuObjectSize: size });
    const after = await head();
    expect(after).toMatchObject({ ContentLength: size, SSEKMSKeyId: keyArn });
    expect(after.ChecksumCRC64NVME).toBe(before.ChecksumCRC64NVME);
    const whole = refusal(copyPart(await create(), { CopySource: "data/key" }));
    expect(await whole).toMatchObject({ code: "InvalidRequest" });
  });
});

describe("listings", () => {
  test("parts come in pages, in the order of their numbers", async () => {
    const UploadId = await create();
    await part(UploadId, 2, "two");
    await part(UploadId, 1, "one");
    const list = (more: object = {}) =>
      world.s3.send(new ListPartsCommand({ Bucket: "data", Key: "key", UploadId, ...more }));
    expect(await list({ MaxParts: 1 })).toMatchObject({
      IsTruncated: true,
      PartNumberMarker: "0",
      NextPartNumberMarker: "1",
      Parts: [{ PartNumber: 1, Size: 3, ETag: md5("one") }],
      StorageClass: "STANDARD",
    });
    expect(await list({ PartNumberMarker: "1" })).toMatchObject({ IsTruncated: false, Parts: [{ PartNumber: 2 }] });
    expect((await list({ PartNumberMarker: "10" })).Parts).toBeUndefined();
  });

  test("uploads come by key and beginning, and markers go on behind one", async () => {
    const first = await create({ Key: "b" });
    const second = await create({ Key: "b" });
    const third = await create({ Key: "a/x" });
    const list = async (more: object = {}) => {
      const answer = await world.s3.send(new ListMultipartUploadsCommand({ Bucket: "data", ...more }));
      return {
        uploads: answer.Uploads?.map((upload) => upload.UploadId),
        next: [answer.NextKeyMarker, answer.NextUploadIdMarker],
        truncated: answer.IsTruncated,
        prefixes: answer.CommonPrefixes?.map(({ Prefix }) => Prefix),
      };
    };
    expect(await list()).toEqual({ uploads: [third, first, second], next: ["b", second], truncated: false });
    expect(await list({ MaxUploads: 2 })).toEqual({ uploads: [third, first], next: ["b", first], truncated: true });
    expect((await list({ KeyMarker: "b", UploadIdMarker: first })).uploads).toEqual([second]);
    expect((await list({ KeyMarker: "a/x" })).uploads).toEqual([first, second]);
    expect(await list({ Delimiter: "/" })).toMatchObject({ uploads: [first, second], prefixes: ["a/"] });
    expect(await refusal(list({ KeyMarker: "a/x", UploadIdMarker: first }))).toMatchObject({
      code: "InvalidArgument",
      message: "Invalid uploadId marker",
    });
  });
});
