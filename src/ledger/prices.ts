import { totalTokens, type Cell } from "../usage.ts";
import { byKey, cellKey, sameTokens } from "./cells.ts";

/**
 * The reported cells with the prices the books already know.
 *
 * A known cost is never replaced by an unknown one: a cell that grew without a price keeps its
 * priced part and counts the rest as unpriced. With the same tokens under the same method a known
 * cost does not move, so that what the user was told yesterday stays true. An unpriced cell is
 * filled by a report that knows.
 */
export function keepPrices(
  known: readonly Cell[],
  reported: readonly Cell[],
  sameMethod: boolean,
): Cell[] {
  const before = byKey(known);
  return reported.map((cell) => {
    const old = before.get(cellKey(cell));
    if (old === undefined || old.cost === null) return cell;
    if (cell.cost === null) return { ...cell, ...pricedPart(old, totalTokens(cell)) };
    const settled = sameMethod && old.unpricedTokens === 0 && sameTokens(old, cell);
    return settled ? { ...cell, cost: old.cost } : cell;
  });
}

/** The price known for an older, smaller cell, spread over `tokens` of it. */
function pricedPart(old: Cell, tokens: number): Pick<Cell, "cost" | "unpricedTokens"> {
  const priced = totalTokens(old) - old.unpricedTokens;
  if (tokens >= priced) return { cost: old.cost, unpricedTokens: tokens - priced };
  return { cost: ((old.cost ?? 0) * tokens) / priced, unpricedTokens: 0 };
}
