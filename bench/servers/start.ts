import { forkBundled } from "../bundled";
import { messageOf } from "../message";
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

/** Starts one, and waits until it listens. */
export async function startServer(name: ServerName): Promise<RunningServer> {
  const child = await forkBundled(`servers/${name}.ts`);
  const ask = async (one: Ask): Promise<Tell> => {
    const answer = messageOf<Tell>(child);
    child.send(one);
    return answer;
  };
  await messageOf<Tell>(child);
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
