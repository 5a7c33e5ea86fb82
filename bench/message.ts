import type { ChildProcess } from "node:child_process";

/** The next message of a process, which may also end instead: an Error with its exit code. */
export function messageOf<Message>(child: ChildProcess): Promise<Message> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null): void => reject(new Error(`${child.spawnargs.at(-1)} ended with ${code}.`));
    child.once("exit", ended);
    child.once("message", (message: Message) => {
      child.off("exit", ended);
      resolve(message);
    });
  });
}
