/** One page of a list that does not change its order; the marker is the position. A marker that is no number begins anew. */
export function pageOf<T>(items: readonly T[], size: number, marker: string | undefined) {
  const from = marker && /^\d+$/.test(marker) ? Number(marker) : 0;
  const next = from + size;
  const more = next < items.length;
  return { items: items.slice(from, next), more, marker: more ? String(next) : undefined };
}
