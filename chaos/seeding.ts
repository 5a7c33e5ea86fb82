import { createHash } from "node:crypto";
import { type Random, seeded } from "../bench/random";
import { LARGE, publicRead, toOwner, underKms } from "../bench/seeded-objects";
import type { SeededObject } from "../local/s3/seed";
import type { Bucket } from "../local/s3/state";
import type { Scenario } from "./scenario";
import { ACCOUNT, type World } from "./world";

/** All seeded objects are from before it, so that what was written since can be told. */
export const LONG_AGO = Date.UTC(2022, 5, 1);
const OTHER_ACCOUNT = "222222222222";

const awkward = [
  "/leading",
  "a//b",
  "a/",
  "Ünïcode/ž",
  "\u{1f40e}/horse",
  "\uffee before the horse in UTF-8 only",
  "line\nbreak",
  "bell\u0007",
  "xml\uffff",
  "plus+percent%2Fspace ",
  "?&=#",
  `${"long/".repeat(180)}tail`,
  `${"long/".repeat(180)}tail2`,
];

function keysOf(count: number, random: Random): string[] {
  const keys = new Set(awkward);
  while (keys.size < count) {
    const folder = random.pick(["", "logs/2024/", "logs/2025/", "images/", "images/thumbnails/", "~"]);
    keys.add(`${folder}${Math.floor(random.next() * 16 ** 6).toString(16)}`);
  }
  return [...keys].slice(0, count);
}

/** Fills a bucket as years may have left it. The same seed gives every bucket of a world the same. */
export async function seedBucket(world: World, bucket: Bucket, scenario: Scenario, count: number, seed: number) {
  const random = seeded(seed);
  const { settings } = bucket;
  const versioned = scenario.versioning !== "Disabled";
  let age = 0;
  for (const [index, key] of keysOf(count, random).entries()) {
    const versions = versioned ? random.pick([1, 1, 1, 2, 3]) : 1;
    for (let version = 1; version <= versions; version++) {
      // Of a bucket with versioning suspended any version may have been written before it was.
      settings.versioning = versioned
        ? scenario.versioning === "Suspended"
          ? random.pick(["Enabled", "Suspended"])
          : "Enabled"
        : undefined;
      const isLarge = index % 150 === 100 && version === versions;
      const object = chooseObject(world, random, scenario, isLarge, version === versions);
      world.aws.seedObject({ ...object, bucket: bucket.name, key, lastModified: LONG_AGO + 1000 * age++ });
    }
    // A delete marker on top, where the key needs no escapes.
    if (versioned && /^[a-z/0-9]+$/.test(key) && random.chance(0.05)) {
      await world.ask("s3", { method: "DELETE", path: `/${bucket.name}/${key}` });
    }
  }
  settings.versioning = scenario.versioning === "Disabled" ? undefined : scenario.versioning;
  // Somebody's upload, which is nobody else's to end.
  await world.ask("s3", { method: "POST", path: `/${bucket.name}/theirs`, query: "uploads=" });
}

function chooseObject(
  { keys }: World,
  random: Random,
  { acls, objectLock }: Scenario,
  isLarge: boolean,
  isCurrent: boolean,
): Omit<SeededObject, "bucket" | "key"> {
  const customerKey = { key: Buffer.alloc(32, 7), md5: createHash("md5").update(Buffer.alloc(32, 7)).digest("base64") };
  const encryption = random.pick<SeededObject["encryption"]>([
    "none",
    "none",
    "none",
    "AES256",
    "AES256",
    "AES256",
    underKms("aws:kms", keys.other, true),
    underKms("aws:kms", keys.own, false),
    underKms("aws:kms", keys.own, true),
    underKms("aws:kms:dsse", keys.own, false),
  ]);
  const rare: SeededObject["encryption"] = random.pick([
    underKms("aws:kms", keys.disabled, true),
    underKms("aws:kms", keys.denied, true),
    { is: "customer", customerKey },
  ]);
  return {
    ...(isLarge ? { size: LARGE } : { body: random.pick(["", "old", "x".repeat(1000)]) }),
    encryption: isLarge ? random.pick(["none", "AES256"]) : random.chance(0.02) ? rare : encryption,
    metadata: random.chance(0.5) ? { author: "ana", "with-dash": "a b" } : {},
    headers: random.chance(0.5) ? { ContentType: "text/csv", CacheControl: "max-age=60" } : {},
    tags: random.chance(0.4) ? { team: "blue", "k e y": "v/a=l" } : {},
    storageClass: random.chance(0.02) ? "GLACIER" : random.pick(["STANDARD", "STANDARD", "STANDARD_IA"]),
    websiteRedirectLocation: random.chance(0.05) ? "/elsewhere" : undefined,
    checksum: random.chance(0.3) ? false : undefined,
    ...(acls ? { grants: random.pick([toOwner(ACCOUNT), toOwner(ACCOUNT), publicRead(ACCOUNT)]) } : {}),
    ...(acls && random.chance(0.02) ? { owner: OTHER_ACCOUNT } : {}),
    ...(objectLock && isCurrent && random.chance(0.05) ? { legalHold: "ON" as const } : {}),
  };
}
