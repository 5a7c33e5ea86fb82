import { basename } from "node:path";
import type { Terraform } from "../../../src/rollout/terraform";
import { say } from "./terminal";

const MINUTE = 60_000;

/**
 * Says every minute which stack Terraform is at work on, and for how long.
 *
 * Terraform has no time limit, and gets none here: an apply that is killed loses what it has not yet written into its
 * state, and leaves its lock. Somebody who sees that nothing goes on can stop it in order with Ctrl-C.
 */
export const watched =
  (run: Terraform): Terraform =>
  async (directory, parameters) => {
    const [command] = parameters;
    let minutes = 0;
    const tell = () => say(`${basename(directory)}: terraform ${command} has been at work for ${++minutes} min`);
    const timer = setInterval(tell, MINUTE);
    try {
      return await run(directory, parameters);
    } finally {
      clearInterval(timer);
    }
  };
