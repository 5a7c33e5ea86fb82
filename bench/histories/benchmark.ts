import { parseArgs } from "node:util";
import type { Report } from "../report";
import type { HistoryEnd } from "./history";
import { runHistories } from "./many";

/** `npm run bench -- histories`: races between the conversion and an application, by the million. */
export async function historiesBenchmark(words: readonly string[]): Promise<readonly Report[]> {
  const { values } = parseArgs({
    args: [...words],
    options: {
      histories: { type: "string", default: "1000000" },
      seed: { type: "string", default: String(Date.now() % 2 ** 31) },
    },
  });
  const began = performance.now();
  const onProgress = (done: number) => void process.stderr.write(`  ${done} histories\n`);
  const onBad = ({ story }: HistoryEnd) => void process.stderr.write(`${story()}\n\n`);
  const controller = new AbortController();
  process.once("SIGINT", () => controller.abort()); // what there is by then is still told
  const stop = controller.signal;
  const found = await runHistories(Number(values.seed), Number(values.histories), { onProgress, onBad, stop });
  if (found.bad.length > 0) process.exitCode = 1;

  const seconds = (performance.now() - began) / 1000;
  return [
    {
      title: `Histories from seed ${found.firstSeed}: ${found.bad.length} bad`,
      rows: [
        {
          histories: found.histories,
          bad: found.bad.length,
          "unpreventable, no versions": found.unpreventable.get("Disabled") ?? 0,
          "unpreventable, suspended": found.unpreventable.get("Suspended") ?? 0,
          "unpreventable, versions": found.unpreventable.get("Enabled") ?? 0,
          "a second": Math.round(found.histories / seconds),
        },
      ],
    },
    {
      title: "Objects by how they ended",
      rows: [...found.outcomes].sort(([, a], [, b]) => b - a).map(([outcome, objects]) => ({ outcome, objects })),
    },
  ];
}
