import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Agent } from "node:https";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { S3Client } from "@aws-sdk/client-s3";
import { createLocalAws, type LocalAws } from "../../local/aws";
import { listen } from "../../local/http/server";
import { installProvider } from "../../local/terraform/install";
import { endRunning, type Finished, run } from "./commands";

export const root = resolve(__dirname, "../..");

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface ClientConfiguration {
  readonly region: string;
  readonly credentials: Credentials;
  readonly endpoint: string;
  readonly requestHandler: { readonly httpsAgent: Agent };
}

export interface World {
  readonly aws: LocalAws;
  /** A copy of the fleet, its snapshots, outputs and synthesised stacks. Nothing is written outside of it. */
  readonly directory: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly operator: Credentials;
  /** For the SDK's clients of KMS and IAM, as the operator. */
  readonly clientConfiguration: ClientConfiguration;
  client(credentials: Credentials): S3Client;
  /** As the operator, without TLS. */
  plainHttpClient(): S3Client;
  /** Moves every bucket of the copied fleet to a stage, as the pull request of a user would. */
  setStage(stage: string): void;
  /** Writes the key that objects are under now into the copied fleet, which cannot know it before it is made. */
  nameSourceKey(keyArn: string): void;
  /** Names a reader of a bucket, whom the stack's key has to let in, in the copied fleet. */
  letIn(bucket: string, reader: string): void;
  /** Lets the stacks of the copied fleet make the role for jobs of S3 Batch Operations. */
  allowBatchOperations(): void;
  /** Runs a program in the demo's directory, with nothing in its environment that points to a real account. */
  run(program: string, parameters: readonly string[], directory?: string): Promise<Finished>;
  close(): Promise<void>;
}

/** Starts the local AWS, installs the stand-in provider, and lays out a work directory that is gone when the demo is. */
export const createWorld = async (account: string, region: string): Promise<World> => {
  const directory = mkdtempSync(join(tmpdir(), "at-rest-demo-"));
  const aws = createLocalAws();
  const server = await listen(aws, { httpsPort: 0, httpPort: 0 });
  const operator = aws.addAccount(account);
  const caFile = join(directory, "ca.pem");
  writeFileSync(caFile, server.caPem);
  cpSync(join(root, "fleet.yaml"), join(directory, "fleet.yaml"));
  mkdirSync(join(directory, "snapshots"));
  const provider = await installProvider(join(directory, "terraform"));
  const environment = {
    ...withoutAws(process.env),
    ...provider.environment,
    AWS_ENDPOINT_URL: server.httpsUrl,
    AWS_CA_BUNDLE: caFile,
    NODE_EXTRA_CA_CERTS: caFile,
    AWS_ACCESS_KEY_ID: operator.accessKeyId,
    AWS_SECRET_ACCESS_KEY: operator.secretAccessKey,
    AWS_REGION: region,
    FLEET: join(directory, "fleet.yaml"),
    CI: "1",
  };
  const editFleet = (pattern: RegExp, replacement: string): void => {
    const file = join(directory, "fleet.yaml");
    writeFileSync(file, readFileSync(file, "utf8").replaceAll(pattern, replacement));
  };
  const httpsAgent = new Agent({ keepAlive: true, ca: server.caPem });
  const configuration = (endpoint: string, credentials: Credentials): ClientConfiguration => ({
    region,
    credentials,
    endpoint,
    requestHandler: { httpsAgent },
  });
  const clients: S3Client[] = [];
  const connect = (endpoint: string, credentials: Credentials): S3Client => {
    const client = new S3Client({ ...configuration(endpoint, credentials), forcePathStyle: true });
    clients.push(client);
    return client;
  };
  return {
    aws,
    directory,
    environment,
    operator,
    clientConfiguration: configuration(server.httpsUrl, operator),
    client: (credentials) => connect(server.httpsUrl, credentials),
    plainHttpClient: () => connect(server.httpUrl, operator),
    setStage: (stage) => editFleet(/^(\s*(?:- )?stage:) \w+/gm, `$1 ${stage}`),
    nameSourceKey: (keyArn) => editFleet(/^(\s*sourceKeys:) \[\]/gm, `$1 ["${keyArn}"]`),
    letIn: (bucket, reader) => editFleet(new RegExp(`^( *)- name: ${bucket}$`, "gm"), `$&\n$1  readers: ["${reader}"]`),
    allowBatchOperations: () => editFleet(/^(\s*)# (batchOperations: true)/gm, "$1$2"),
    run: (program, parameters, where = root) => run(program, parameters, { directory: where, environment }),
    close: async () => {
      await endRunning();
      for (const client of clients) client.destroy();
      await server.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
};

/** The demo must not reach anything real, whatever this shell is logged in to. */
const withoutAws = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(environment).filter(([name]) => !name.startsWith("AWS_") && !name.startsWith("TF_")),
  );
