import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Command, type Measured, measure } from "../measure";
import type { Found } from "../servers/protocol";
import type { RunningServer, ServerName } from "../servers/start";
import { type Client, environmentOf, findTool } from "./clients";

export interface Circumstances {
  readonly server: ServerName;
  readonly tls: boolean;
  readonly objects: number;
  /** A directory for CPU profiles of clients that run on Node. */
  readonly profiles?: string;
}

/** One client on one server: so many objects, and beforehand a bucket with a single one, which is its start. */
export interface Result extends Circumstances {
  readonly client: string;
  readonly does: string;
  readonly verifies: boolean;
  readonly start: Measured;
  readonly whole: Measured;
  readonly found: Found;
}

export type Ran = Result | { readonly client: string; readonly does: string; readonly missing: string };

/** Makes Node write a profile when it ends; Node 20 takes these options from the command line only. */
export const profiled = (command: Command, directory: string | undefined): Command =>
  directory === undefined || command.program !== process.execPath
    ? command
    : { ...command, parameters: ["--cpu-prof", `--cpu-prof-dir=${directory}`, ...command.parameters] };

async function once(
  client: Client,
  tool: string,
  server: RunningServer,
  { tls, objects, profiles }: Circumstances,
): Promise<{ measured: Measured; found: Found }> {
  const ready = await server.fill(objects, client.filling);
  const directory = mkdtempSync(join(tmpdir(), "at-rest-bench-"));
  try {
    const caFile = join(directory, "ca.pem");
    writeFileSync(caFile, ready.caPem);
    const place = { ...ready, url: tls ? ready.httpsUrl : ready.httpUrl, caFile, directory };
    const command = profiled(client.command(place, tool), profiles);
    const environment = { ...environmentOf(place), ...command.environment };
    const measured = await measure({ ...command, environment }, directory);
    return { measured, found: await server.look(client.goal) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Runs one client on fresh buckets. @throws Error only where it could not be measured: how it ended is in the result */
export async function runClient(client: Client, server: RunningServer, around: Circumstances): Promise<Ran> {
  const { name, does, verifies } = client;
  const tool = client.tool === undefined ? process.execPath : findTool(client.tool);
  if (tool === undefined) return { client: name, does, missing: client.tool ?? "" };
  const { profiles: _, ...plain } = around;
  const { measured: start } = await once(client, tool, server, { ...plain, objects: 1 });
  const { measured: whole, found } = await once(client, tool, server, around);
  return { ...plain, client: name, does, verifies, start, whole, found };
}
