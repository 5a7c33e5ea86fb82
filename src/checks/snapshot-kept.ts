import type { FleetBucket } from "../fleet/fleet";
import type { BucketOutput } from "../fleet/outputs";
import type { BucketSnapshot, FullSnapshot } from "../fleet/snapshot";
import { withoutPrincipals } from "./orphans";

type DefaultEncryption = BucketSnapshot["defaultEncryption"];

/** S3 shows nothing or `NONE` where no type is blocked. */
const blocked = ({ blockedEncryptionTypes }: Pick<DefaultEncryption, "blockedEncryptionTypes">): string =>
  [...blockedEncryptionTypes]
    .filter((type) => type !== "NONE")
    .sort()
    .join();

/** Once our own default encryption is live, what was there before it is kept. */
function encryptionBeforeUs(
  live: DefaultEncryption,
  before: DefaultEncryption | undefined,
  own: BucketOutput | undefined,
  blockSseC: boolean,
): DefaultEncryption {
  const isOwn =
    own?.encryption === live.algorithm && own.keyArn === live.keyArn && own.bucketKey === live.bucketKey && before;
  if (!isOwn) return live;
  const asWeLeaveIt = blocked(live) === blocked(before) || (blockSseC && blocked(live) === "SSE-C");
  // Somebody else blocked or unblocked a type since then: that is theirs, and a difference.
  return asWeLeaveIt ? before : { ...before, blockedEncryptionTypes: live.blockedEncryptionTypes };
}

/**
 * What a snapshot says of a bucket: what is live, but for what this project does there itself, so that an apply of ours
 * changes no byte of it.
 *
 * @param before the snapshot that is there already
 * @param own what the bucket's stack has answered, once there is one
 */
export const snapshotToKeep = (
  live: FullSnapshot,
  { dropPrincipals, blockSseC }: Pick<FleetBucket, "dropPrincipals" | "blockSseC">,
  before: BucketSnapshot | undefined,
  own: BucketOutput | undefined,
): FullSnapshot => ({
  ...live,
  policy: withoutPrincipals(live.policy, dropPrincipals),
  defaultEncryption: encryptionBeforeUs(live.defaultEncryption, before?.defaultEncryption, own, blockSseC),
});
