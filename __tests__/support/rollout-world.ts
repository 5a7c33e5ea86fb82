import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent } from "node:https";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { KMSClient } from "@aws-sdk/client-kms";
import { S3 } from "@aws-sdk/client-s3";
import { createLocalAws, type LocalAws } from "../../local/aws";
import { listen } from "../../local/http/server";
import { installProvider } from "../../local/terraform/install";
import { type Ended, ended } from "./at-rest-world";

const script = resolve(__dirname, "../../scripts/at-rest.cjs");
const region = "eu-west-1";

/** A local AWS with one account to work in, the stand-in provider, and a directory for a fleet. */
export interface RolloutWorld {
  readonly aws: LocalAws;
  readonly directory: string;
  readonly s3: S3;
  /** The same account's, in another Region. */
  s3In(region: string): S3;
  /** Another account's administrator's. */
  s3As(account: string): S3;
  readonly kms: KMSClient;
  /** Of the commands. */
  readonly environment: Readonly<Record<string, string>>;
  /** Requests that changed something, by operation. */
  readonly writes: string[];
  /** Writes a file below the directory. */
  write(path: string, text: string): void;
  atRest(...words: string[]): Promise<Ended>;
  /** The same, while it is running. */
  start(...words: string[]): ChildProcessWithoutNullStreams;
  /** Resolves once the server has answered such a request, which changes something. */
  answered(operation: string): Promise<void>;
  /** Lets requests go on that a fault plan has made to stall, and which do so until then. */
  release(): void;
  close(): Promise<void>;
}

const reads = /^(Get|Head|List|Assume|Describe|Simulate)/;

/** @param more environment variables of the commands */
export async function rolloutWorld(
  account: string,
  more: Readonly<Record<string, string>> = {},
): Promise<RolloutWorld> {
  const writes: string[] = [];
  const events = new EventEmitter();
  const aws = createLocalAws({
    sleep: async () => void (await once(events, "released")),
    log: ({ operation }) => {
      if (operation === undefined || reads.test(operation)) return;
      writes.push(operation);
      events.emit(operation);
    },
  });
  const credentials = aws.addAccount(account);
  const server = await listen(aws, { httpsPort: 0, httpPort: 0 });
  const directory = mkdtempSync(join(tmpdir(), "at-rest-rollout-"));
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  };
  write("ca.pem", server.caPem);
  const bundle = join(directory, "ca.pem");
  const requestHandler = { httpsAgent: new Agent({ ca: server.caPem }) };
  const configuration = { region, credentials, endpoint: server.httpsUrl, requestHandler };
  const s3 = new S3({ ...configuration, forcePathStyle: true });
  const kms = new KMSClient(configuration);
  const environment = {
    PATH: process.env["PATH"] ?? "",
    HOME: directory,
    ...(await installProvider(join(directory, "terraform"))).environment,
    AWS_ENDPOINT_URL: server.httpsUrl,
    AWS_CA_BUNDLE: bundle,
    NODE_EXTRA_CA_CERTS: bundle,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_REGION: region,
    ...more,
  };
  const start = (...words: string[]) =>
    spawn(process.execPath, [script, ...words], { cwd: directory, env: environment, stdio: "pipe" });
  const client = (more: Partial<typeof configuration>) => new S3({ ...configuration, ...more, forcePathStyle: true });
  return {
    aws,
    directory,
    s3,
    s3In: (other) => client({ region: other }),
    s3As: (other) => client({ credentials: aws.addAccount(other) }),
    kms,
    environment,
    writes,
    write,
    start,
    atRest: (...words) => ended(start(...words)),
    answered: async (operation) => void (await once(events, operation)),
    release: () => void events.emit("released"),
    close: async () => {
      s3.destroy();
      kms.destroy();
      await server.close();
      rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
