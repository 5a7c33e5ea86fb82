import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, watch } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { KMS } from "@aws-sdk/client-kms";
import { S3 } from "@aws-sdk/client-s3";
import { sdkOf } from "./sdk";
import { describeWith, type Finished, findProxy, type RunningLocalAws, run, startLocalAws } from "./tools";

// Each call starts a program, and other tests may want the same cores.
jest.setTimeout(180_000);

const atRest = resolve(__dirname, "../../scripts/at-rest.cjs");
const bucket = "behind-a-proxy";
const keys = ["a", "b/c", "überall", "sp ace+plus"];

interface RunningProxy {
  /** `127.0.0.1:8899` */
  readonly address: string;
  /** What it has logged so far: the address, and the end of each tunnel. */
  log(): string;
  stop(): Promise<void>;
}

/** Starts one that asks for a name and a password, and waits until it says its port. */
async function startProxy(program: string, folder: string): Promise<RunningProxy> {
  const portFile = join(folder, "port");
  const written = watch(folder); // before there is one who writes
  const child: ChildProcess = spawn(
    program,
    ["--hostname", "127.0.0.1", "--port", "0", "--port-file", portFile, "--basic-auth", "platform:p@ss"],
    { stdio: ["ignore", "pipe", "pipe"], env: { PATH: process.env["PATH"], HOME: folder, PYTHONUNBUFFERED: "1" } },
  );
  let log = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => (log += chunk.toString()));
  const port = await new Promise<string>((ready, reject) => {
    written.on("change", () => {
      const text = existsSync(portFile) ? readFileSync(portFile, "utf8").trim() : "";
      if (text !== "") ready(text);
    });
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the proxy ended with ${code}: ${log}`)));
  }).finally(() => written.close());
  const ended = once(child, "exit");
  return {
    address: `127.0.0.1:${port}`,
    log: () => log,
    stop: async () => {
      child.kill("SIGINT");
      await ended;
    },
  };
}

describeWith(findProxy(), "proxy.py, with a password, before S3 over TLS", "pip install proxy.py", (program) => {
  let local: RunningLocalAws;
  let proxy: RunningProxy;
  let folder: string;
  let s3: S3;
  let kms: KMS;

  const reencrypt = (keyArn: string, variables: Readonly<Record<string, string>>): Promise<Finished> =>
    run(
      process.execPath,
      [atRest, "reencrypt", "--bucket", bucket, "--sse", "aws:kms", "--kms-key-arn", keyArn, "--yes"],
      { ...local.environment, ...variables },
      folder,
    );

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "at-rest-proxy-"));
    local = await startLocalAws();
    proxy = await startProxy(program, folder);
    s3 = sdkOf(S3, local);
    kms = sdkOf(KMS, local);
    await s3.createBucket({ Bucket: bucket });
    for (const Key of keys) await s3.putObject({ Bucket: bucket, Key, Body: Key });
  });
  afterAll(async () => {
    s3?.destroy();
    kms?.destroy();
    await proxy?.stop();
    await local?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test("a run goes through it to its end, S3 and KMS alike", async () => {
    const { KeyMetadata } = await kms.createKey({});
    const keyArn = KeyMetadata?.Arn ?? "";
    const behind = { HTTPS_PROXY: `http://platform:p%40ss@${proxy.address}` };
    expect(await reencrypt(keyArn, behind)).toMatchObject({ exitCode: 0 });
    for (const Key of keys) {
      expect(await s3.headObject({ Bucket: bucket, Key })).toMatchObject({ SSEKMSKeyId: keyArn });
    }
    expect(proxy.log()).toContain(`CONNECT ${new URL(local.environment["AWS_ENDPOINT_URL"] ?? "").host}`);
  });

  test("a wrong password is said to be the proxy's refusal, and nothing is touched", async () => {
    const { KeyMetadata } = await kms.createKey({});
    const before = await s3.headObject({ Bucket: bucket, Key: "a" });
    const refused = await reencrypt(KeyMetadata?.Arn ?? "", { HTTPS_PROXY: `http://platform:wrong@${proxy.address}` });
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toMatch(/proxy/i);
    expect(refused.stderr).toContain("407");
    expect(await s3.headObject({ Bucket: bucket, Key: "a" })).toMatchObject({ SSEKMSKeyId: before.SSEKMSKeyId });
  });
});
