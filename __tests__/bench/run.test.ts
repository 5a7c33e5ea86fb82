import { type Client, clients } from "../../bench/clients/clients";
import { type Ran, runClient } from "../../bench/clients/run";
import { type RunningServer, type ServerName, startServer } from "../../bench/servers/start";

const objects = 30;
const named = (name: string): Client => {
  const found = clients.find((client) => client.name === name);
  if (!found) throw new Error(`There is no client ${name}.`);
  return found;
};

const onServer = async (server: ServerName, work: (running: RunningServer) => Promise<void>): Promise<void> => {
  const running = await startServer(server);
  await work(running).finally(() => running.stop());
};
const resultOf = (ran: Ran) => {
  if ("missing" in ran) throw new Error(`${ran.missing} is not installed`);
  const { whole, found } = ran;
  return { exitCode: whole.exitCode, converted: found.converted, readBack: found.readBack, lost: found.lost };
};

test("a run of at-rest as a user gives it is measured, and what the server saw of it is told", async () => {
  await onServer("null", async (server) => {
    const ran = await runClient(named("at-rest-lean"), server, { server: "null", tls: false, objects });
    expect(resultOf(ran)).toEqual({ exitCode: 0, converted: objects, readBack: objects, lost: undefined });
  });
});

test("the script with 50 workers reads nothing back, and loses what a copy does not carry", async () => {
  await onServer("local", async (server) => {
    const ran = await runClient(named("sdk-pool"), server, { server: "local", tls: true, objects });
    expect(resultOf(ran)).toEqual({
      exitCode: 0,
      converted: objects,
      readBack: 0,
      lost: { "storage class": 3, "website redirect": 2, ACL: 2 },
    });
  });
});

test("a tool that is not installed is told as missing, and one that fails as failed", async () => {
  await onServer("null", async (server) => {
    const around = { server: "null", tls: false, objects } as const;
    const missing = { ...named("s5cmd"), tool: "no-such-tool" };
    expect(await runClient(missing, server, around)).toMatchObject({ missing: "no-such-tool" });
    const failing = {
      ...named("sdk-pool"),
      command: () => ({ program: process.execPath, parameters: ["-e", "throw 1"] }),
    };
    expect(resultOf(await runClient(failing, server, around))).toMatchObject({ exitCode: 1, converted: 0 });
  });
});
