import type { ObservedBucket } from "./observer";

/** The keys whose content, metadata, tags, ACL, class, lock or redirect is not what it was, or that are gone. */
export const changedObjects = (
  before: ObservedBucket,
  after: ObservedBucket,
  leftOut: ReadonlySet<string>,
): readonly string[] =>
  [...before.current]
    .filter(([key, was]) => !leftOut.has(key) && after.current.get(key)?.kept !== was.kept)
    .map(([key]) => key);

/** How many current objects there are by encryption. */
const countByEncryption = (bucket: ObservedBucket): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const { encryption } of bucket.current.values()) counts.set(encryption, (counts.get(encryption) ?? 0) + 1);
  return counts;
};

/** Key ARNs in a description of an encryption, said as a person would. */
export const keyNames =
  (names: ReadonlyMap<string, string>) =>
  (encryption: string): string =>
    encryption.replace(/arn:\S+:key\/[\w-]+/, (arn) => names.get(arn) ?? "aws/s3");

/** Rows of bucket, encryption, and how many objects were and are under it, for each time of looking. */
export const encryptionRows = (
  name: string,
  nameOf: (encryption: string) => string,
  ...observed: readonly ObservedBucket[]
): string[][] => {
  const counts = observed.map(countByEncryption);
  return [...new Set(counts.flatMap((count) => [...count.keys()]))]
    .sort()
    .map((encryption) => [name, nameOf(encryption), ...counts.map((count) => String(count.get(encryption) ?? 0))]);
};
