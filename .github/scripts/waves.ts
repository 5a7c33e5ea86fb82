import { loadFleet } from "../../src/fleet/load";

// A job for each wave is written down in deploy.yml; which of them have something to do is the fleet's to say.
const waves = loadFleet(process.argv[2] ?? "fleet.yaml").targets.map(({ account }) => account.wave);
const known = [...new Set(waves)].sort((a, b) => a - b);
const most = 2;
const beyond = known.find((wave) => wave > most);
if (beyond !== undefined)
  throw new Error(`The fleet has wave ${beyond}, and deploy.yml jobs up to wave ${most}: add one.`);
console.log(`waves=${JSON.stringify(known)}`);
