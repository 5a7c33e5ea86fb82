import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { wholeNumber } from "../flags";
import type { Report } from "../report";
import type { Findings, Told } from "./many";
import { runInProcesses } from "./processes";

/** `npm run bench -- histories`: races between the conversion and an application, by the million. */
export async function historiesBenchmark(words: readonly string[]): Promise<readonly Report[]> {
  const { values } = parseArgs({
    args: [...words],
    options: {
      histories: { type: "string", default: "1000000" },
      seed: { type: "string", default: String(Date.now() % 2 ** 31) },
      processes: { type: "string", default: String(availableParallelism()) },
    },
  });
  const began = performance.now();
  const firstSeed = wholeNumber("--seed", values.seed, 0);
  const histories = wholeNumber("--histories", values.histories);
  const processes = wholeNumber("--processes", values.processes);
  const onProgress = (done: number) => void process.stderr.write(`  ${done} histories\n`);
  const onStory = ({ story }: Told) => void process.stderr.write(`${story}\n\n`);
  const controller = new AbortController();
  process.on("SIGINT", () => controller.abort()); // what there is by then is still told, however often it comes
  const { signal: stop } = controller;
  const found = await runInProcesses(firstSeed, histories, { processes, onProgress, onStory, stop });
  if (found.bad.length > 0) process.exitCode = 1;

  const seconds = (performance.now() - began) / 1000;
  const { Disabled, Suspended, Enabled } = found.unpreventable;
  return [
    {
      title: `Histories from seed ${firstSeed}: ${found.bad.length} bad`,
      rows: [
        {
          histories: found.histories,
          bad: found.bad.length,
          "unpreventable, no versions": Disabled,
          "unpreventable, suspended": Suspended,
          "unpreventable, versions": Enabled,
          "a second": Math.round(found.histories / seconds),
        },
      ],
    },
    {
      title: "Objects by how they ended",
      rows: [...found.outcomes].sort(([, a], [, b]) => b - a).map(([outcome, objects]) => ({ outcome, objects })),
    },
    ...(found.despiteVersions.length > 0
      ? [{ title: "Unpreventable despite versions", rows: byGap(found.despiteVersions) }]
      : []),
  ];
}

function byGap(histories: Findings["despiteVersions"]) {
  return [...new Set(histories.map(({ why }) => why))].map((why) => {
    const seeds = histories.filter((one) => one.why === why).map(({ seed }) => seed);
    return { why, histories: seeds.length, "seeds, such as": seeds.slice(0, 3).join(" ") };
  });
}
