import { createInterface } from "node:readline/promises";
import { visible } from "../../../src/reencrypt/report";
import { Stop } from "./stop";

/** Takes a line of progress away, which has no end of its own. */
const clearLine = (): string => (process.stderr.isTTY ? "\r\x1b[K" : "");

/**
 * People's text goes to stderr, so that stdout is left for what other programs read. One line: a key with a line end in it
 * must not write one of its own.
 */
export const say = (line = ""): void => {
  process.stderr.write(`${clearLine()}${visible(line)}\n`);
};

/** What is wrong, and what to do about it. @param about before the first line. @default nothing */
export function sayError(error: Error & { readonly remedy?: string }, about = ""): void {
  const lines = error instanceof Stop ? error.lines : [error.message];
  for (const [index, line] of lines.entries()) say(index === 0 ? `${about}${line}` : line);
  if (error.remedy) say(error.remedy);
}

/** Where an error comes from, if `--debug` asks for it. */
export function sayOrigin(error: Error): void {
  if (process.argv.includes("--debug") && error.stack) for (const line of error.stack.split("\n")) say(line);
}

/** What ended the work on one bucket, where the others go on. */
export function sayStop(bucket: string, stop: Error & { readonly remedy?: string }): void {
  const name = `s3://${bucket}`;
  sayError(stop, stop.message.startsWith(name) ? "" : `${name}: `);
  sayOrigin(stop);
}

/**
 * Asks before anything is changed. Where nobody can answer it is an error not to have said yes.
 *
 * @throws Stop unless somebody said yes: Ctrl-C, and an input that ends, are none
 */
export async function confirm(
  yes: boolean,
  input: NodeJS.ReadableStream & { readonly isTTY?: boolean } = process.stdin,
  output: NodeJS.WritableStream & { readonly isTTY?: boolean } = process.stderr,
): Promise<void> {
  if (yes) return;
  if (!input.isTTY || !output.isTTY) {
    throw new Stop(
      "Nobody is there to confirm this: standard input is not a terminal. Nothing was changed.",
      "Add --yes.",
    );
  }
  const prompt = createInterface({ input, output });
  const answered = new Promise<string>((done, failed) => {
    prompt.once("SIGINT", () => failed(new Stop("Interrupted. Nothing was changed.", undefined, 130)));
    prompt.once("close", () => done(""));
    prompt.question("Continue? [y/N] ").then(done, () => done(""));
  });
  try {
    const answer = await answered;
    if (!/^y(es)?$/i.test(answer.trim())) throw new Stop("Not confirmed. Nothing was changed.");
  } finally {
    prompt.close();
  }
}

/**
 * Aborted by the first Ctrl-C, or after so many minutes, which lets what is in flight finish. A second Ctrl-C ends the process.
 *
 * @param stopAfter minutes. @default no limit
 */
export function stopOnSignals(stopAfter?: number): AbortSignal {
  const controller = new AbortController();
  const stop = (when: string, then: string) => {
    if (controller.signal.aborted) return;
    say(`Stopping${when}: what is in flight is being finished. ${then} ends at once.`);
    controller.abort();
  };
  const interrupted = () => {
    if (controller.signal.aborted) process.exit(130);
    stop("", "Once more");
  };
  process.on("SIGINT", interrupted);
  process.on("SIGTERM", interrupted);
  if (stopAfter !== undefined) {
    // Unreferenced: a command that is done sooner does not wait for it.
    setTimeout(() => stop(` after ${stopAfter} min`, "Ctrl-C"), stopAfter * 60_000).unref();
  }
  return controller.signal;
}
