/** Places of a pattern from which on a text may go, once it has come to these: a star may stand for nothing. */
function beyondStars(pattern: string, places: readonly number[]): number[] {
  const reached = new Set<number>();
  for (let place of places) {
    reached.add(place);
    while (pattern[place] === "*") reached.add(++place);
  }
  return [...reached];
}

/**
 * Texts that begin with `start`, and that a pattern with `*` and `?` matches: one for each way in which it can, and none
 * that is not longer.
 */
export function examplesWithin(start: string, pattern: string): string[] {
  let places = beyondStars(pattern, [0]);
  for (const letter of start) {
    const next = places.flatMap((place) => {
      if (pattern[place] === "*") return [place];
      return pattern[place] === "?" || pattern[place] === letter ? [place + 1] : [];
    });
    places = beyondStars(pattern, next);
  }
  const rests = places.map((place) => pattern.slice(place).replaceAll(/[*?]/g, "x"));
  return [...new Set(rests)].filter((rest) => rest !== "").map((rest) => `${start}${rest}`);
}
