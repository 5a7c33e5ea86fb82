import type { Fleet, FleetBucket, Target } from "../../src/fleet/fleet";
import { parseFleet } from "../../src/fleet/parse";

/** A fleet of one account and region. `buckets` is the YAML of the list. */
export const fleetOf = (buckets: string, more: { account?: string; region?: string; state?: string } = {}): Fleet =>
  parseFleet(
    `state: ${more.state ?? "{ backend: local, directory: state }"}
accounts:
  - name: sandbox
    id: "111111111111"
    ${more.account ?? "wave: 0"}
    regions:
      eu-west-1:
        ${more.region ?? "backupRetentionInDays: 90"}
        buckets: ${buckets}
`,
    "/fleets/fleet.yaml",
  );

export function targetOf(fleet: Fleet): Target {
  const [target] = fleet.targets;
  if (!target) throw new Error("the fleet has no target");
  return target;
}

export function bucketOf(settings: string): { target: Target; bucket: FleetBucket } {
  const target = targetOf(fleetOf(`[{ name: acme-uploads, ${settings} }]`));
  const [bucket] = target.buckets;
  if (!bucket) throw new Error("the fleet has no bucket");
  return { target, bucket };
}
