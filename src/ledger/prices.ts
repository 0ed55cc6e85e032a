import { tokenKinds, totalTokens, type Cell, type Tokens } from "../usage.ts";
import { byKey, cellKey, sameTokens } from "./cells.ts";

/**
 * The reported cells with the prices the books already know.
 *
 * A known cost is never replaced by an unknown one: a cell that grew without a price keeps its
 * priced part and counts the rest as unpriced. With the same tokens under the same method a known
 * cost does not move, so that what the user was told yesterday stays true, and a part of them never
 * costs more than the whole did. An unpriced cell is filled by a report that knows.
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
    if (!sameMethod || old.unpricedTokens > 0) return cell;
    if (sameTokens(old, cell)) return { ...cell, cost: old.cost };
    return isPartOf(cell, old) ? { ...cell, cost: Math.min(cell.cost, old.cost) } : cell;
  });
}

function isPartOf(part: Tokens, whole: Tokens): boolean {
  return tokenKinds.every((kind) => part[kind] <= whole[kind]);
}

/** The price known for an older, smaller cell, spread over `tokens` of it. */
function pricedPart(old: Cell, tokens: number): Pick<Cell, "cost" | "unpricedTokens"> {
  const priced = totalTokens(old) - old.unpricedTokens;
  if (tokens >= priced) return { cost: old.cost, unpricedTokens: tokens - priced };
  return { cost: ((old.cost ?? 0) * tokens) / priced, unpricedTokens: 0 };
}
