import type { Fleet, FleetBucket, Target } from "./fleet";
import type { BucketSnapshot } from "./snapshot";

const needsSnapshot = (bucket: FleetBucket): boolean =>
  (bucket.stage === "encrypt" || bucket.stage === "enforce") && !bucket.newBucket;

function bucketMistakes(target: Target, bucket: FleetBucket, snapshot: BucketSnapshot | undefined): string[] {
  if (!snapshot) {
    return needsSnapshot(bucket)
      ? [
          `${bucket.name}: stage ${bucket.stage} has no snapshot of what is live: run at-rest snapshot --bucket ${bucket.name}, and commit the file`,
        ]
      : [];
  }
  const mistakes: string[] = [];
  if (snapshot.account !== target.account.id || snapshot.region !== target.region) {
    mistakes.push(
      `${bucket.name}: the snapshot is of account ${snapshot.account} in ${snapshot.region}, the fleet has it in ${target.account.id} in ${target.region}`,
    );
  }
  if (snapshot.objectLock && bucket.class !== "object-locked") {
    mistakes.push(
      `${bucket.name}: the snapshot says that Object Lock is on, so its class has to be object-locked, not ${bucket.class}`,
    );
  }
  return mistakes;
}

/**
 * What is wrong between a fleet and its snapshots.
 *
 * A snapshot without a bucket in the fleet is a mistake: taking an entry out would let Terraform destroy what it
 * manages of the bucket, with the policy that was there before us. A bucket leaves through stage released.
 */
export function snapshotMistakes(fleet: Fleet, snapshots: ReadonlyMap<string, BucketSnapshot>): string[] {
  const known = new Set(fleet.targets.flatMap((target) => target.buckets.map((bucket) => bucket.name)));
  const found = fleet.targets.flatMap((target) =>
    target.buckets.flatMap((bucket) => bucketMistakes(target, bucket, snapshots.get(bucket.name))),
  );
  const orphans = [...snapshots.values()]
    .filter((snapshot) => !known.has(snapshot.bucket))
    .map(
      ({ account, region, bucket }) =>
        `snapshots/${account}/${region}/${bucket}.json has no bucket in the fleet: put it back, take it to stage released, apply, and remove entry and snapshot together`,
    );
  return [...found, ...orphans].map((mistake) => `${fleet.file}: ${mistake}.`);
}
