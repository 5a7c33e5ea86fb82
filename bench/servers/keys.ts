/** The one account and the one bucket of benchmarks. */
export const account = "111122223333";
export const bucketName = "bench";

const digits = 9;

/** The keys of benchmarks: ASCII of one length, so that the order of their numbers is the order of their bytes. */
export const keyOf = (number: number): string => `archive/object-${String(number).padStart(digits, "0")}.json`;

const shape = /^archive\/object-(\d{9})\.json$/;

/** The number of an object of this key; nothing where the key is not of this shape. */
export function numberOf(key: string): number | undefined {
  const found = shape.exec(key)?.[1];
  return found === undefined ? undefined : Number(found);
}
