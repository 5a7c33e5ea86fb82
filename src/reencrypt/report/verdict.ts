export type Command = "reencrypt" | "backup" | "audit";

/** How a run stands: the first sentence that anybody reads. */
export interface Standing {
  readonly command: Command;
  readonly dryRun: boolean;
  readonly ended: "settled" | "swept" | "unsettled" | "stopped";
  readonly exitCode: number;
  readonly sweeps: number;
}

const verdicts: Readonly<Record<Command, Readonly<Record<number, string>>>> = {
  reencrypt: {
    0: "is done: every object is encrypted as asked.",
    1: "is not finished: some objects could not be brought to the target.",
    3: "is done, but some objects cannot be converted.",
  },
  backup: { 0: "is backed up.", 1: "is not backed up: some objects failed.", 3: "is backed up, but for some objects." },
  audit: {
    0: "is compliant: every object is encrypted as asked.",
    1: "is not compliant.",
    3: "is compliant, but for objects that cannot be converted.",
  },
};

/** To be read after the bucket's name. */
export function verdict({ command, dryRun, ended, exitCode, sweeps }: Standing): string {
  if (ended === "stopped") return "was interrupted. The same command goes on from here.";
  if (dryRun) return "would end up like this; nothing was changed.";
  if (ended === "unsettled") {
    return `is not finished: after ${sweeps} sweeps something still writes with another encryption.`;
  }
  return verdicts[command][exitCode] ?? "is not finished.";
}

/** Whether it asks for anything: in words, since colour is never the only signal. */
export const standingOf = ({ ended, exitCode }: Standing): "good" | "attention" | "bad" => {
  if (ended === "stopped" || exitCode === 3) return "attention";
  return exitCode === 0 ? "good" : "bad";
};
