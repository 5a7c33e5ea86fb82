import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { wholeNumber } from "../flags";
import { measure } from "../measure";
import { machine, type Report } from "../report";
import { startServer } from "../servers/start";
import { environmentOf } from "./clients";
import type { Listed } from "./list";
import { profiled } from "./run";

/** How fast one process reads listings of a bucket that has nothing but keys, by transport and by ranges at a time. */
export async function listingBenchmark(words: readonly string[]): Promise<readonly Report[]> {
  const { values } = parseArgs({
    args: [...words],
    options: {
      keys: { type: "string", default: "500000" },
      tls: { type: "boolean", default: false },
      profile: { type: "string" },
    },
  });
  const keys = wholeNumber("--keys", values.keys);
  const directory = mkdtempSync(join(tmpdir(), "at-rest-bench-"));
  const server = await startServer("null");
  const rows: Report["rows"][number][] = [];
  try {
    for (const [transport, lanes, share] of [
      ["lean", 1, 1],
      ["lean", 8, 1],
      ["sdk", 8, 5],
    ] as const) {
      const ready = await server.fill(keys, "AES256");
      const caFile = join(directory, "ca.pem");
      writeFileSync(caFile, ready.caPem);
      const place = { ...ready, url: values.tls ? ready.httpsUrl : ready.httpUrl, caFile, directory };
      const command = {
        program: process.execPath,
        parameters: [
          "--require",
          require.resolve("tsx/cjs"),
          join(__dirname, "list.ts"),
          transport,
          `${keys / share}`,
          `${lanes}`,
        ],
        environment: environmentOf(place),
      };
      const measured = await measure(profiled(command, values.profile && resolve(values.profile)), directory);
      if (measured.exitCode !== 0) throw new Error(measured.stderr);
      const listed: Listed = JSON.parse(measured.stdout);
      const { cpuMicroseconds, requests } = await server.look("AES256");
      rows.push({
        transport,
        "ranges at a time": lanes,
        "keys/s": Math.round(listed.keys / listed.seconds),
        "us CPU a page of 1,000": Math.round((listed.cpuSeconds * 1e9) / listed.keys),
        "us CPU of the server": Math.round(cpuMicroseconds / (requests["ListObjects"] ?? 0)),
        "MB peak": Math.round(measured.peakBytes / 1e6),
      });
    }
  } finally {
    server.stop();
    rmSync(directory, { recursive: true, force: true });
  }
  return [machine(), { title: `Listing ${keys} keys over ${values.tls ? "TLS" : "plain HTTP"}`, rows }];
}
