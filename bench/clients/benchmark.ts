import { parseArgs } from "node:util";
import type { Report } from "../report";
import { median } from "../report";
import { serverNames, startServer } from "../servers/start";
import { type Client, clients } from "./clients";
import { figuresOf, rowOf } from "./figures";
import { type Ran, type Result, runClient } from "./run";

const isResult = (ran: Ran): ran is Result => !("missing" in ran);

/** The middle one of several runs, by CPU: it is less troubled by what else the machine does than time is. */
const middle = (runs: readonly Ran[]): Ran => {
  const results = runs.filter(isResult);
  const [first] = runs;
  if (results.length === 0 && first) return first;
  return median(results, (one) => figuresOf(one).cpuMicroseconds);
};

function chosen(names: readonly string[] | undefined): readonly Client[] {
  const unknown = names?.find((name) => clients.every((client) => client.name !== name));
  if (unknown !== undefined) {
    throw new Error(`There is no client ${unknown}: ${clients.map(({ name }) => name).join(", ")}.`);
  }
  return clients.filter(({ name }) => names?.includes(name) ?? true);
}

/** Every client in turn, each on a bucket that was filled for it. */
export async function clientsBenchmark(words: readonly string[]): Promise<readonly Report[]> {
  const { values } = parseArgs({
    args: [...words],
    options: {
      objects: { type: "string", default: "20000" },
      server: { type: "string", default: "null" },
      only: { type: "string", multiple: true },
      runs: { type: "string", default: "1" },
      tls: { type: "boolean", default: false },
      "node-options": { type: "string" },
    },
  });
  const names = serverNames.filter((name) => values.server === name || values.server === "both");
  if (names.length === 0) throw new Error(`--server is null, local or both, not ${values.server}.`);
  const objects = Number(values.objects);
  const runs = Number(values.runs);
  const which = chosen(values.only?.flatMap((one) => one.split(",")));
  const reports: Report[] = [];
  for (const name of names) {
    // The local AWS takes KMS only over TLS, as AWS does.
    const tls = values.tls || name === "local";
    const around = { server: name, tls, objects, nodeOptions: values["node-options"] };
    const server = await startServer(name);
    try {
      const rows: Report["rows"][number][] = [];
      for (const client of which) {
        const ran: Ran[] = [];
        for (let run = 0; run < runs; run += 1) ran.push(await runClient(client, server, around));
        for (const one of ran) {
          if (isResult(one) && one.whole.exitCode !== 0) process.stderr.write(`${one.client}: ${one.whole.stderr}\n`);
        }
        rows.push(rowOf(middle(ran)));
      }
      reports.push({ title: `The ${name} server over ${tls ? "TLS" : "plain HTTP"}: ${objects} objects`, rows });
    } finally {
      server.stop();
    }
  }
  return reports;
}
