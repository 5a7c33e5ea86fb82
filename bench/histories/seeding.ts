import type { SeededObject } from "../../local/s3/seed";
import type { Random } from "../random";
import { LARGE, publicRead, underKms } from "../seeded-objects";
import type { Written } from "./application";
import { ACCOUNT, type Twins, type World } from "./world";

/** What is there before anybody begins: the same in both buckets, as the years may have left it. */
export function seedKey(world: World, twins: Twins, key: string, random: Random): Written[] {
  const { versioning, acls, objectLock } = twins.traits;
  const { settings } = twins.real;
  const versions = versioning === "Disabled" ? 1 : random.pick([1, 1, 2, 3]);
  const written: Written[] = [];
  for (let index = 1; index <= versions; index++) {
    const object = chooseObject(world, random, acls, objectLock && index === versions);
    // Of a bucket with versioning suspended any version may have been written before it was.
    const as = versioning === "Suspended" ? random.pick(["Enabled", "Suspended"] as const) : settings.versioning;
    const ids = [twins.real, twins.twin].map((bucket) => {
      const { versioning: before } = bucket.settings;
      bucket.settings.versioning = as;
      world.aws.seedObject({ ...object, bucket: bucket.name, key });
      bucket.settings.versioning = before;
      return bucket.keys.get(key)?.[0].versionId ?? "";
    });
    const [real = "", twin = ""] = ids;
    if (versioning !== "Disabled") written.push({ key, real, twin, changedInPlace: false });
  }
  return written;
}

function chooseObject(
  world: World,
  random: Random,
  acls: boolean,
  mayBeHeld: boolean,
): Omit<SeededObject, "bucket" | "key"> {
  const isLarge = random.chance(0.02);
  return {
    ...(isLarge ? { size: LARGE } : { body: random.pick(["", "old", "older"]) }),
    encryption: random.pick<SeededObject["encryption"]>([
      "none",
      "none",
      "AES256",
      "AES256",
      underKms("aws:kms", world.otherKeyArn, true),
      underKms("aws:kms", world.ownKeyArn, false),
      underKms("aws:kms:dsse", world.ownKeyArn, false),
    ]),
    metadata: random.chance(0.5) ? { revision: "0", "with-dash": "a b" } : {},
    headers: random.chance(0.5) ? { ContentType: "text/csv", CacheControl: "max-age=60" } : {},
    tags: random.chance(0.5) ? { revision: "0" } : {},
    storageClass: random.pick(["STANDARD", "STANDARD", "STANDARD_IA"]),
    websiteRedirectLocation: random.chance(0.1) ? "/elsewhere" : undefined,
    lastModified: world.now() - random.pick([0, 1, 86_400_000]),
    ...(acls && random.chance(0.3) ? { grants: publicRead(ACCOUNT) } : {}),
    ...(mayBeHeld && random.chance(0.1) ? { legalHold: "ON" as const } : {}),
  };
}
