import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { clientsOf } from "../conformance/clients";
import { givenServer } from "../conformance/given-server";
import type { Server } from "../conformance/server";
import { endRunning } from "../scripts/demo/commands";
import { checkAccount } from "./account";
import { cleanUp } from "./clean-up";
import { exitCodeOf, markdown, withoutSecrets } from "./report";
import { help, parseRequest, Refused, type Request } from "./request";
import type { Run } from "./run-id";
import { smoke } from "./smoke";

const say = (text: string): void => console.error(text);

/** AWS itself, unless the environment leads elsewhere, as for a rehearsal against the local AWS. */
function serverOf(region: string): Server {
  process.env["AWS_REGION"] = region;
  return givenServer(process.env["AWS_ENDPOINT_URL"] || `https://s3.${region}.amazonaws.com`);
}

/** The first Ctrl-C ends the run with its clean-up, the second at once. */
function stopOnSignals({ id, account, region }: Run): AbortSignal {
  const controller = new AbortController();
  let stoppedAt = 0;
  const stop = (): void => {
    // npm and the terminal may both pass one Ctrl-C on.
    if (Date.now() - stoppedAt < 1_000) return;
    if (stoppedAt > 0) {
      say(`\nStopped. What is left: npm run smoke:aws -- --account ${account} --region ${region} --clean-up ${id}`);
      void endRunning().finally(() => process.exit(130));
      return;
    }
    say("\nThe run ends with its next step, and removes what it made. Ctrl-C again leaves that as it is.");
    stoppedAt = Date.now();
    controller.abort(new Error("stopped by a signal"));
  };
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, stop);
  return controller.signal;
}

async function run(request: Extract<Request, { do: "run" }>): Promise<number> {
  const { account, region, providers, conformance } = request;
  const server = serverOf(region);
  const of = { id: randomBytes(4).toString("hex"), account, region };
  const directory = resolve(".at-rest/smoke", of.id);
  say(`Run ${of.id} in account ${account}, ${region}, at ${server.url}`);
  const signal = stopOnSignals(of);
  // With a profile the SDK would leave the credentials of the environment aside, and Terraform would not.
  const { AWS_PROFILE: _, ...inherited } = process.env;
  const environment = { ...inherited, AWS_REGION: region };
  const props = { run: of, server, providers, conformance, directory, environment, say, signal };
  const report = await smoke(props);
  const { accessKeyId, secretAccessKey, sessionToken = "" } = server.credentials;
  const shown = withoutSecrets(report, {
    [account]: "<account>",
    [secretAccessKey]: "<secret>",
    [sessionToken]: "<token>",
    [accessKeyId]: "<access key>",
    [directory]: relative("", directory),
  });
  const text = markdown(shown);
  writeFileSync(join(directory, "report.json"), `${JSON.stringify(shown, null, 2)}\n`);
  writeFileSync(join(directory, "report.md"), text);
  process.stdout.write(text);
  say(`\n${relative("", directory)}/report.md and report.json: attach them to an issue.`);
  return exitCodeOf(report);
}

async function clear({ account, region, id }: Extract<Request, { do: "clean up" }>): Promise<number> {
  const server = serverOf(region);
  const clients = clientsOf(server, server.credentials);
  try {
    await checkAccount(clients, account);
    const { removed, left } = await cleanUp(server, clients, { id, account, region });
    for (const what of removed) console.log(`removed: ${what}`);
    for (const what of left) console.log(`left: ${what}`);
    return left.length === 0 ? 0 : 1;
  } finally {
    clients.destroy();
  }
}

async function main(): Promise<number> {
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] = "true"; // of Node 20, which this project supports
  const request = parseRequest(process.argv.slice(2));
  if (request.do === "help") {
    process.stdout.write(help);
    return 0;
  }
  return request.do === "run" ? run(request) : clear(request);
}

main().then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
  (error: unknown) => {
    const because = error instanceof Error ? error.message : String(error);
    say(error instanceof Refused ? `${because}\nNothing was touched. --help says what this is.` : because);
    process.exitCode = error instanceof Refused ? 2 : 1;
  },
);
