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
}

const verdicts: Readonly<Record<Command, Readonly<Record<number, string>>>> = {
  reencrypt: {
    0: "is done: every object is encrypted as asked.",
    1: "is not finished: some objects could not be brought to the target.",
    3: "is done, but some objects cannot be converted.",
  },
  backup: { 0: "is backed up.", 1: "is not backed up: some objects failed.", 3: "is backed up, but for some objects." },
  restore: {
    0: "has every key of the backup that was asked for.",
    1: "is not restored: some objects failed, or are not as they were.",
    3: "is restored, but for some objects.",
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

const ofSample: Readonly<Partial<Record<Command, Readonly<Record<number, string>>>>> = {
  reencrypt: {
    0: "is done: every object is encrypted as asked.",
    1: "is not finished: some objects could not be brought to the target, or are not what a job's report says.",
    3: "is done as far as its jobs' reports can be relied on: not every object was read back, or some cannot be converted.",
  },
  audit: {
    0: "was sampled, and no object of the sample is wrong.",
    1: "is not compliant.",
    2: "could not be looked at in full.",
    3: "was sampled, and some objects of the sample cannot be converted, or something is waived.",
  },
};

/** To be read after the bucket's name. */
export function verdict({ command, dryRun, ended, exitCode, sweeps, sampled = false }: Standing): string {
  if (ended === "stopped") return "was interrupted. The same command goes on from here.";
  if (dryRun) return "would end up like this; nothing was changed.";
  if (ended === "unsettled") {
    return `is not finished: after ${sweeps} sweeps something still writes with another encryption.`;
  }
  const words = (sampled && ofSample[command]) || verdicts[command];
  return words[exitCode] ?? "is not finished.";
}

/** Whether it asks for anything: in words, since colour is never the only signal. */
export const standingOf = ({ ended, exitCode }: Standing): "good" | "attention" | "bad" => {
  if (ended === "stopped" || exitCode === 3) return "attention";
  return exitCode === 0 ? "good" : "bad";
};
