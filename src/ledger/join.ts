import { UNKNOWN_PROJECT } from "../usage.ts";
import { sumTokens } from "./cells.ts";
import { shown } from "./fold.ts";
import { meterOf, type Reading } from "./readings.ts";

/**
 * The one reading that two copies of the books make of theirs, both of the same key: the fuller, then
 * the better priced, then the later. What each knows of the beginning and the end is kept. The choice follows a
 * total order and the rest is a least or a greatest, so that merging in any order, any number of
 * times, gives the same.
 */
export function joinReadings(a: Reading, b: Reading): Reading {
  const winner = precedes(rank(a), rank(b)) ? b : a;
  return {
    ...winner,
    whole: a.whole === 1 || b.whole === 1 ? 1 : 0,
    first_read_at: a.first_read_at < b.first_read_at ? a.first_read_at : b.first_read_at,
    last_read_at: a.last_read_at > b.last_read_at ? a.last_read_at : b.last_read_at,
  };
}

type Rank = readonly (number | string)[];

/** What decides, most important first; the texts only make the order total. */
function rank(reading: Reading): Rank {
  const cells = shown(meterOf(reading));
  return [
    sumTokens(cells),
    // Not how many tokens: what is carried is taken in proportion, which moves them between models.
    -new Set(cells.filter((cell) => cell.unpricedTokens > 0).map(({ model }) => model)).size,
    -sumTokens(cells.filter(({ project }) => project === UNKNOWN_PROJECT)),
    reading.read_at,
    reading.reported,
    reading.carried,
    reading.last_activity_at ?? "",
    reading.last_activity ?? "",
    reading.first_activity ?? "",
  ];
}

function precedes(a: Rank, b: Rank): boolean {
  for (const [index, value] of a.entries()) {
    const other = b[index] ?? value;
    if (value !== other) return value < other;
  }
  return false;
}
