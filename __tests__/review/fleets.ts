import type { Fleet, Stage } from "../../src/fleet/fleet";
import { parseFleet } from "../../src/fleet/parse";

export const account = "111111111111";
export const stack = "sandbox-eu-west-1";
export const bucket = "acme-uploads";

export interface Stages {
  readonly uploads: Stage;
  readonly reports: Stage;
}

/** The fleet that the plans of this folder are of. `more` is said of acme-uploads. */
export const fleetText = ({ uploads, reports }: Stages, more = ""): string => `
state: { backend: local, directory: state }
accounts:
  - name: sandbox
    id: "${account}"
    regions:
      eu-west-1:
        buckets:
          - { name: ${bucket}, stage: ${uploads}${more} }
          - { name: acme-reports, stage: ${reports}, encryption: AES256 }
`;

export const fleetAt = (stages: Stages, more = ""): Fleet => parseFleet(fleetText(stages, more), "/fleets/fleet.yaml");
