import { parseArgs } from "node:util";
import { localAws } from "./local-aws";
import { asTable, type Report } from "./report";

/** Each benchmark by its name; it gives one table or several. */
const benchmarks: Readonly<Record<string, () => Promise<readonly Report[]>>> = {
  local: localAws,
};

const help = `Measures. Times are of this machine, now: compare those of one run.

  npm run bench -- <${Object.keys(benchmarks).join("|")}> [--json]

  local    the local AWS: CPU and rate of requests in process and over plain HTTP, and memory of small objects
`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: "boolean", default: false }, help: { type: "boolean", default: false } },
  });
  const run = benchmarks[positionals[0] ?? ""];
  if (values.help || !run) {
    process.stdout.write(help);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const reports = await run();
  process.stdout.write(values.json ? `${JSON.stringify(reports, null, 2)}\n` : reports.map(asTable).join("\n"));
}

void main();
