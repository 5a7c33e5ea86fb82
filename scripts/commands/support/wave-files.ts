import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatWaveState, parseWaveState, type WaveState } from "../../../src/rollout/state";
import { Stop } from "./stop";

export const waveDirectory = (directory: string, wave: number): string => join(directory, `wave-${wave}`);
const statePath = (directory: string, wave: number): string => join(waveDirectory(directory, wave), "state.json");

/** What is known of a wave. Nothing: it was never rolled out from here. @throws Stop if the file is not whole */
export function readWave(directory: string, wave: number): WaveState | undefined {
  const path = statePath(directory, wave);
  if (!existsSync(path)) return undefined;
  try {
    return parseWaveState(readFileSync(path, "utf8"));
  } catch {
    throw new Stop(
      `${path} is no state of a rollout: it was cut or edited, or is another version's.`,
      "Add --new-run to begin the wave anew; every step looks first at what is there already.",
    );
  }
}

/** Whole or not at all, whenever the process is killed. */
export function writeWave(directory: string, state: WaveState): void {
  const path = statePath(directory, state.wave);
  mkdirSync(waveDirectory(directory, state.wave), { recursive: true });
  writeFileSync(`${path}.new`, formatWaveState(state), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}
