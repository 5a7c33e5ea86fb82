import { createInterface } from "node:readline/promises";
import { visible } from "../../../src/reencrypt/report";
import { Stop } from "./stop";

/** People's text goes to stderr, so that stdout is left for what other programs read. */
export const say = (text = ""): void => {
  process.stderr.write(`${text.split("\n").map(visible).join("\n")}\n`);
};

/** Asks before anything is changed. Where nobody can answer it is an error not to have said yes. */
export async function confirm(yes: boolean): Promise<void> {
  if (yes) return;
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new Stop(
      "Nobody is there to confirm this: standard input is not a terminal. Nothing was changed.",
      "Add --yes.",
    );
  }
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await prompt.question("Continue? [y/N] ");
    if (!/^y(es)?$/i.test(answer.trim())) throw new Stop("Not confirmed. Nothing was changed.");
  } finally {
    prompt.close();
  }
}

/** Aborted by the first Ctrl-C, which lets what is in flight finish. The second one ends the process. */
export function stopOnSignals(): AbortSignal {
  const controller = new AbortController();
  const stop = () => {
    if (controller.signal.aborted) process.exit(130);
    say("Stopping: what is in flight is being finished. Once more ends at once.");
    controller.abort();
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  return controller.signal;
}
