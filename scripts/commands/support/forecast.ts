import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { grouped } from "../../../src/reencrypt/report";
import type { Summary } from "../../../src/reencrypt/report/summary";
import { bytesInWords, costLine, counted } from "../../../src/reencrypt/report/words";
import type { Expected } from "./progress";
import { directoryOf, type RunScope, requestOf } from "./run-scope";

/** Requests that a count may cost before anybody has said yes. */
const PAGES = 10;
const PAGE_SIZE = 1000;

export interface Forecast {
  readonly lines: readonly string[];
  /** Nothing where it was not counted: nobody makes a number up. */
  readonly expected?: Expected;
}

/** What a run is going to meet: as a dry run of the same work has found it since the last run, else as far as a few lists show. */
export async function forecast(scope: RunScope): Promise<Forecast> {
  const found = await newestEnded({ ...scope, dryRun: true });
  if (!found || (await newestEnded({ ...scope, dryRun: false }, found.lastAt ?? found.startedAt))) return listed(scope);
  const objects = found.before.reduce((sum, share) => sum + share.objects, 0);
  const bytes = found.before.reduce((sum, share) => sum + share.bytes, 0);
  const { updated = 0, copied = 0, copiedInParts = 0, cannot = 0 } = found.counts;
  const copies = copied + copiedInParts;
  return {
    expected: { objects, exact: true },
    lines: [
      `  found   ${counted(objects, "object")}, ${bytesInWords(bytes)}; ${counted(updated, "update")}, ${counted(copies, "copy", "copies")}, ${grouped(cannot)} cannot be done (dry run of ${found.startedAt})`,
      ...(found.estimate ? [`  cost    ${costLine(found.estimate)}`] : []),
    ],
  };
}

/** @param after ISO 8601. @default any time */
async function newestEnded(scope: RunScope, after = ""): Promise<Summary | undefined> {
  const directory = directoryOf(scope);
  const names = await readdir(directory).catch(() => []); // none was made yet
  // A run journals the engine that it found to work.
  const asked = Object.entries(requestOf(scope)).filter(([what]) => scope.dryRun || what !== "engine");
  for (const name of names.sort().reverse()) {
    const text = await readFile(join(directory, name, "report", "summary.json"), "utf8").catch(() => undefined);
    if (text === undefined) continue; // interrupted, or not a run
    const summary: Summary = JSON.parse(text);
    const isSame = asked.every(([what, value]) => summary.request[what] === value);
    if (isSame && summary.ended !== "stopped" && (summary.lastAt ?? summary.startedAt) > after) return summary;
  }
  return undefined;
}

async function listed({ connection, options, versions }: RunScope): Promise<Forecast> {
  if (versions === "all")
    return { lines: ["  about   how many versions there are is not known: --dry-run counts them"] };
  let objects = 0;
  let bytes = 0;
  let after: string | undefined;
  for (let page = 0; page < PAGES; page++) {
    const answer = await connection.store.list({ after, prefix: options.prefix, limit: PAGE_SIZE });
    if (answer.is !== "done") return { lines: [] }; // the run says what is wrong, where it matters
    objects += answer.value.objects.length;
    bytes += answer.value.objects.reduce((sum, { size }) => sum + size, 0);
    after = answer.value.objects.at(-1)?.key;
    if (!answer.value.more) {
      const lines = [
        `  about   ${counted(objects, "object")}, ${bytesInWords(bytes)}; --dry-run says what they need, and the cost`,
      ];
      return { expected: { objects, exact: false }, lines };
    }
  }
  return { lines: [`  about   more than ${grouped(objects)} objects: --dry-run counts them, and says what they cost`] };
}
