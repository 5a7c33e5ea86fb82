import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import type { Command } from "../measure";
import { bucketName } from "../servers/keys";
import type { Filling, Goal, Ready } from "../servers/protocol";

const root = resolve(__dirname, "../..");
/** Where `--install` puts tools: not in git. */
export const toolDirectory = join(root, ".bench");

/** The server as one client is to use it. */
export interface Place extends Pick<Ready, "accessKeyId" | "secretAccessKey" | "keyArn"> {
  /** Plain HTTP or HTTPS. */
  readonly url: string;
  /** A file with the authority of the server's certificate. */
  readonly caFile: string;
  /** Empty, and the client's own. */
  readonly directory: string;
}

export interface Client {
  readonly name: string;
  /** What it does in a few words, as a user would call it. */
  readonly does: string;
  /** Whether it looks again at what it changed, by itself. */
  readonly verifies: boolean;
  readonly filling: Filling;
  readonly goal: Goal;
  /** The program that it needs, besides what this project installs. */
  readonly tool?: string;
  readonly command: (place: Place, tool: string) => Command;
}

/** Nothing of a user's configuration, and the SDKs' own names for where S3 is. */
export const environmentOf = ({ url, caFile, accessKeyId, secretAccessKey }: Place): Record<string, string> => ({
  AWS_ENDPOINT_URL: url,
  AWS_CA_BUNDLE: caFile,
  NODE_EXTRA_CA_CERTS: caFile,
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
  AWS_REGION: "us-east-1",
  AWS_DEFAULT_REGION: "us-east-1",
  AWS_EC2_METADATA_DISABLED: "true",
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
});

/** The path of a tool: from `--install`, else from the PATH; nothing where it is not installed. */
export function findTool(name: string): string | undefined {
  const places = [
    join(toolDirectory, "bin"),
    join(toolDirectory, "venv/bin"),
    ...(process.env["PATH"] ?? "").split(delimiter),
  ];
  return places.map((place) => join(place, name)).find((file) => existsSync(file));
}

const atRest =
  (words: readonly string[]) =>
  (place: Place): Command => ({
    program: process.execPath,
    parameters: [
      join(root, "scripts/at-rest.cjs"),
      ...["reencrypt", "--bucket", bucketName, "--yes", "--json"],
      ...["--run-directory", join(place.directory, "runs"), ...words],
    ],
  });
const toKms = ({ keyArn }: Place): string[] => ["--sse", "aws:kms", "--kms-key-arn", keyArn];
const byUpdate = { verifies: true, filling: "AES256", goal: "aws:kms" } as const;
const byCopy = { verifies: true, filling: "none", goal: "AES256" } as const;
const copies = { verifies: false, filling: "none", goal: "AES256" } as const;

/** `--single-sweep` is look, change, look again; without it everything is looked at once more, for what came meanwhile. */
export const clients: readonly Client[] = [
  {
    ...byUpdate,
    name: "at-rest-lean",
    does: "at-rest reencrypt, by update",
    command: (place) => atRest(["--transport", "lean", "--single-sweep", ...toKms(place)])(place),
  },
  {
    ...byUpdate,
    name: "at-rest-lean-settled",
    does: "at-rest reencrypt, until a sweep finds nothing",
    command: (place) => atRest(["--transport", "lean", ...toKms(place)])(place),
  },
  {
    ...byCopy,
    name: "at-rest-lean-copy",
    does: "at-rest reencrypt, by copy",
    command: atRest(["--transport", "lean", "--single-sweep", "--sse", "AES256"]),
  },
  {
    ...byUpdate,
    name: "at-rest-sdk",
    does: "at-rest reencrypt on the AWS SDK, by update",
    command: (place) => atRest(["--transport", "sdk", "--single-sweep", ...toKms(place)])(place),
  },
  {
    ...byCopy,
    name: "at-rest-sdk-copy",
    does: "at-rest reencrypt on the AWS SDK, by copy",
    command: atRest(["--transport", "sdk", "--single-sweep", "--sse", "AES256"]),
  },
  {
    ...copies,
    name: "sdk-pool",
    does: "a script on the AWS SDK with 50 workers",
    command: () => ({ program: process.execPath, parameters: [join(__dirname, "sdk-pool.mjs"), bucketName] }),
  },
  {
    ...copies,
    name: "s5cmd",
    does: "s5cmd cp --sse AES256",
    tool: "s5cmd",
    command: ({ url }, program) => ({
      program,
      parameters: ["--endpoint-url", url, "cp", "--sse", "AES256", `s3://${bucketName}/*`, `s3://${bucketName}/`],
    }),
  },
  {
    ...copies,
    name: "aws-cli",
    does: "aws s3 cp --recursive --sse",
    tool: "aws",
    command: (_, program) => ({
      program,
      parameters: ["s3", "cp", "--recursive", "--sse", "AES256", `s3://${bucketName}/`, `s3://${bucketName}/`],
    }),
  },
  {
    ...copies,
    name: "s3cmd",
    does: "s3cmd modify --recursive --server-side-encryption",
    tool: "s3cmd",
    command: ({ url, caFile, accessKeyId, secretAccessKey }, program) => {
      const { host, protocol } = new URL(url);
      return {
        program,
        parameters: [
          ...["modify", "--recursive", "--server-side-encryption", `s3://${bucketName}/`],
          ...[`--host=${host}`, `--host-bucket=${host}`, protocol === "https:" ? "--ssl" : "--no-ssl"],
          ...[`--ca-certs=${caFile}`, `--access_key=${accessKeyId}`, `--secret_key=${secretAccessKey}`],
        ],
      };
    },
  },
  {
    ...copies,
    name: "custodian",
    does: "Cloud Custodian, encrypt-keys",
    tool: "custodian",
    command: ({ directory }, program) => {
      mkdirSync(directory, { recursive: true });
      const file = join(directory, "policy.json");
      const actions = [{ type: "encrypt-keys", crypto: "AES256" }];
      writeFileSync(file, JSON.stringify({ policies: [{ name: "encrypt", resource: "s3", actions }] }));
      return { program, parameters: ["run", "--region", "us-east-1", "--output-dir", directory, file] };
    },
  },
];
