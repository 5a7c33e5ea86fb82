import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createLocalAws, type LogEntry } from "./aws";
import { planNamed, presets } from "./faults/presets";
import { listen } from "./http/server";

const help = `Starts an AWS on this machine: S3, KMS, IAM and STS, in memory, on loopback only.

  npm run --silent local -- [options] > aws.env   then, once the file is there:   . ./aws.env

  --port P         port of HTTPS (default: a free one)
  --http-port Q    port of plain HTTP (default: a free one)
  --account ID     the account, 12 digits (default: 111122223333)
  --region R       (default: us-east-1)
  --unencrypted    as before 2023-01-05: what is put without a header, into a bucket without a default, is not encrypted
  --faults F       what goes wrong: ${Object.keys(presets).join(" or ")}, or a JSON file (README.md, "Faults to order")
  --log            a line on stderr for each request
  --help
`;

const line = ({ operation, method, path, status, code, injected }: LogEntry): string =>
  `${[method, JSON.stringify(path), operation ?? "?", status, code, injected && `(${injected})`].filter((word) => word !== undefined).join(" ")}\n`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "0" },
      "http-port": { type: "string", default: "0" },
      account: { type: "string", default: "111122223333" },
      region: { type: "string", default: "us-east-1" },
      unencrypted: { type: "boolean", default: false },
      faults: { type: "string" },
      log: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  const aws = createLocalAws({
    faults: values.faults === undefined ? undefined : planNamed(values.faults),
    log: (entry) => {
      if (values.log || entry.status === 501) process.stderr.write(line(entry));
      if (entry.fault !== undefined) console.error(entry.fault);
    },
  });
  if (values.unencrypted) aws.state.s3.defaultEncryption = "none";
  const { accessKeyId, secretAccessKey } = aws.addAccount(values.account);
  const ports = { httpsPort: portOf(values.port), httpPort: portOf(values["http-port"]) };
  const { httpsUrl, httpUrl, caPem, close } = await listen(aws, ports);
  const directory = mkdtempSync(join(tmpdir(), "at-rest-local-"));
  const caFile = join(directory, "ca.pem");
  writeFileSync(caFile, caPem);
  const end = (): void => {
    rmSync(directory, { recursive: true, force: true });
    void close().then(() => process.exit(0));
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, end);
  const variables = {
    AWS_ENDPOINT_URL: httpsUrl,
    AWS_CA_BUNDLE: caFile,
    NODE_EXTRA_CA_CERTS: caFile,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_REGION: values.region,
    AWS_DEFAULT_REGION: values.region, // the aws CLI's version 1 reads only this one
  };
  const exports = Object.entries(variables).map(([name, value]) => `export ${name}='${value}'\n`);
  process.stdout.write(`${exports.join("")}unset AWS_SESSION_TOKEN AWS_PROFILE\n# plain HTTP: ${httpUrl}\n`);
}

function portOf(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`${text} is no port: 0 to 65535.`);
  return port;
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${help}`);
  process.exitCode = 2;
});
