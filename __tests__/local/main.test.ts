import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { request } from "node:http";
import { dirname, resolve } from "node:path";

const root = resolve(__dirname, "../..");

const start = (...parameters: string[]): ChildProcess =>
  spawn(process.execPath, ["--import", "tsx", "local/main.ts", ...parameters], { cwd: root });

/** What a started program says on stdout, up to what is looked for, or to its end. */
async function said(program: ChildProcess, until: RegExp): Promise<string> {
  let text = "";
  for await (const piece of program.stdout ?? []) {
    text += piece;
    if (until.test(text)) break;
  }
  return text;
}

test("it prints what a shell must know once it is ready, logs requests, and leaves nothing behind", async () => {
  const program = start("--log", "--unencrypted", "--account", "444455556666", "--region", "eu-west-1");
  let log = "";
  program.stderr?.on("data", (piece) => {
    log += piece;
  });
  const text = await said(program, /plain HTTP/);
  const variables = Object.fromEntries(
    [...text.matchAll(/^export (\w+)='(.*)'$/gm)].map(([, name, value]) => [name, value]),
  );
  expect(variables).toMatchObject({
    AWS_ENDPOINT_URL: expect.stringMatching(/^https:\/\/127\.0\.0\.1:\d+$/),
    AWS_ACCESS_KEY_ID: expect.stringMatching(/^AKIA/),
    AWS_SECRET_ACCESS_KEY: expect.stringMatching(/.{40}/),
    AWS_REGION: "eu-west-1",
    NODE_EXTRA_CA_CERTS: variables["AWS_CA_BUNDLE"],
  });
  const caFile = variables["AWS_CA_BUNDLE"] ?? "";
  expect(existsSync(caFile)).toBe(true);
  const [, httpUrl = ""] = /^# plain HTTP: (\S+)$/m.exec(text) ?? [];
  const status = await new Promise((resolve, reject) => {
    request(`${httpUrl}/no-such-bucket?secret=hidden`, (response) => resolve(response.resume().statusCode))
      .on("error", reject)
      .end();
  });
  expect(status).toBe(404);
  const ended = once(program, "close");
  program.kill("SIGINT");
  expect((await ended)[0]).toBe(0);
  expect(existsSync(dirname(caFile))).toBe(false);
  expect(log).toContain('GET "/no-such-bucket" ListObjects 404 NoSuchBucket');
  expect(log).not.toContain("hidden");
});

test("--help says what there is, and what it does not take ends with 2 and the same help", async () => {
  const help = start("--help");
  const [text, [status]] = await Promise.all([said(help, /$^/), once(help, "close")]);
  expect(status).toBe(0);
  expect(text).toMatch(/--unencrypted/);
  for (const wrong of [["--port", "http"], ["--bogus"], ["--account", "12"], ["--faults", "no-such-plan"]]) {
    const program = start(...wrong);
    let errors = "";
    program.stderr?.on("data", (piece) => {
      errors += piece;
    });
    expect((await once(program, "close"))[0]).toBe(2);
    expect(errors).toMatch(/--http-port/);
  }
});
