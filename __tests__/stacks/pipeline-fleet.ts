import type { Fleet } from "../../src/fleet/fleet";
import { parseFleet } from "../../src/fleet/parse";

/** A fleet that a repository's workflows apply: one account, which they come into from another one. */
export const pipelineFleet = (buckets: string, github = ""): Fleet =>
  parseFleet(
    `state: { backend: s3, bucket: acme-state, region: eu-west-1 }
github:
  repository: acme/at-rest
  ids: { owner: 1234567, repository: 7654321 }
  account: "999999999999"
  administratorRole: OrganizationAccountAccessRole
  ${github}
accounts:
  - name: sandbox
    id: "111111111111"
    regions: { eu-west-1: { batchOperations: true, buckets: ${buckets} } }
`,
    "/fleets/fleet.yaml",
  );
