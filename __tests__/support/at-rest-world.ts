import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { EventEmitter } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { Agent } from "node:https";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { CreateKeyCommand, EnableKeyRotationCommand, KMSClient } from "@aws-sdk/client-kms";
import {
  CreateBucketCommand,
  PutBucketEncryptionCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { createLocalAws, type LocalAws, type LocalAwsOptions } from "../../local/aws";
import { listen } from "../../local/http/server";
import { backupBucketName, outputsPath, reencryptionRoleArn, reencryptionRoleName } from "../../src/fleet/names";
import { enforcementStatements } from "../../stacks/policies/enforcement";
import { bucketOf } from "./fleets";

export const account = "111111111111";
export const region = "eu-west-1";
export const bucket = "acme-uploads";

const script = resolve(__dirname, "../../scripts/at-rest.cjs");

export interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A local AWS that listens, with a legacy bucket, a fleet that names it, and what its stack answered. */
export interface AtRestWorld {
  readonly aws: LocalAws;
  readonly directory: string;
  /** Of the command: credentials, region, endpoint, and the authority of its certificate. */
  readonly environment: Readonly<Record<string, string>>;
  readonly keyArn: string;
  readonly s3: S3Client;
  readonly kms: KMSClient;
  readonly iam: IAMClient;
  /** Requests that changed something, by operation. */
  readonly writes: string[];
  /** Requests that were refused for want of a permission: `HeadObject acme-uploads/key`. */
  readonly denied: string[];
  /** Resolves once the server has answered so many of such requests from now on. @default 1 */
  answered(operation: string, times?: number): Promise<void>;
  put(key: string, attributes?: Record<string, string>): Promise<void>;
  putUnencrypted(key: string): Promise<void>;
  /** Writes the fleet with the bucket at a stage, more settings of it and more buckets, and the stack's outputs beside it. */
  fleet(stage: string, outputs?: Record<string, unknown>, settings?: string, ...others: string[]): void;
  /** What a stack applies at a stage: rotation, default encryption, policy. */
  apply(stage: "encrypt" | "enforce", settings?: string): Promise<void>;
  atRest(...words: string[]): Promise<Ended>;
  atRestIn(environment: Readonly<Record<string, string>>, ...words: string[]): Promise<Ended>;
  /** The same, while it is running. */
  start(...words: string[]): ChildProcessWithoutNullStreams;
  /** Runs of a command that were journaled. */
  runs(command: string): string[];
  close(): Promise<void>;
}

const reads = /^(Get|Head|List|Assume|Describe)/;

/** @param told to the local AWS; in small pages of listings a few keys are as many as thousands */
export async function atRestWorld(
  told: Pick<LocalAwsOptions, "now" | "largestPage" | "step"> = {},
): Promise<AtRestWorld> {
  const writes: string[] = [];
  const denied: string[] = [];
  const events = new EventEmitter();
  const aws = createLocalAws({
    ...told,
    log: ({ operation, code, bucket: of = "", key = "", fault }) => {
      if (code?.startsWith("AccessDenied")) denied.push(`${operation} ${of}/${key}`);
      if (operation !== undefined && !reads.test(operation)) writes.push(operation);
      if (operation !== undefined) events.emit(operation);
      if (fault !== undefined) console.error(fault);
    },
  });
  const credentials = aws.addAccount(account);
  const server = await listen(aws, { httpsPort: 0, httpPort: 0 });
  const requestHandler = { httpsAgent: new Agent({ ca: server.caPem }) };
  const configuration = { region, credentials, endpoint: server.httpsUrl, requestHandler };
  const s3 = new S3Client({ ...configuration, forcePathStyle: true });
  const kms = new KMSClient(configuration);
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  const keyArn = KeyMetadata?.Arn ?? "";
  const iam = new IAMClient(configuration);
  await createRole(iam);
  const CreateBucketConfiguration = { LocationConstraint: region } as const;
  for (const Bucket of [bucket, backupBucketName(account, region)]) {
    await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration }));
  }

  const directory = mkdtempSync(join(tmpdir(), "at-rest-"));
  writeFileSync(join(directory, "ca.pem"), server.caPem);
  const environment = {
    PATH: process.env["PATH"] ?? "",
    HOME: directory,
    AWS_ENDPOINT_URL: server.httpsUrl,
    NODE_EXTRA_CA_CERTS: join(directory, "ca.pem"),
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_REGION: region,
  };
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  };
  const startIn = (env: Readonly<Record<string, string>>, words: readonly string[]) =>
    spawn(process.execPath, [script, ...words], { cwd: directory, env: { ...env }, stdio: "pipe" });
  const start = (...words: string[]) => startIn(environment, words);
  const put = async (Key: string, attributes: Record<string, string> = {}) => {
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: `content of ${Key}`, ...attributes }));
  };

  return {
    aws,
    directory,
    environment,
    keyArn,
    s3,
    kms,
    iam,
    writes,
    denied,
    answered: (operation, times = 1) =>
      new Promise((done) => {
        let left = times;
        const count = () => {
          if (--left > 0) return;
          events.off(operation, count);
          done();
        };
        events.on(operation, count);
      }),
    put,
    putUnencrypted: async (key) => {
      aws.state.s3.defaultEncryption = "none";
      await put(key).finally(() => {
        aws.state.s3.defaultEncryption = "AES256";
      });
    },
    fleet: (stage, outputs = {}, settings = "", ...others) => {
      const entry = (name: string) => `{ name: ${name}, stage: ${stage}${settings === "" ? "" : `, ${settings}`} }`;
      const names = [bucket, ...others];
      write(
        join(directory, "fleet.yaml"),
        `
state: { backend: local, directory: state }
accounts:
  - name: sandbox
    id: "${account}"
    partition: aws
    wave: 0
    regions: { ${region}: { buckets: [${names.map(entry).join(", ")}] } }
`,
      );
      const answered = {
        version: 1,
        account,
        region,
        roleArn: reencryptionRoleArn({ partition: "aws", id: account }, region),
        backupBucket: backupBucketName(account, region),
        buckets: Object.fromEntries(names.map((name) => [name, { encryption: "aws:kms", keyArn, bucketKey: true }])),
        ...outputs,
      };
      write(outputsPath(directory, `sandbox-${region}`), JSON.stringify(answered));
    },
    apply: async (stage, settings = "") => {
      await kms.send(new EnableKeyRotationCommand({ KeyId: keyArn }));
      await s3.send(
        new PutBucketEncryptionCommand({
          Bucket: bucket,
          ServerSideEncryptionConfiguration: {
            Rules: [
              {
                ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms", KMSMasterKeyID: keyArn },
                BucketKeyEnabled: true,
              },
            ],
          },
        }),
      );
      const statements = enforcementStatements(
        bucketOf(`stage: ${stage}${settings === "" ? "" : `, ${settings}`}`).bucket,
        `arn:aws:s3:::${bucket}`,
        keyArn,
      );
      const Policy = JSON.stringify({ Version: "2012-10-17", Statement: statements });
      await s3.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }));
    },
    start,
    atRest: (...words) => ended(start(...words)),
    atRestIn: (other, ...words) => ended(startIn(other, words)),
    runs: (command) => readdirSync(join(directory, ".at-rest", bucket, command)),
    close: async () => {
      s3.destroy();
      kms.destroy();
      await server.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

export function ended(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  child.stdin.end();
  const [stdout, stderr]: [string[], string[]] = [[], []];
  child.stdout.on("data", (chunk) => stdout.push(String(chunk)));
  child.stderr.on("data", (chunk) => stderr.push(String(chunk)));
  return new Promise((done, failed) => {
    child.on("error", failed);
    child.on("close", (exitCode) => done({ exitCode, stdout: stdout.join(""), stderr: stderr.join("") }));
  });
}

async function createRole(iam: IAMClient): Promise<void> {
  const RoleName = reencryptionRoleName(region);
  const allow = (statement: object) =>
    JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] });
  const trust = allow({ Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: "sts:AssumeRole" });
  await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust }));
  const PolicyDocument = allow({ Action: ["s3:*", "kms:*", "iam:SimulatePrincipalPolicy"], Resource: "*" });
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "all", PolicyDocument }));
}
