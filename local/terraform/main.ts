import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { selfSigned } from "../http/certificate";
import { controllerService, providerService } from "./protocol";
import { implementation } from "./provider";

// go-plugin's side of the bargain: serve on a socket, say where in one line on standard output, leave when asked.

const terraformCertificate = process.env["PLUGIN_CLIENT_CERT"];
if (!terraformCertificate) {
  console.error("This is a Terraform provider: Terraform starts it.");
  process.exit(1);
}
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] = "true"; // Standard error is Terraform's log.

const directory = mkdtempSync(join(tmpdir(), "terraform-provider-"));
const socket = join(directory, "socket");
const leave = (): never => {
  rmSync(directory, { recursive: true, force: true });
  process.exit(0);
};
process.on("SIGTERM", leave);
// A Ctrl-C in the terminal reaches Terraform too, which finishes its work and then asks for Shutdown.
process.on("SIGINT", () => {});
// A killed Terraform asks for nothing.
const terraform = process.ppid;
setInterval(() => process.ppid !== terraform && leave(), 1_000).unref();

const own = selfSigned("localhost");
// Terraform alone has the key of the certificate that it passed: nobody else can talk to this process.
const credentials = ServerCredentials.createSsl(
  Buffer.from(terraformCertificate),
  [{ private_key: Buffer.from(own.privateKeyPem), cert_chain: Buffer.from(own.pem) }],
  true,
);
const unlimited = { "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 };
const server = new Server(unlimited);
server.addService(providerService(), implementation(process.env));
server.addService(controllerService(), {
  Shutdown: (_call: unknown, done: (error: null, answer: object) => void) => {
    done(null, {});
    server.tryShutdown(leave);
  },
});
server.bindAsync(`unix:${socket}`, credentials, (error) => {
  if (error) throw error;
  const certificate = own.der.toString("base64").replace(/=+$/, "");
  process.stdout.write(`1|5|unix|${socket}|grpc|${certificate}\n`);
});
