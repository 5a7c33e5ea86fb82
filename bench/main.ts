import { clientsBenchmark } from "./clients/benchmark";
import { listingBenchmark } from "./clients/listing";
import { document } from "./document";
import { historiesBenchmark } from "./histories/benchmark";
import { localAwsBenchmark } from "./local-aws-benchmark";
import { memoryBenchmark } from "./memory/benchmark";
import { pacingBenchmark } from "./pacing/benchmark";
import { prediction } from "./prediction";
import { profileReport } from "./profile";
import { asTable, type Report } from "./report";
import { reviewBenchmark } from "./review/benchmark";
import { scaleBenchmark } from "./scale/benchmark";

/** Each benchmark by its name; it gives one table or several. */
const benchmarks: Readonly<Record<string, (words: readonly string[]) => Promise<readonly Report[]>>> = {
  clients: clientsBenchmark,
  document,
  histories: historiesBenchmark,
  listing: listingBenchmark,
  local: localAwsBenchmark,
  memory: memoryBenchmark,
  model: prediction,
  pacing: pacingBenchmark,
  profile: profileReport,
  review: reviewBenchmark,
  scale: scaleBenchmark,
};

const help = `Measures. Times are of this machine, now: compare those of one run.

  npm run bench -- [clients] [--objects 20000] [--server null|local|both] [--tls] [--only NAME,...] [--runs N]
                             [--install] [--svg FILE] [--profile DIRECTORY]
  npm run bench -- listing [--keys 500000] [--tls] [--profile DIRECTORY]
  npm run bench -- profile FILE.cpuprofile...
  npm run bench -- document [BLOCK...]
  npm run bench -- local
  npm run bench -- memory [--keys 10000000] [--only audit,findings,update,copy]
  npm run bench -- histories [--histories 1000000] [--seed N] [--processes CORES]
  npm run bench -- pacing [--svg FILE]
  npm run bench -- review [--plans 1000]
  npm run bench -- scale [--keys 10000000] [--versions 1000000]
  npm run bench -- model [--concurrency 1000] [--latency 100] [--partitions 1] [--share 0.8] [--cpu 200]

  clients  (default) at-rest and what else would encrypt a bucket, in turn, on fresh buckets
           --install puts the others into .bench (python3, and go for s5cmd); else they are looked for on the PATH
           --profile writes a CPU profile of each client that runs on Node
  listing  how many keys one process lists in a second
  profile  where the time of a process went, by the part of the program
  local    the local AWS: CPU and rate of requests in process and over plain HTTP, and memory of small objects
  memory   what a run holds when it has been through a tenth, half and all of a bucket of so many objects
  histories  races between the conversion and an application, each step in an order that a seed decides: what got lost
  pacing   how requests keep to what S3 and KMS take, simulated: stepping capacity, a hot prefix, the hard cap
  review   how long the review of so many plans takes
  scale    what listing, deciding and accounting for so many objects takes without a network, and the estimate of 10^10;
           --keys 100000000 takes about 40 minutes of one core
  model    how long 10^6, 10^8 and 10^10 objects would take on S3, and what they would cost: no measurement
  document runs all that docs/performance.md tells, and writes it there: more than an hour of a machine that does nothing else

  --json   machine readable
`;

async function main(words: readonly string[]): Promise<void> {
  const [first = "clients", ...others] = words;
  const named = first.startsWith("-") ? "clients" : first;
  const run = benchmarks[named];
  const asked = words.includes("--help");
  if (asked || !run) {
    process.stdout.write(help);
    process.exitCode = asked ? 0 : 2;
    return;
  }
  const rest = (named === first ? others : words).filter((word) => word !== "--json");
  const reports = await run(rest);
  const json = words.includes("--json");
  process.stdout.write(json ? `${JSON.stringify(reports, null, 2)}\n` : reports.map(asTable).join("\n"));
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
