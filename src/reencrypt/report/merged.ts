import type { Cost, CostItem } from "../cost/cost";
import type { Counts } from "../outcome";
import type { PrefixCounts, RunFacts, Share, Summary } from "./summary";
import { verdict } from "./verdict";

/** What is not known of shards that have not come to their end. */
const INTERRUPTED = 130;

type Numbers<Name extends string> = Partial<Record<Name, number>>;

function summed<Name extends string>(all: readonly Readonly<Numbers<Name>>[]): Numbers<Name> {
  const sums: Numbers<Name> = {};
  for (const one of all) {
    for (const name in one) sums[name] = (sums[name] ?? 0) + (one[name] ?? 0);
  }
  return sums;
}

/** Adds up what has the same name, in the order of a single run's report. */
function together<T extends { readonly objects: number; readonly bytes: number }>(
  all: readonly T[],
  nameOf: (one: T) => string,
  add: (one: T, other: T) => T,
): T[] {
  const sums = new Map<string, T>();
  for (const one of all) {
    const sum = sums.get(nameOf(one));
    sums.set(nameOf(one), sum ? add(sum, one) : one);
  }
  return [...sums.values()].sort((a, b) => b.objects - a.objects || (nameOf(a) < nameOf(b) ? -1 : 1));
}

const shares = (all: readonly Share[]): Share[] =>
  together(
    all,
    ({ encryption }) => encryption,
    (one, { objects, bytes }) => ({ ...one, objects: one.objects + objects, bytes: one.bytes + bytes }),
  );

const prefixes = (all: readonly PrefixCounts[]): PrefixCounts[] =>
  together(
    all,
    ({ prefix }) => prefix ?? "",
    (one, { prefix, objects, bytes, counts }) => ({
      prefix: one.prefix ?? prefix,
      ...{ objects: one.objects + objects, bytes: one.bytes + bytes, counts: summed([one.counts, counts]) },
    }),
  );

function costs(all: readonly Cost[], basis: Cost["basis"]): Cost {
  const items = new Map<string, CostItem>();
  for (const item of all.flatMap((cost) => cost.items)) {
    const sum = items.get(item.what);
    if (!sum) items.set(item.what, item);
    else {
      const atMost = sum.dollarsAtMost !== undefined || item.dollarsAtMost !== undefined;
      const most = (sum.dollarsAtMost ?? sum.dollars) + (item.dollarsAtMost ?? item.dollars);
      items.set(item.what, {
        ...{ ...sum, amount: sum.amount + item.amount, dollars: sum.dollars + item.dollars },
        ...(atMost && { dollarsAtMost: most }),
      });
    }
  }
  const total = (of: (cost: Cost) => number) => all.reduce((sum, cost) => sum + of(cost), 0);
  return {
    ...{ items: [...items.values()], basis, unpriced: [...new Set(all.flatMap(({ unpriced }) => unpriced))] },
    dollars: total(({ dollars }) => dollars),
    dollarsAtMost: total(({ dollarsAtMost }) => dollarsAtMost),
  };
}

/** How several runs ended that are one: as the one that needs most attention. */
function ended(all: readonly Summary[]): Summary["ended"] {
  const ends = ["stopped", "unsettled", "swept"] as const;
  return ends.find((end) => all.some((one) => one.ended === end)) ?? "settled";
}

/**
 * The summary of a whole run from those of its shards: what a single run over the same objects would say.
 *
 * Times add up as well: they are of machines at work, of which there were several at a time.
 *
 * @param shards how many there are; those that nobody has begun have no summary
 */
export function mergedSummary(all: readonly [Summary, ...Summary[]], facts: RunFacts, shards: number): Summary {
  const [first] = all;
  const left = shards - all.filter((one) => one.ended !== "stopped").length;
  const codes = all.map(({ exitCode }) => exitCode);
  const standing = {
    ...{ command: first.command, dryRun: first.dryRun, sweeps: Math.max(...all.map(({ sweeps }) => sweeps)) },
    ended: left > 0 ? "stopped" : ended(all),
    exitCode: left > 0 ? INTERRUPTED : ([1, 3].find((code) => codes.includes(code)) ?? 0),
  } as const;
  const sum = (of: (one: Summary) => number): number => all.reduce((total, one) => total + of(one), 0);
  const counts = summed<keyof Counts>(all.map((one) => one.counts));
  const estimates = all.flatMap(({ estimate }) => estimate ?? []);
  return {
    format: 1,
    ...standing,
    verdict:
      left > 0
        ? `is not finished: ${shards - left} of ${shards} shards have come to their end.`
        : verdict(standing, counts),
    run: facts.id,
    bucket: first.bucket,
    request: { ...facts.request, shards },
    startedAt: facts.startedAt,
    lastAt:
      all
        .map(({ lastAt }) => lastAt)
        .sort()
        .at(-1) ?? null,
    counts,
    because: summed(all.map(({ because }) => because)),
    exceptions: sum(({ exceptions }) => exceptions),
    before: shares(all.flatMap(({ before }) => before)),
    after: shares(all.flatMap(({ after }) => after)),
    prefixes: prefixes(all.flatMap((one) => one.prefixes)),
    seconds: Number(sum(({ seconds }) => seconds).toFixed(1)),
    visits: sum(({ visits }) => visits),
    processes: sum(({ processes }) => processes),
    operations: summed(all.map(({ operations }) => operations)),
    requests: sum(({ requests }) => requests),
    throttled: { s3: sum(({ throttled }) => throttled.s3), kms: sum(({ throttled }) => throttled.kms) },
    limits: null,
    cost: costs(
      all.map(({ cost }) => cost),
      first.cost.basis,
    ),
    ...(estimates.length > 0 && { estimate: costs(estimates, first.cost.basis) }),
    versions: first.versions,
    options: first.options,
  };
}
