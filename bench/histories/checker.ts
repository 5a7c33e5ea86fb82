import { isDeepStrictEqual } from "node:util";
import { digestOf } from "../../local/s3/bodies";
import type { Bucket, StoredObject, Version } from "../../local/s3/state";
import type { Written } from "./application";
import type { Twins } from "./world";

/** Bodies above it are told apart by their size. */
const SMALL = 1024 * 1024;

/** A difference between the bucket that was converted and its twin, which only heard the application. */
export interface Difference {
  readonly key: string;
  /** Of a version that the application wrote. Absent for what is current. */
  readonly versionId?: string;
  readonly aspects: readonly Aspect[];
}

export type Aspect = "existence" | "body" | keyof typeof attributes;

const attributes = {
  metadata: ({ metadata }: StoredObject) => metadata,
  headers: ({ headers }: StoredObject) =>
    Object.entries(headers)
      .filter(([, value]) => value !== undefined)
      .sort(),
  tags: ({ tags }: StoredObject) => [...tags].sort((a, b) => (`${a.Key}` < `${b.Key}` ? -1 : 1)),
  "storage class": ({ storageClass }: StoredObject) => storageClass,
  redirect: ({ websiteRedirectLocation }: StoredObject) => websiteRedirectLocation,
  ACL: ({ grants }: StoredObject) => grants.map((grant) => JSON.stringify(grant)).sort(),
  owner: ({ owner }: StoredObject) => owner,
  lock: ({ retention, legalHold }: StoredObject) => [retention, legalHold ?? "OFF"],
} as const;

const contentOf = ({ body }: StoredObject): string =>
  body.size > SMALL ? String(body.size) : `${body.size} ${digestOf(body, "md5")}`;

/** Of a bucket without ACLs nobody sees owner or grants. */
const withAcls: ReadonlySet<Aspect> = new Set<Aspect>(["ACL", "owner"]);
const inPlace: ReadonlySet<Aspect> = new Set<Aspect>(["tags", "ACL", "lock"]);

function differing(real: Version | undefined, twin: Version | undefined): Aspect[] {
  const [one, other] = [real, twin].map((version) => (version?.is === "object" ? version : undefined));
  if (!one || !other) return one === other ? [] : ["existence"];
  const aspects: Aspect[] = contentOf(one) === contentOf(other) ? [] : ["body"];
  for (const name of Object.keys(attributes) as (keyof typeof attributes)[]) {
    if (!isDeepStrictEqual(attributes[name](one), attributes[name](other))) aspects.push(name);
  }
  return aspects;
}

const versionOf = (bucket: Bucket, key: string, versionId: string): Version | undefined =>
  bucket.keys.get(key)?.find((version) => version.versionId === versionId);

/** Everything that is not as the application alone would have left it, other than encryption. */
export function differences(
  { traits, real, twin }: Twins,
  keys: readonly string[],
  written: readonly Written[],
): Difference[] {
  const matters = (aspect: Aspect) => traits.acls || !withAcls.has(aspect);
  const current = keys.map((key) => ({
    key,
    aspects: differing(real.keys.get(key)?.[0], twin.keys.get(key)?.[0]).filter(matters),
  }));
  const versions = written.flatMap((version): Difference[] => {
    const { key, changedInPlace } = version;
    const inTwin = versionOf(twin, key, version.twin);
    const inReal = versionOf(real, key, version.real);
    // A `null` version is there until the next write without versioning; the current one was compared above.
    const isCurrentNull = version.real === "null" && twin.keys.get(key)?.[0] === inTwin;
    if (inTwin === undefined || isCurrentNull) return [];
    const aspects = differing(inReal, inTwin).filter((one) => matters(one) && !(changedInPlace && inPlace.has(one)));
    return [{ key, versionId: version.real, aspects }];
  });
  return [...current, ...versions].filter(({ aspects }) => aspects.length > 0);
}
