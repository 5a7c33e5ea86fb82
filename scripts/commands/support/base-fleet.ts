import { execFileSync } from "node:child_process";
import { basename } from "node:path";
import type { Fleet } from "../../../src/fleet/fleet";
import { FleetError } from "../../../src/fleet/mistakes";
import { parseFleet } from "../../../src/fleet/parse";
import { Stop } from "./stop";
import { readFleet } from "./work-of-fleet";

export interface BaseOptions {
  readonly baseFleet?: string;
  readonly base?: string;
}

/** The fleet's text at a revision. Null: the revision has none. @throws Stop where there is no such revision */
function textAt({ directory, file }: Fleet, revision: string): string | null {
  if (!/^\w[\w./@{}^~-]*$/.test(revision)) throw new Stop(`--base ${JSON.stringify(revision)} is no revision of git.`);
  const git = (...parameters: string[]) =>
    execFileSync("git", parameters, { cwd: directory, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  try {
    git("rev-parse", "--verify", "--quiet", `${revision}^{commit}`);
  } catch {
    throw new Stop(`git knows no commit ${revision} in ${directory}.`, "Fetch it first, or use --base-fleet.");
  }
  const path = `./${basename(file)}`;
  if (git("ls-tree", "--name-only", revision, path).trim() === "") return null;
  return git("show", `${revision}:${path}`);
}

/**
 * The fleet of the base branch, to which stages are compared.
 *
 * @returns null where the base branch has none, and undefined where nobody said where to look
 * @throws Stop
 */
export function readBaseFleet(fleet: Fleet, { baseFleet, base }: BaseOptions): Fleet | null | undefined {
  if (baseFleet !== undefined) return readFleet(baseFleet);
  if (base === undefined) return undefined;
  const text = textAt(fleet, base);
  try {
    return text === null ? null : parseFleet(text, `${base}:${fleet.file}`);
  } catch (error) {
    if (error instanceof FleetError) throw new Stop(error.mistakes);
    throw error;
  }
}
