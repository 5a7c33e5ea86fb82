import type { ListedVersion } from "./object-store";

const rank = ({ current, deleteMarker }: ListedVersion): number => (current ? 0 : deleteMarker ? 2 : 1);

/**
 * In the order of the contract. S3's document has versions and delete markers in one sequence, but the SDK and other
 * servers have them apart, each by key and then from the newest. Sorting keeps the order of what is equal.
 */
export function inVersionOrder(listed: readonly ListedVersion[]): readonly ListedVersion[] {
  if (!listed.some(({ deleteMarker }) => deleteMarker)) return listed;
  return listed
    .map((version) => ({ version, bytes: Buffer.from(version.key) }))
    .sort((a, b) => a.bytes.compare(b.bytes) || rank(a.version) - rank(b.version))
    .map(({ version }) => version);
}
