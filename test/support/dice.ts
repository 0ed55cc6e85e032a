/** A whole number from 0 up to (not including) `below`. */
export type Dice = (below: number) => number;

/** A small seeded generator (mulberry32), so that a failing life can be lived again. */
export function dice(seed: number): Dice {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** One of a list that is not empty. */
export function oneOf<T>(roll: Dice, list: readonly T[]): T {
  const one = list[roll(list.length)];
  if (one === undefined) throw new Error("nothing to choose from");
  return one;
}

/** The list in a random order. */
export function shuffled<T>(roll: Dice, list: readonly T[]): T[] {
  const rest = [...list];
  return list.flatMap(() => rest.splice(roll(rest.length), 1));
}
