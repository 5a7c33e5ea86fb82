import { pageOf } from "../identity/pages";
import { inRange, invalidMarker } from "./errors";

interface Asked {
  readonly Limit?: number;
  readonly Marker?: string;
}

/**
 * One page of a list, as every listing of KMS answers.
 *
 * @param usual entries where the request does not say, and `most` that it may ask for
 * @throws AwsError InvalidMarkerException, ValidationException
 */
export function listPage<T>(items: readonly T[], { Limit, Marker }: Asked, usual: number, most: number) {
  if (Marker !== undefined && !/^\d+$/.test(Marker)) throw invalidMarker();
  const page = pageOf(items, inRange(Limit ?? usual, "limit", 1, most), Marker);
  return { items: page.items, Truncated: page.more, NextMarker: page.marker };
}
