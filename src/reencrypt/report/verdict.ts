import type { Counts } from "../outcome";
import { grouped } from "../report";
import { counted } from "./words";

export const commands = ["reencrypt", "backup", "restore", "audit", "key-usage"] as const;
export type Command = (typeof commands)[number];

/** How a run stands: the first sentence that anybody reads. */
export interface Standing {
  readonly command: Command;
  readonly dryRun: boolean;
  readonly ended: "settled" | "swept" | "unsettled" | "stopped";
  readonly exitCode: number;
  readonly sweeps: number;
  /** Only some of the objects were looked at, chosen at random; of a re-encryption: of those that its jobs have updated. @default false */
  readonly sampled?: boolean;
  /** Only those that an inventory names were looked at. @default false */
  readonly named?: boolean;
}

const objects = (count = 0): string => counted(count, "object");

/** What keeps an object from being as it was asked to be, the worst first. Verbs come for one and for many. */
const leftBehind = [
  ["failed", "failed", "failed"],
  ["notAsReported", "is not as its job's report says", "are not as their job's report says"],
  ["notAsBefore", "is not as before", "are not as before"],
  ["cannot", "cannot be converted", "cannot be converted"],
] as const;

/** As in "2 objects failed, 41 cannot be converted". */
function left(counts: Counts): string {
  return leftBehind
    .filter(([outcome]) => counts[outcome])
    .map(([outcome, one, many], index) => {
      const count = counts[outcome] ?? 0;
      return `${index === 0 ? objects(count) : grouped(count)} ${count === 1 ? one : many}`;
    })
    .join(", ");
}

type Sentence = string | ((counts: Counts) => string);

const verdicts: Readonly<Record<Command, Readonly<Record<number, Sentence>>>> = {
  reencrypt: {
    0: "is done: every object is encrypted as asked.",
    1: (counts) => `is not finished: ${left(counts)}.`,
    3: (counts) => `is done, but ${left(counts)}.`,
  },
  backup: {
    0: "is backed up.",
    1: ({ failed }) => `is not backed up: ${objects(failed)} failed.`,
    3: ({ cannot }) => `is backed up, but for ${objects(cannot)}.`,
  },
  restore: {
    0: "has every key of the backup that was asked for.",
    1: ({ failed, notAsBefore }) => `is not restored: ${left({ failed, notAsBefore })}.`,
    3: ({ cannot }) => `is restored, but for ${objects(cannot)}.`,
  },
  audit: {
    0: "is compliant: every object is encrypted as asked.",
    1: "is not compliant.",
    2: "could not be looked at in full.",
    3: "is compliant, but for what cannot be converted or is waived.",
  },
  "key-usage": {
    0: "has no object under the key.",
    1: "has objects under the key.",
    2: "could not be looked at in full.",
  },
};

const ofSample: Readonly<Partial<Record<Command, Readonly<Record<number, Sentence>>>>> = {
  reencrypt: {
    ...verdicts.reencrypt,
    3: (counts) =>
      `is done as far as its jobs' reports can be relied on: not every object was read back${counts.cannot ? `, and ${left(counts)}` : ""}.`,
  },
  audit: {
    0: "was sampled, and no object of the sample is wrong.",
    1: "is not compliant.",
    2: "could not be looked at in full.",
    3: "was sampled, and some objects of the sample cannot be converted, or something is waived.",
  },
};

const ofNamed: Readonly<Record<number, Sentence>> = {
  0: "has been through what the inventory names. No other object was looked at.",
  1: (counts) => `is not finished: of what the inventory names ${left(counts)}. No other object was looked at.`,
  3: (counts) => `has been through what the inventory names, but ${left(counts)}. No other object was looked at.`,
};

/**
 * To be read after the bucket's name.
 *
 * @param counts what came of the objects, of which it says how many were left
 */
export function verdict(
  { command, dryRun, ended, exitCode, sweeps, sampled, named }: Standing,
  counts: Counts,
): string {
  if (ended === "stopped") return "was interrupted. The same command goes on from here.";
  if (dryRun) return "would end up like this; nothing was changed.";
  if (ended === "unsettled") {
    return `is not finished: after ${sweeps} sweeps something still writes with another encryption.`;
  }
  const words = (sampled && ofSample[command]) || (named && ofNamed) || verdicts[command];
  const sentence = words[exitCode] ?? "is not finished.";
  return typeof sentence === "string" ? sentence : sentence(counts);
}

/** Whether it asks for anything: in words, since colour is never the only signal. */
export const standingOf = ({ ended, exitCode }: Standing): "good" | "attention" | "bad" => {
  if (ended === "stopped" || exitCode === 3) return "attention";
  return exitCode === 0 ? "good" : "bad";
};
