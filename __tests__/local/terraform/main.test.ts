import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { Client, credentials as grpc, type ServiceError } from "@grpc/grpc-js";
import { type Certificate, selfSigned } from "../../../local/http/certificate";
import { installProvider } from "../../../local/terraform/install";
import { controllerService, type Message, providerService } from "../../../local/terraform/protocol";

const directory = mkdtempSync(join(tmpdir(), "at-rest-provider-"));
const children: ChildProcess[] = [];
let program: string;

beforeAll(async () => {
  program = (await installProvider(directory)).environment["AT_REST_LOCAL_PROVIDER"] ?? "";
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

afterAll(() => rmSync(directory, { recursive: true }));

interface Served {
  readonly process: ChildProcess;
  readonly line: string;
  readonly socket: string;
  readonly certificate: string;
}

/** Starts the provider as go-plugin does, and reads where it serves. */
async function served(terraform: Certificate, command = "node", ...parameters: string[]): Promise<Served> {
  const env = { PATH: process.env["PATH"], PLUGIN_CLIENT_CERT: terraform.pem, PROGRAM: program };
  const child = spawn(command, parameters.length > 0 ? parameters : [program], {
    env,
    stdio: ["pipe", "pipe", "inherit"],
  });
  children.push(child);
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  const [, , , socket = "", , der = ""] = line.split("|");
  // go-plugin leaves the padding out, and PEM needs it.
  const padded = Buffer.from(der, "base64").toString("base64");
  const certificate = `-----BEGIN CERTIFICATE-----\n${padded}\n-----END CERTIFICATE-----\n`;
  return { process: child, line, socket, certificate };
}

/** Calls a method as Terraform does: with the certificate that it announced. */
function call(
  { socket, certificate }: Served,
  as: Certificate,
  method: string,
  request: Message = {},
): Promise<Message> {
  const definition = { ...providerService(), ...controllerService() }[method];
  if (!definition) throw new Error(`no method ${method}`);
  const channel = grpc.createSsl(Buffer.from(certificate), Buffer.from(as.privateKeyPem), Buffer.from(as.pem));
  const client = new Client(`unix:${socket}`, channel, { "grpc.ssl_target_name_override": "localhost" });
  return new Promise((done, failed) => {
    const answered = (error: ServiceError | null, answer?: Message) => {
      client.close();
      if (error) failed(error);
      else done(answer ?? {});
    };
    const { path, requestSerialize, responseDeserialize } = definition;
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, answered);
  });
}

test("it announces itself as go-plugin wants it, serves Terraform, and leaves nothing when asked to go", async () => {
  const terraform = selfSigned("localhost");
  const provider = await served(terraform);
  expect(provider.line).toMatch(/^1\|5\|unix\|\/.*\/socket\|grpc\|[A-Za-z0-9+/]+$/);

  const schemas = await call(provider, terraform, "GetSchema");
  expect(Object.keys(schemas["resource_schemas"] ?? {})).toContain("aws_s3_bucket_policy");

  const exit = once(provider.process, "exit");
  await call(provider, terraform, "Shutdown");
  expect(await exit).toEqual([0, null]);
  expect(existsSync(dirname(provider.socket))).toBe(false);
});

test("whoever has not the key of Terraform's certificate is refused, and so is a certificate that Terraform does not expect", async () => {
  const terraform = selfSigned("localhost");
  const provider = await served(terraform);
  const unavailable = { code: 14 };
  await expect(call(provider, selfSigned("localhost"), "GetSchema")).rejects.toMatchObject(unavailable);
  const expecting = { ...provider, certificate: selfSigned("localhost").pem };
  await expect(call(expecting, terraform, "GetSchema")).rejects.toMatchObject(unavailable);
  provider.process.kill();
  await once(provider.process, "exit");
});

test("a call that fails is answered with a diagnostic, and the process lives on", async () => {
  const terraform = selfSigned("localhost");
  const provider = await served(terraform);
  const failing = ["Configure", "ReadResource", "ValidateResourceTypeConfig", "ImportResourceState"];
  for (const method of failing) {
    const { diagnostics } = await call(provider, terraform, method, { type_name: "aws_sqs_queue" });
    expect([method, diagnostics]).toEqual([method, [expect.objectContaining({ severity: 1 })]]);
  }
  provider.process.kill();
  await once(provider.process, "exit");
});

test("it leaves nothing when it is terminated", async () => {
  const provider = await served(selfSigned("localhost"));
  provider.process.kill("SIGTERM");
  await once(provider.process, "exit");
  expect(existsSync(dirname(provider.socket))).toBe(false);
});

test("it does not outlive a Terraform that was killed", async () => {
  const provider = await served(selfSigned("localhost"), "sh", "-c", 'node "$PROGRAM" & read until_terraform_dies');
  const gone = once(provider.process, "close"); // Its output is closed when the last process that holds it ends.
  provider.process.kill("SIGKILL");
  await gone;
  expect(existsSync(dirname(provider.socket))).toBe(false);
});

test("started by hand, it says what it is", async () => {
  const child = spawn("node", [program], { env: { PATH: process.env["PATH"] } });
  expect(await text(child.stderr)).toContain("Terraform starts it");
  expect(child.exitCode ?? (await once(child, "exit"))[0]).toBe(1);
});
