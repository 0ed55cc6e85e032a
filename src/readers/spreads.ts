/** What many values come to. */
export interface Spread {
  average: number;
  /** The value that the share asked for of all is not above: of 20 values the 19th is the 95th percentile. */
  percentile: number;
}

/**
 * The averages and percentiles of all groups at once: values are put in order once, and gone through once, rather than group
 * by group.
 * @param lists values, and the groups that they are of
 * @param share of which the percentile is, 0 to 1
 * @returns by the names of groups; none of a group without values
 */
export function spreads(
  lists: readonly { groups: readonly string[]; values: readonly number[] }[],
  share: number,
): Map<string, Spread> {
  const totals = new Map<string, Total>();
  const totalsOf = lists.map(({ groups, values }) =>
    groups.map((group) => {
      const total = totals.get(group) ?? { group, count: 0, sum: 0, seen: 0, wanted: 0 };
      totals.set(group, total);
      total.count += values.length;
      for (const value of values) total.sum += value;
      return total;
    }),
  );
  for (const total of totals.values()) {
    total.wanted = Math.max(1, Math.ceil(share * total.count));
  }
  const found = new Map<string, Spread>();
  const size = lists.length;
  for (const one of packed(lists)) {
    const list = one % size;
    for (const total of totalsOf[list] ?? []) {
      total.seen += 1;
      if (total.seen !== total.wanted) continue;
      const percentile = ((one - list) / size) * FINEST;
      found.set(total.group, { average: total.sum / total.count, percentile });
    }
  }
  return found;
}

interface Total {
  group: string;
  count: number;
  sum: number;
  /** How many values have been gone through, and at which of them the percentile is. */
  seen: number;
  wanted: number;
}

/** Values finer than this are not told apart, so that a value and its list fit into one number. */
const FINEST = 1 / 16;

/** The values of all lists in order, each with the number of its list. */
function packed(lists: readonly { values: readonly number[] }[]): Float64Array {
  const all = new Float64Array(lists.reduce((sum, { values }) => sum + values.length, 0));
  let at = 0;
  for (const [list, { values }] of lists.entries()) {
    for (const value of values) {
      all[at] = Math.round(value / FINEST) * lists.length + list;
      at += 1;
    }
  }
  return all.toSorted();
}
