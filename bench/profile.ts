import { readFileSync } from "node:fs";
import { basename, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Report } from "./report";

/** What V8 writes with --cpu-prof, as far as it is read here. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
  }[];
  readonly samples: readonly number[];
  /** Microseconds since the sample before. */
  readonly timeDeltas: readonly number[];
}

const root = resolve(__dirname, "..");

/** Whose time it is: a file of ours, a package, a module of Node, or what V8 calls itself. */
export function placeOf({ functionName, url }: { readonly functionName: string; readonly url: string }): string {
  if (url === "") return functionName.startsWith("(") ? functionName : "native code";
  if (url.startsWith("node:")) return url;
  const path = url.startsWith("file:") ? relative(root, fileURLToPath(url)) : relative(root, url);
  const found = /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules\/)/.exec(path);
  return found?.[1] ?? path;
}

/** Microseconds by place, the longest first. Idle time is nobody's. */
export function timeByPlace({ nodes, samples, timeDeltas }: CpuProfile): readonly (readonly [string, number])[] {
  const places = new Map(nodes.map(({ id, callFrame }) => [id, placeOf(callFrame)]));
  const times = new Map<string, number>();
  for (const [index, id] of samples.entries()) {
    const place = places.get(id) ?? "?";
    if (place === "(idle)" || place === "(root)") continue;
    // A sample's time runs until the next one.
    times.set(place, (times.get(place) ?? 0) + (timeDeltas[index + 1] ?? 0));
  }
  return [...times].sort(([, one], [, other]) => other - one);
}

/** Where a process has spent its time: files given to --cpu-prof, by the part of the program. */
export async function profileReport(files: readonly string[]): Promise<readonly Report[]> {
  return files.map((file) => {
    const profile: CpuProfile = JSON.parse(readFileSync(file, "utf8"));
    const times = timeByPlace(profile);
    const total = times.reduce((sum, [, time]) => sum + time, 0);
    const rows = times.slice(0, 40).map(([place, time]) => ({
      place,
      ms: Math.round(time / 1000),
      "%": Number(((100 * time) / total).toFixed(1)),
    }));
    return { title: `${basename(file)}: ${Math.round(total / 1000)} ms at work`, rows };
  });
}
