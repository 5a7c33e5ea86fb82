import { App } from "cdktf";
import { pipelineAccounts } from "./src/fleet/github";
import { fleetFile, loadFleet } from "./src/fleet/load";
import { FleetError } from "./src/fleet/mistakes";
import { BootstrapStack } from "./stacks/bootstrap-stack";

try {
  const app = new App({ outdir: process.env["CDKTF_OUTDIR"] ?? "bootstrap.out" });
  const file = fleetFile();
  const fleet = loadFleet(file);
  const { github, state } = fleet;
  if (!github || state.backend !== "s3") {
    throw new FleetError(file, [`${file}: github: is missing; it says which repository plans and applies the fleet.`]);
  }
  for (const account of pipelineAccounts(fleet)) {
    new BootstrapStack(app, `bootstrap-${account.name}`, { fleet: { ...fleet, github, state }, account });
  }
  app.synth();
} catch (error) {
  if (!(error instanceof FleetError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
