import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KMS } from "@aws-sdk/client-kms";
import { S3 } from "@aws-sdk/client-s3";
import { sdkOf } from "./sdk";
import { describeWith, findS3cmd, mustRun, type RunningLocalAws, run, startLocalAws } from "./tools";

// Each call starts a program, and other tests may want the same cores.
jest.setTimeout(180_000);

describeWith(findS3cmd(), "s3cmd, over TLS with the generated CA", "pip install s3cmd", (program) => {
  let local: RunningLocalAws;
  let folder: string;
  let s3: S3;
  let kms: KMS;
  const options = (): string[] => {
    const { AWS_ENDPOINT_URL = "", AWS_CA_BUNDLE = "" } = local.environment;
    const host = new URL(AWS_ENDPOINT_URL).host;
    return [
      "--config=/dev/null",
      "--no-progress",
      `--host=${host}`,
      `--host-bucket=${host}`,
      `--ca-certs=${AWS_CA_BUNDLE}`,
    ];
  };
  const s3cmd = (...parameters: string[]): Promise<string> =>
    mustRun(program, [...options(), ...parameters], local.environment, folder);
  /** What `s3cmd info` says, by the word before the colon. */
  const info = async (uri: string): Promise<Record<string, string>> =>
    Object.fromEntries(
      [...(await s3cmd("info", uri)).matchAll(/^ {3}([\w -]+?): +(.*)$/gm)].map(([, name = "", value = ""]) => [
        name,
        value,
      ]),
    );
  const listed = async (uri: string): Promise<string[]> =>
    [...(await s3cmd("ls", "--recursive", uri)).matchAll(/s3:\/\/[^/]+\/(.*)$/gm)].map(([, key = ""]) => key);

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "at-rest-s3cmd-"));
    writeFileSync(join(folder, "a.txt"), "hello");
    local = await startLocalAws();
    s3 = sdkOf(S3, local);
    kms = sdkOf(KMS, local);
  });
  afterAll(async () => {
    s3?.destroy();
    kms?.destroy();
    await local?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test("put, info, mv, modify, ls, get and del with S3's own keys", async () => {
    await s3cmd("mb", "s3://basics");
    await s3cmd("put", "a.txt", "s3://basics/a.txt", "--server-side-encryption", "--add-header=x-amz-meta-of:s3cmd");
    expect(await info("s3://basics/a.txt")).toMatchObject({
      "File size": "5",
      SSE: "AES256",
      "x-amz-meta-of": "s3cmd",
    });

    await s3cmd("mv", "s3://basics/a.txt", "s3://basics/other place/ž+%41.txt");
    await s3cmd("modify", "s3://basics/other place/ž+%41.txt", "--add-header=Cache-Control:max-age=60");
    const head = await s3.headObject({ Bucket: "basics", Key: "other place/ž+%41.txt" });
    expect(head).toMatchObject({
      CacheControl: "max-age=60",
      Metadata: { of: "s3cmd" },
      ServerSideEncryption: "AES256",
    });

    expect(await listed("s3://basics")).toEqual(["other place/ž+%41.txt"]);
    await s3cmd("get", "s3://basics/other place/ž+%41.txt", "back.txt");
    expect(readFileSync(join(folder, "back.txt"), "utf8")).toBe("hello");
    await s3cmd("del", "s3://basics/other place/ž+%41.txt");
    await s3cmd("rb", "s3://basics");
  });

  test("sync carries a folder there and back, and the second time nothing", async () => {
    const files = ["a.txt", "deep folder/b+c %41.txt", "deep folder/žluťoučký 🐎.txt"];
    mkdirSync(join(folder, "tree/deep folder"), { recursive: true });
    for (const file of files) writeFileSync(join(folder, "tree", file), `content of ${file}`);
    await s3cmd("mb", "s3://folders");

    await s3cmd("sync", "tree/", "s3://folders/tree/", "--server-side-encryption");
    expect(await listed("s3://folders")).toEqual(files.map((file) => `tree/${file}`));
    expect(await s3cmd("sync", "tree/", "s3://folders/tree/")).not.toContain("upload:");
    await s3cmd("sync", "s3://folders/tree/", "back/");
    for (const file of files) expect(readFileSync(join(folder, "back", file), "utf8")).toBe(`content of ${file}`);
  });

  test("a large file goes up in parts under a KMS key, and modify brings an object under it", async () => {
    const { KeyMetadata } = await kms.createKey({});
    const key = KeyMetadata?.Arn ?? "";
    const underKey = ["--server-side-encryption", `--server-side-encryption-kms-id=${key}`];
    const content = Buffer.alloc(12 * 1024 * 1024, "0123456789abcdef");
    writeFileSync(join(folder, "large.bin"), content);
    await s3cmd("mb", "s3://keys");

    await s3cmd("put", "large.bin", "s3://keys/large.bin", "--multipart-chunk-size-mb=5", ...underKey);
    expect(await info("s3://keys/large.bin")).toMatchObject({ SSE: "aws:kms", "File size": String(content.length) });
    const large = await s3.headObject({ Bucket: "keys", Key: "large.bin" });
    expect(large).toMatchObject({ SSEKMSKeyId: key, ETag: expect.stringMatching(/-3"$/) });
    await s3cmd("get", "s3://keys/large.bin", "back.bin");
    expect(readFileSync(join(folder, "back.bin")).equals(content)).toBe(true);

    await s3cmd("put", "a.txt", "s3://keys/a.txt", "--add-header=x-amz-meta-of:s3cmd");
    await s3cmd("modify", "s3://keys/a.txt", ...underKey);
    const modified = await s3.headObject({ Bucket: "keys", Key: "a.txt" });
    expect(modified).toMatchObject({ ServerSideEncryption: "aws:kms", SSEKMSKeyId: key, Metadata: { of: "s3cmd" } });
  });

  test("setacl publishes and takes back where the bucket has ACLs, and is refused where it has none", async () => {
    await s3cmd("mb", "s3://acls");
    await s3cmd("put", "a.txt", "s3://acls/a.txt");
    const refused = await run(program, [...options(), "setacl", "--acl-public", "s3://acls/a.txt"], local.environment);
    expect(refused.stderr).toContain("AccessControlListNotSupported");

    await s3.putBucketOwnershipControls({
      Bucket: "acls",
      OwnershipControls: { Rules: [{ ObjectOwnership: "ObjectWriter" }] },
    });
    await s3.deletePublicAccessBlock({ Bucket: "acls" });
    await s3cmd("setacl", "--acl-public", "s3://acls/a.txt");
    expect(await s3cmd("info", "s3://acls/a.txt")).toMatch(/ACL: +\*anon\*: READ/);
    await s3cmd("setacl", "--acl-private", "s3://acls/a.txt");
    expect(await s3cmd("info", "s3://acls/a.txt")).not.toContain("*anon*");
  });
});
