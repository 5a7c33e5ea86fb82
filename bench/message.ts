import type { ChildProcess } from "node:child_process";

/**
 * The next message of a process, which may also end instead: an Error with its exit code, or the signal.
 *
 * @param name what the error calls it. @default its program
 */
export function messageOf<Message>(child: ChildProcess, name = child.spawnargs.at(-1)): Promise<Message> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null, signal: string | null): void =>
      reject(new Error(`${name} ended with ${code ?? signal}.`));
    child.once("exit", ended);
    child.once("message", (message: Message) => {
      child.off("exit", ended);
      resolve(message);
    });
  });
}
