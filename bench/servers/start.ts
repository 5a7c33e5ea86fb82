import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import type { Ask, Filling, Found, Goal, Ready, Tell } from "./protocol";

export const serverNames = ["null", "local"] as const;
export type ServerName = (typeof serverNames)[number];

/** A server in a process of its own. */
export interface RunningServer {
  /** A fresh bucket, in place of the one before. */
  fill(objects: number, filling: Filling): Promise<Ready>;
  /** What was done to it, and what became of it. */
  look(goal: Goal): Promise<Found>;
  stop(): void;
}

function next(child: ChildProcess): Promise<Tell> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null): void => reject(new Error(`The server ended with ${code}.`));
    child.once("exit", ended);
    child.once("message", (tell: Tell) => {
      child.off("exit", ended);
      resolve(tell);
    });
  });
}

/** Starts one, and waits until it listens. */
export async function startServer(name: ServerName): Promise<RunningServer> {
  const child = fork(join(__dirname, `${name}.ts`), { execArgv: ["--require", require.resolve("tsx/cjs")] });
  const ask = async (one: Ask): Promise<Tell> => {
    const answer = next(child);
    child.send(one);
    return answer;
  };
  await next(child);
  return {
    fill: async (objects, filling) => {
      const told = await ask({ ask: "fill", objects, filling });
      if (told.tell !== "ready") throw new Error(`The server told ${told.tell} instead of being ready.`);
      return told;
    },
    look: async (goal) => {
      const told = await ask({ ask: "look", goal });
      if (told.tell !== "found") throw new Error(`The server told ${told.tell} instead of what it found.`);
      return told;
    },
    stop: () => void child.kill(),
  };
}
