import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { S3 } from "@aws-sdk/client-s3";
import { sdkOf } from "./sdk";
import { describeWith, type Finished, findAwsCli, type RunningLocalAws, run, startLocalAws } from "./tools";

// Each call of the CLI takes a second or more, and other tests may want the same cores.
jest.setTimeout(180_000);

describeWith(findAwsCli(), "the AWS CLI, over TLS with the generated CA", "pip install awscli", (awsCli) => {
  let local: RunningLocalAws;
  let folder: string;
  let s3: S3;
  const aws = (...parameters: string[]): Promise<Finished> => run(awsCli, parameters, local.environment, folder);
  const json = async (...parameters: string[]): Promise<Record<string, unknown>> => {
    const finished = await aws(...parameters, "--output", "json");
    expect(finished).toMatchObject({ exitCode: 0, stderr: "" });
    return finished.stdout === "" ? {} : (JSON.parse(finished.stdout) as Record<string, unknown>);
  };
  const requireHeader = (bucket: string): string =>
    JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "DenyUnencryptedObjectUploads",
          Effect: "Deny",
          Principal: "*",
          Action: "s3:PutObject",
          Resource: `arn:aws:s3:::${bucket}/*`,
          Condition: { Null: { "s3:x-amz-server-side-encryption": "true" } },
        },
      ],
    });

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "at-rest-cli-"));
    writeFileSync(join(folder, "testingbucketencryption"), "hello");
    local = await startLocalAws();
    s3 = sdkOf(S3, local);
  });
  afterAll(async () => {
    s3?.destroy();
    await local?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test("a put without the header is AccessDenied under a policy that asks for it, and succeeds with --sse AES256", async () => {
    await aws("s3", "mb", "s3://header-required");
    await json(
      "s3api",
      "put-bucket-policy",
      "--bucket",
      "header-required",
      "--policy",
      requireHeader("header-required"),
    );

    const plain = await aws("s3", "cp", "testingbucketencryption", "s3://header-required/");
    expect(plain.exitCode).toBe(1);
    expect(plain.stderr).toContain("An error occurred (AccessDenied) when calling the PutObject operation");

    const encrypted = await aws("s3", "cp", "testingbucketencryption", "s3://header-required/", "--sse", "AES256");
    expect(encrypted).toMatchObject({ exitCode: 0, stderr: "" });
    expect(
      await json("s3api", "head-object", "--bucket", "header-required", "--key", "testingbucketencryption"),
    ).toMatchObject({
      ServerSideEncryption: "AES256",
      ContentLength: 5,
    });
  });

  test("cp --recursive and sync carry a folder there and back", async () => {
    mkdirSync(join(folder, "tree/deep folder"), { recursive: true });
    const files = ["tree/a.txt", "tree/deep folder/b+c %41.txt", "tree/deep folder/žluťoučký 🐎.txt"];
    for (const file of files) {
      writeFileSync(join(folder, file), `content of ${file}`);
      // S3's dates are of whole seconds: a file of the same second as its object is newer, and would be sent again.
      utimesSync(join(folder, file), 1_000_000_000, 1_000_000_000);
    }
    await aws("s3", "mb", "s3://folders");

    expect(await aws("s3", "cp", "--recursive", "tree", "s3://folders/tree")).toMatchObject({
      exitCode: 0,
      stderr: "",
    });
    expect(await aws("s3", "sync", "s3://folders/tree", "back")).toMatchObject({ exitCode: 0, stderr: "" });

    for (const file of files)
      expect(readFileSync(join(folder, file.replace("tree/", "back/")), "utf8")).toBe(`content of ${file}`);
    expect((await aws("s3", "sync", "tree", "s3://folders/tree")).stdout).toBe("");
  });

  test("mv and rm leave nothing where it was, and sync --delete removes what is not here", async () => {
    mkdirSync(join(folder, "moved"), { recursive: true });
    for (const name of ["a.txt", "b.txt", "c.txt"]) writeFileSync(join(folder, "moved", name), `content of ${name}`);
    const keys = async (): Promise<unknown> =>
      (await s3.listObjectsV2({ Bucket: "moves" })).Contents?.map(({ Key }) => Key);
    await s3.createBucket({ Bucket: "moves" });
    await aws("s3", "cp", "--recursive", "moved", "s3://moves/", "--metadata", "of=cli");

    const moved = await aws("s3", "mv", "s3://moves/a.txt", "s3://moves/other place/ž.txt");
    expect(moved).toMatchObject({ exitCode: 0, stderr: "" });
    expect(await keys()).toEqual(["b.txt", "c.txt", "other place/ž.txt"]);
    const head = await s3.headObject({ Bucket: "moves", Key: "other place/ž.txt" });
    expect(head).toMatchObject({ Metadata: { of: "cli" }, ServerSideEncryption: "AES256" });

    expect((await aws("s3", "rm", "s3://moves/c.txt")).exitCode).toBe(0);
    const synced = await aws("s3", "sync", "moved", "s3://moves/", "--delete", "--size-only", "--no-progress");
    expect(synced.stdout.trim().split("\n").sort()).toEqual([
      "delete: s3://moves/other place/ž.txt",
      "upload: moved/a.txt to s3://moves/a.txt",
      "upload: moved/c.txt to s3://moves/c.txt",
    ]);
    expect(await keys()).toEqual(["a.txt", "b.txt", "c.txt"]);

    expect((await aws("s3", "rb", "--force", "s3://moves")).exitCode).toBe(0);
    await expect(s3.headBucket({ Bucket: "moves" })).rejects.toMatchObject({ name: "NotFound" });
  });

  test("s3api copies with tags into another class, and lists and deletes versions", async () => {
    const s3api = (operation: string, ...parameters: string[]) =>
      json("s3api", operation, "--bucket", "versions", ...parameters);
    await s3.createBucket({ Bucket: "versions" });
    await s3.putBucketVersioning({ Bucket: "versions", VersioningConfiguration: { Status: "Enabled" } });
    const { VersionId } = await s3.putObject({ Bucket: "versions", Key: "a b", Body: "hello", Tagging: "team=web" });

    const copied = await s3api("copy-object", "--key=a b", "--copy-source=versions/a b", "--storage-class=STANDARD_IA");
    expect(copied).toMatchObject({ CopySourceVersionId: VersionId, ServerSideEncryption: "AES256" });
    const tagging = await s3.getObjectTagging({ Bucket: "versions", Key: "a b" });
    expect(tagging.TagSet).toEqual([{ Key: "team", Value: "web" }]);
    const deleted = await s3api("delete-objects", "--delete", JSON.stringify({ Objects: [{ Key: "a b" }] }));
    expect(deleted).toMatchObject({ Deleted: [{ Key: "a b", DeleteMarker: true }] });
    expect(await s3api("list-object-versions")).toMatchObject({
      Versions: [{ StorageClass: "STANDARD_IA" }, { StorageClass: "STANDARD" }],
      DeleteMarkers: [{ Key: "a b", IsLatest: true }],
    });
  });

  test("a large file goes up in parts under a KMS key, and comes back only while the key is enabled", async () => {
    const { KeyMetadata } = await json("kms", "create-key");
    const keyArn = (KeyMetadata as { Arn: string }).Arn;
    const content = Buffer.alloc(20 * 1024 * 1024, "0123456789abcdef");
    writeFileSync(join(folder, "large.bin"), content);
    await aws("s3", "mb", "s3://large-files");

    const up = await aws(
      "s3",
      "cp",
      "large.bin",
      "s3://large-files/large.bin",
      "--sse",
      "aws:kms",
      "--sse-kms-key-id",
      keyArn,
    );
    expect(up).toMatchObject({ exitCode: 0, stderr: "" });
    const head = await json("s3api", "head-object", "--bucket", "large-files", "--key", "large.bin");
    expect(head).toMatchObject({ ServerSideEncryption: "aws:kms", SSEKMSKeyId: keyArn, ContentLength: content.length });
    expect(head["ETag"]).toMatch(/-3"$/);

    expect((await aws("s3", "cp", "s3://large-files/large.bin", "back.bin")).exitCode).toBe(0);
    expect(readFileSync(join(folder, "back.bin")).equals(content)).toBe(true);

    await aws("kms", "disable-key", "--key-id", keyArn);
    const denied = await aws("s3api", "get-object", "--bucket", "large-files", "--key", "large.bin", "none.bin");
    expect(denied.exitCode).not.toBe(0);
    expect(denied.stderr).toContain("KMS.DisabledException");
  });

  test("the in-place copy of the first article encrypts an object that was stored before encryption was the default", async () => {
    const before2023 = await startLocalAws("--unencrypted");
    try {
      const old = (...parameters: string[]) => run(awsCli, parameters, before2023.environment, folder);
      await old("s3", "mb", "s3://legacy");
      await old("s3", "cp", "testingbucketencryption", "s3://legacy/");
      const head = () => old("s3api", "head-object", "--bucket", "legacy", "--key", "testingbucketencryption");
      expect((await head()).stdout).not.toContain("ServerSideEncryption");

      await old("s3", "cp", "s3://legacy/", "s3://legacy/", "--recursive", "--sse");
      expect(JSON.parse((await head()).stdout)).toMatchObject({ ServerSideEncryption: "AES256" });
    } finally {
      await before2023.stop();
    }
  });
});
