import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { send } from "./http";
import type { Server } from "./server";

const environment = resolve(__dirname, "../.venv-conformance");
/** What the field `moto` of the cases speaks of. */
const requirement = "moto[server,s3,kms,iam,sts]==5.2.5";

/** moto's own server, in a virtual environment that is made at the first call. Throws, with the reason, if that cannot be had. */
export async function startMoto(): Promise<Server> {
  const program = join(environment, "bin/moto_server");
  if (!existsSync(program)) {
    await run("python3", ["-m", "venv", environment]);
    await run(join(environment, "bin/pip"), ["install", "--quiet", "--disable-pip-version-check", requirement]);
  }
  const port = await freePort();
  const child = spawn(program, ["-H", "127.0.0.1", "-p", String(port)], { stdio: "ignore" });
  const url = `http://127.0.0.1:${port}`;
  const stop = (): Promise<void> =>
    new Promise((done) => {
      child.once("close", () => done());
      if (child.exitCode !== null || !child.kill()) done();
    });
  await answering(url, child).catch(async (error) => {
    await stop();
    throw error;
  });
  return {
    name: "moto",
    url,
    oneAddress: true,
    region: "us-east-1",
    credentials: { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "secret" },
    lacks: {
      permissions: "moto's server as it comes checks neither signatures nor permissions",
      otherAccount: "moto's server as it comes has one account",
      plainHttp: "it is asked over plain HTTP only, and checks no policy for it",
    },
    settling: 0,
    atOnce: 4,
    stop,
  };
}

const run = (program: string, parameters: readonly string[]): Promise<void> =>
  new Promise((done, reject) => {
    const child = spawn(program, parameters, { stdio: ["ignore", "ignore", "pipe"] });
    let stderr = "";
    child.stderr.on("data", (piece) => (stderr += piece));
    child.on("error", reject);
    child.on("close", (code) =>
      code === 0 ? done() : reject(new Error(`${program} ${parameters[0]}: ${stderr.trim().split("\n").at(-1)}`)),
    );
  });

const freePort = (): Promise<number> =>
  new Promise((done, reject) => {
    const server = createServer().on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => done(typeof address === "object" && address ? address.port : 0));
    });
  });

async function answering(url: string, child: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt++) {
    if (child.exitCode !== null) throw new Error(`moto_server ended with ${child.exitCode}`);
    const answered = await send(`${url}/moto-api/`, { method: "GET", headers: {} }).then(
      () => true,
      () => false,
    );
    if (answered) return;
    await wait(100);
  }
  throw new Error("moto_server did not answer within 30 seconds");
}
