import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { wholeNumber } from "../flags";
import { machine, median, type Report } from "../report";
import { serverNames, startServer } from "../servers/start";
import { nullServerCeiling } from "./ceiling";
import { type Client, clients } from "./clients";
import { figuresOf, rowOf, whatCameOfIt } from "./figures";
import { installTools } from "./install";
import { type Ran, type Result, runClient } from "./run";
import { targetsOf } from "./targets";

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

function chartOf(results: readonly Result[]): string {
  const { barChart }: typeof import("./chart") = require("./chart"); // a second of loading, for this alone
  const [first] = results;
  const { cpu, cores, node, date } = machine().rows[0] ?? {};
  const bars = results.map((one) => ({
    label: one.does,
    perSecond: figuresOf(one).objectsPerSecond,
    outcome: whatCameOfIt(one),
    ours: one.client.startsWith("at-rest"),
  }));
  return barChart({
    title: "Objects encrypted in a second, by one process",
    subtitle: `${first?.objects} objects, ${first?.server} server on the same machine: ${cores} x ${cpu}, Node ${node}, ${date}`,
    bars,
  });
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
      profile: { type: "string" },
      svg: { type: "string" },
      install: { type: "boolean", default: false },
    },
  });
  const names = serverNames.filter((name) => values.server === name || values.server === "both");
  if (names.length === 0) throw new Error(`--server is null, local or both, not ${values.server}.`);
  const objects = wholeNumber("--objects", values.objects);
  const runs = wholeNumber("--runs", values.runs);
  if (values.install) installTools();
  const which = chosen(values.only?.flatMap((one) => one.split(",")));
  const reports: Report[] = [machine()];
  for (const name of names) {
    // The local AWS takes KMS only over TLS, as AWS does.
    const tls = values.tls || name === "local";
    const around = { server: name, tls, objects, profiles: values.profile && resolve(values.profile) };
    const server = await startServer(name);
    try {
      const results: Ran[] = [];
      for (const client of which) {
        const ran: Ran[] = [];
        for (let run = 0; run < runs; run += 1) ran.push(await runClient(client, server, around));
        for (const one of ran) {
          if (isResult(one) && one.whole.exitCode !== 0) process.stderr.write(`${one.client}: ${one.whole.stderr}\n`);
        }
        results.push(middle(ran));
      }
      if (name === "null") reports.push(await nullServerCeiling(server, tls));
      const title = `The ${name} server over ${tls ? "TLS" : "plain HTTP"}: ${objects} objects`;
      reports.push({ title, rows: results.map(rowOf) });
      const targets = targetsOf(results.filter(isResult));
      if (targets) reports.push(targets);
      // Of both servers it is the null server that shows how fast clients are.
      if (values.svg !== undefined && name === names[0]) {
        writeFileSync(values.svg, chartOf(results.filter(isResult)));
      }
    } finally {
      server.stop();
    }
  }
  return reports;
}
