import { loadFleet } from "../src/fleet/load";
import { FleetError } from "../src/fleet/mistakes";

// Prints which waves the fleet has, as an output of a GitHub job. deploy.yml has a job for each, which runs if it is named.

/** The last wave that deploy.yml has a job for. */
const last = 2;

try {
  const waves = loadFleet(process.argv[2] ?? "fleet.yaml").targets.map(({ account }) => account.wave);
  const beyond = waves.find((wave) => wave > last);
  if (beyond !== undefined) {
    console.error(
      `The fleet has a wave ${beyond}, and deploy.yml has jobs up to wave ${last}: add one, and say so here.`,
    );
    process.exitCode = 2;
  } else console.log(`waves=${JSON.stringify([...new Set(waves)].sort((a, b) => a - b))}`);
} catch (error) {
  if (!(error instanceof FleetError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
