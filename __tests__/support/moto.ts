import { type ChildProcess, spawn } from "node:child_process";

/** moto's own server, of a test that asks it over HTTP. */
export async function startMoto(program: string): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const child = spawn(program, ["-H", "127.0.0.1", "-p", "0"], { stdio: ["ignore", "ignore", "pipe"] });
  return {
    url: await urlOf(child),
    stop: () =>
      new Promise<void>((ended) => {
        child.once("close", () => ended());
        if (!child.kill()) ended();
      }),
  };
}

const urlOf = (child: ChildProcess): Promise<string> =>
  new Promise((found, reject) => {
    let said = "";
    child.stderr?.on("data", (piece) => {
      said += piece;
      const url = /Running on (http:\/\/[\d.:]+)/.exec(said)?.[1];
      if (url !== undefined) found(url);
    });
    child.once("error", reject);
    child.once("close", (code) => reject(new Error(`moto_server ended with ${code}: ${said}`)));
  });
