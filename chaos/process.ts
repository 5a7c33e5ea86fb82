import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { ConnectionReset } from "../local/faults/answers";
import { listen } from "../local/http/server";
import type { HttpRequest, HttpResponse } from "../local/service";
import type { KillPlan } from "./kill-plan";
import { type AboutObject, aboutObject } from "./request";
import { REGION, type World } from "./world";

export const PROGRAM = resolve(__dirname, "../scripts/at-rest.cjs");

/** Without a request, after which a process is taken to be stuck: longer than its own longest pause. */
const PATIENCE_MS = 180_000;

export interface ProcessProps {
  readonly program: string;
  readonly world: World;
  readonly directory: string;
  readonly words: readonly string[];
  readonly kill?: KillPlan;
  /** Called with each request about an object, as it arrives. */
  readonly onRequest?: (request: AboutObject) => void;
}

export interface ProcessEnd {
  /** Nothing where it was killed. */
  readonly exitCode: number | null;
  readonly requests: number;
  /** The request at which it was killed. */
  readonly killedAt?: string;
  /** What could be seen of it when it was given up, if it did not come to an end. */
  readonly stuck?: string;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs the command as a process of its own, against a port that only it knows, so that what it asks for can be told
 * from what its predecessors still had on the way. Ends once S3 is through with all that it was sent.
 */
export async function runProcess(props: ProcessProps): Promise<ProcessEnd> {
  const { program, world, directory, words, kill, onRequest } = props;
  const inFlight = new Set<Promise<unknown>>();
  const seen = new Map<string, number>();
  let requests = 0;
  let lastAsked = performance.now();
  let killedAt: string | undefined;
  let child: ChildProcess | undefined;

  const isTime = (about: AboutObject | undefined): boolean => {
    const ofKind = about ? (seen.get(about.kind) ?? 0) + 1 : 0;
    if (about) seen.set(about.kind, ofKind);
    if (!kill || killedAt !== undefined) return false;
    return requests === kill.request || (about?.kind === kill.change?.kind && ofKind === kill.change?.number);
  };
  const handle = async (request: HttpRequest, slowly?: (milliseconds: number) => void): Promise<HttpResponse> => {
    const { aws } = world;
    requests++;
    lastAsked = performance.now();
    const about = aboutObject(request);
    if (about && killedAt === undefined) onRequest?.(about);
    if (!kill || !isTime(about)) return aws.handle(request, slowly);
    killedAt = about
      ? `${about.kind} of ${JSON.stringify(about.key)}`
      : `${request.method} ${request.url.slice(0, 80)}`;
    const end = () => child?.kill("SIGKILL");
    if (kill.moment === "lost") {
      end();
      throw new ConnectionReset();
    }
    if (kill.moment === "unheard") {
      end();
      await exited;
    }
    const answer = await aws.handle(request, slowly);
    if (kill.moment === "answered") end();
    if (kill.moment === "read") setTimeout(end, kill.milliseconds);
    return answer;
  };
  const tracked = (request: HttpRequest, slowly?: (milliseconds: number) => void): Promise<HttpResponse> => {
    const answer = handle(request, slowly);
    const settled = answer.catch(() => undefined).finally(() => inFlight.delete(settled));
    inFlight.add(settled);
    return answer;
  };

  const server = await listen({ handle: tracked }, { httpsPort: 0, httpPort: 0 });
  const caFile = join(directory, `ca-${new URL(server.httpsUrl).port}.pem`);
  writeFileSync(caFile, server.caPem);
  const { accessKeyId, secretAccessKey } = world.credentials;
  const env = {
    PATH: process.env["PATH"] ?? "",
    HOME: directory,
    AWS_ENDPOINT_URL: server.httpsUrl,
    NODE_EXTRA_CA_CERTS: caFile,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_REGION: REGION,
  };
  const started = spawn(process.execPath, [program, ...words], { cwd: directory, env, stdio: "pipe" });
  child = started;
  started.stdin.end();
  const [stdout, stderr]: [string[], string[]] = [[], []];
  started.stdout.on("data", (chunk) => stdout.push(String(chunk)));
  started.stderr.on("data", (chunk) => stderr.push(String(chunk)));
  let stuck: string | undefined;
  const watch = setInterval(() => {
    const silence = performance.now() - lastAsked;
    if (silence < PATIENCE_MS) return;
    stuck = `${requests} requests, the last one ${Math.round(silence / 1000)} s ago; ${inFlight.size} without an answer`;
    started.kill("SIGKILL");
  }, 1_000);
  const exited = new Promise<number | null>((done, failed) => {
    started.once("error", failed);
    started.once("close", (code) => done(code));
  });
  const exitCode = await exited;
  clearInterval(watch);
  while (inFlight.size > 0) await Promise.all(inFlight);
  await server.close();
  return { exitCode, requests, killedAt, stuck, stdout: stdout.join(""), stderr: stderr.join("") };
}
