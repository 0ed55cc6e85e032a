import { tokenKinds, totalTokens, type Cell, type TokenKind } from "../usage.ts";
import { byKey, canonical, cellKey, sumKind } from "./cells.ts";

/**
 * What the day `before` had and the day `after` lacks, as cells.
 *
 * Compared per token kind at the level of the day, never below it: ccusage credits a copied message
 * to the file that sorts first, and moves the credit between projects as files come and go. What
 * is lacking is taken from the cells that fell, in proportion; integers stay integers. Cost is only
 * ever lacking together with tokens, since a fall in price alone is no loss.
 */
export function shortfall(before: readonly Cell[], after: readonly Cell[]): Cell[] {
  const lacking = new Map<TokenKind, number>();
  for (const kind of tokenKinds) {
    const fall = sumKind(before, kind) - sumKind(after, kind);
    if (fall > 0) lacking.set(kind, fall);
  }
  if (lacking.size === 0) return [];

  const rest = byKey(after);
  const lost = before.map((cell) => emptied(cell));
  for (const [kind, amount] of lacking) {
    const falls = before.map((cell) =>
      Math.max(0, cell[kind] - (rest.get(cellKey(cell))?.[kind] ?? 0)),
    );
    for (const [index, share] of apportion(amount, falls).entries()) lost[index]![kind] = share;
  }

  const costFalls = before.map((cell, index) =>
    totalTokens(lost[index]!) === 0
      ? 0
      : Math.max(0, (cell.cost ?? 0) - (rest.get(cellKey(cell))?.cost ?? 0)),
  );
  const costFall = Math.max(0, knownCost(before) - knownCost(after));
  const scale = costFall / (costFalls.reduce((sum, fall) => sum + fall, 0) || 1);
  for (const [index, cell] of before.entries()) {
    const piece = lost[index]!;
    const left = rest.get(cellKey(cell));
    const unpricedFall = Math.max(0, cell.unpricedTokens - (left?.unpricedTokens ?? 0));
    const fall = tokenKinds.reduce(
      (sum, kind) => sum + Math.max(0, cell[kind] - (left?.[kind] ?? 0)),
      0,
    );
    // A price learned in the same report lets more become priced than was lost.
    const share = fall === 0 ? 0 : Math.round((unpricedFall * totalTokens(piece)) / fall);
    piece.unpricedTokens = Math.min(totalTokens(piece), share);
    piece.cost = cell.cost === null ? null : costFalls[index]! * scale;
  }
  return canonical(lost);
}

/**
 * Splits a whole amount over weights in proportion (largest remainder), never giving a place more
 * than its weight. The weights must add up to at least the amount.
 */
export function apportion(amount: number, weights: readonly number[]): number[] {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  if (sum === amount) return [...weights];
  const exact = weights.map((weight) => (amount / sum) * weight);
  const shares = exact.map(Math.floor);
  let left = amount - shares.reduce((total, share) => total + share, 0);
  const byRemainder = exact
    .map((value, index) => ({ index, remainder: value - Math.floor(value) }))
    .toSorted((a, b) => b.remainder - a.remainder || a.index - b.index);
  for (const { index } of byRemainder) {
    if (left <= 0) break;
    if (shares[index]! < weights[index]!) {
      shares[index]! += 1;
      left -= 1;
    }
  }
  return shares;
}

function emptied(cell: Cell): Cell {
  return {
    ...cell,
    inputTokens: 0,
    outputTokens: 0,
    cacheCreationTokens: 0,
    cacheReadTokens: 0,
    unpricedTokens: 0,
  };
}

function knownCost(cells: readonly Cell[]): number {
  return cells.reduce((sum, cell) => sum + (cell.cost ?? 0), 0);
}
