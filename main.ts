import { App } from "cdktf";
import { fleetFile, loadFleet, loadSnapshots } from "./src/fleet/load";
import { FleetError } from "./src/fleet/mistakes";
import { EncryptionStack } from "./stacks/encryption-stack";

try {
  const app = new App();
  const fleet = loadFleet(fleetFile()); // throws once, with every mistake in it
  const snapshots = loadSnapshots(fleet);
  for (const target of fleet.targets) {
    new EncryptionStack(app, target.stackName, { fleet, target, snapshots });
  }
  app.synth();
} catch (error) {
  if (!(error instanceof FleetError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
