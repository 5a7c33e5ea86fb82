/** Chance that a seed decides: the same seed, the same turns. */
export interface Random {
  /** From 0, below 1. */
  next(): number;
  pick<T>(choices: readonly [T, ...T[]]): T;
  /** True in so many cases out of one. */
  chance(share: number): boolean;
}

/** A generator with 32 bits of state (Mulberry32): enough to choose turns by, and quick to begin anew. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    pick: (choices) => choices[Math.floor(next() * choices.length)] ?? choices[0],
    chance: (share) => next() < share,
  };
}
