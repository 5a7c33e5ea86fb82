import { AwsError } from "../service";

/** One page of a list that does not change its order; the marker is the position. A marker that is no number begins anew. */
export function pageOf<T>(items: readonly T[], size: number, marker: string | undefined) {
  const from = marker && /^\d+$/.test(marker) ? Number(marker) : 0;
  const next = from + size;
  const more = next < items.length;
  return { items: items.slice(from, next), more, marker: more ? String(next) : undefined };
}

/**
 * One page of a list of IAM, at most 1,000 entries.
 *
 * @throws AwsError ValidationError
 */
export function listPage<T>(
  items: readonly T[],
  { MaxItems = 100, Marker }: { readonly MaxItems?: number; readonly Marker?: string },
) {
  const refuse = (message: string): AwsError => new AwsError("ValidationError", 400, message);
  if (Marker !== undefined && !/^\d+$/.test(Marker)) throw refuse("Invalid Marker.");
  if (MaxItems < 1 || MaxItems > 1_000)
    throw refuse(
      `1 validation error detected: Value '${MaxItems}' at 'maxItems' failed to satisfy constraint: Member must have value ${MaxItems < 1 ? "greater than or equal to 1" : "less than or equal to 1000"}`,
    );
  const page = pageOf(items, MaxItems, Marker);
  return { items: page.items, IsTruncated: page.more, Marker: page.marker };
}
