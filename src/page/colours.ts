/** How many colours there are for models and projects. */
const COLOURS = 12;

/**
 * A colour for each of some: the one of its place among all in the books, so that it has the same one in every range
 * and chart; of two that would share one, being twelve places apart, the more expensive has it.
 * @param all of them that the books have, the most expensive first
 */
export function coloursOf(shown: readonly string[], all: readonly string[]): Map<string, string> {
  const colours = new Map<string, string>();
  const taken = new Set<number>();
  for (const key of shown.toSorted((a, b) => all.indexOf(a) - all.indexOf(b))) {
    let colour = Math.max(0, all.indexOf(key)) % COLOURS;
    while (taken.has(colour)) colour = (colour + 1) % COLOURS;
    taken.add(colour);
    colours.set(key, `var(--c${colour + 1})`);
  }
  return colours;
}
