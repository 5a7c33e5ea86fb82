import type { Fleet, FleetBucket, Target } from "../../fleet/fleet";
import { bucketsOutside } from "../../fleet/outside";
import { entryOf } from "./entry";
import type { DiscoveredAccount, DiscoveredBucket } from "./found";
import { type Guess, guess, pointersIn } from "./guess";

/** What a fleet and what is there do not agree about. */
export type Difference =
  | {
      readonly is: "new";
      readonly bucket: string;
      readonly account: string;
      readonly region: string;
      /** YAML for the fleet, not indented. */
      readonly entry: readonly string[];
    }
  | { readonly is: "gone"; readonly bucket: string; readonly account: string; readonly region: string }
  | { readonly is: "elsewhere"; readonly bucket: string; readonly fleet: string; readonly found: string }
  | {
      readonly is: "differs";
      readonly bucket: string;
      readonly field: "class" | "encryption" | "policy" | "defaultEncryption" | "sourceKeys";
      readonly fleet: string;
      readonly found: string;
      readonly because: readonly string[];
    };

interface Claimed {
  readonly target: Target;
  readonly bucket: FleetBucket;
}

const placeOf = (account: string, region: string): string => `${account} in ${region}`;

/** A guess is held against the fleet only where it asks for more than the fleet says: nobody sees everything. */
function guessDifferences({ bucket }: Claimed, found: Guess): Difference[] {
  const differs = (
    field: Extract<Difference, { is: "differs" }>["field"],
    fleet: string,
    seen: string,
  ): Difference[] => [{ is: "differs", bucket: bucket.name, field, fleet, found: seen, because: found.because }];
  const [first] = found.classes;
  // A lock is a fact, and beats whatever else a bucket is.
  const fits =
    first === undefined || (first === "object-locked" ? bucket.class === first : found.classes.includes(bucket.class));
  const keys = found.sourceKeys.filter((arn) => !bucket.sourceKeys.includes(arn) && arn !== bucket.keyArn);
  return [
    ...(fits ? [] : differs("class", bucket.class, first)),
    ...(found.needsAes256 && bucket.encryption !== "AES256" ? differs("encryption", bucket.encryption, "AES256") : []),
    ...(found.external && bucket.policy === "own" ? differs("policy", "own", "external") : []),
    ...(found.external && bucket.defaultEncryption === "own" ? differs("defaultEncryption", "own", "external") : []),
    // From stage encrypt on the default key is the one that the fleet asked for.
    ...(bucket.stage === "prepare" && keys.length > 0
      ? differs("sourceKeys", `[${bucket.sourceKeys.join(", ")}]`, keys.join(", "))
      : []),
  ];
}

function bucketDifferences(claimed: Claimed, found: DiscoveredBucket, seen: Guess): Difference[] {
  const { target, bucket } = claimed;
  if (bucket.stage === "released") return [];
  const [fleet, is] = [placeOf(target.account.id, target.region), placeOf(found.account, found.region)];
  if (fleet !== is) return [{ is: "elsewhere", bucket: bucket.name, fleet, found: is }];
  return guessDifferences(claimed, seen);
}

const byName = (one: DiscoveredBucket, other: DiscoveredBucket): number => (one.name < other.name ? -1 : 1);

/**
 * What is new, gone, elsewhere, or not as the fleet says. Buckets are in the order of their names, in that of these four.
 *
 * An account that was not looked at, or could not be listed, has nothing that is gone.
 */
export function compareFleet(fleet: Fleet, accounts: readonly DiscoveredAccount[]): Difference[] {
  const found = accounts.flatMap(({ buckets }) => buckets).sort(byName);
  const pointers = pointersIn(found);
  const claims = fleet.targets.flatMap((target) => target.buckets.map((bucket): Claimed => ({ target, bucket })));
  const byBucket = new Map(claims.map((claimed) => [claimed.bucket.name, claimed]));
  const there = new Set([...found.map(({ name }) => name), ...accounts.flatMap(({ unread }) => unread)]);
  const listed = new Set(accounts.filter((account) => account.listed).map(({ id }) => id));
  const absent = claims
    .filter(({ target, bucket }) => listed.has(target.account.id) && !there.has(bucket.name))
    // One that Terraform or somebody else is still to make.
    .filter(({ bucket }) => !bucket.newBucket)
    .sort((one, other) => (one.bucket.name < other.bucket.name ? -1 : 1));
  const known = found.flatMap((bucket) => {
    const claimed = byBucket.get(bucket.name);
    return claimed ? bucketDifferences(claimed, bucket, guess(bucket, pointers)) : [];
  });
  return [
    ...bucketsOutside(fleet, found).map(
      (bucket): Difference => ({
        is: "new",
        bucket: bucket.name,
        account: bucket.account,
        region: bucket.region,
        entry: entryOf(bucket, guess(bucket, pointers)).lines,
      }),
    ),
    ...absent.map(
      ({ target, bucket }): Difference => ({
        is: "gone",
        bucket: bucket.name,
        account: target.account.id,
        region: target.region,
      }),
    ),
    ...known.filter(({ is }) => is === "elsewhere"),
    ...known.filter(({ is }) => is === "differs"),
  ];
}
