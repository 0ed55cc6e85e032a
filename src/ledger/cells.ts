import { tokenKinds, totalTokens, type Cell, type TokenKind } from "../usage.ts";

/** Arithmetic on cells. A list of cells is canonical: one per project and model, sorted, none empty. */

/** The cells with equal keys added, empty ones dropped, in the order their text is compared in. */
export function canonical(cells: readonly Cell[]): Cell[] {
  const merged = new Map<string, Cell>();
  for (const cell of cells) {
    const key = cellKey(cell);
    const other = merged.get(key);
    merged.set(key, other ? addCells(other, cell) : ordered(cell));
  }
  return [...merged.entries()]
    .filter(([, cell]) => totalTokens(cell) > 0 || (cell.cost ?? 0) > 0)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, cell]) => cell);
}

/** Two lists of cells as one. */
export function add(a: readonly Cell[], b: readonly Cell[]): Cell[] {
  if (b.length === 0) return [...a];
  return canonical([...a, ...b]);
}

export function cellKey(cell: Cell): string {
  return `${cell.project}\0${cell.model}`;
}

export function byKey(cells: readonly Cell[]): Map<string, Cell> {
  return new Map(cells.map((cell) => [cellKey(cell), cell]));
}

export function sumKind(cells: readonly Cell[], kind: TokenKind | "unpricedTokens"): number {
  return cells.reduce((sum, cell) => sum + cell[kind], 0);
}

export function sumTokens(cells: readonly Cell[]): number {
  return cells.reduce((sum, cell) => sum + totalTokens(cell), 0);
}

/** USD; null when there are tokens and no price for any of them. */
export function sumCost(cells: readonly Cell[]): number | null {
  const known = cells.filter((cell) => cell.cost !== null);
  return known.length === 0 && cells.length > 0
    ? null
    : known.reduce((s, c) => s + (c.cost ?? 0), 0);
}

export function sameTokens(a: Cell, b: Cell): boolean {
  return tokenKinds.every((kind) => a[kind] === b[kind]);
}

function addCells(a: Cell, b: Cell): Cell {
  return ordered({
    project: a.project,
    model: a.model,
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    cacheCreationTokens: a.cacheCreationTokens + b.cacheCreationTokens,
    cacheReadTokens: a.cacheReadTokens + b.cacheReadTokens,
    cost: a.cost === null && b.cost === null ? null : (a.cost ?? 0) + (b.cost ?? 0),
    unpricedTokens: a.unpricedTokens + b.unpricedTokens,
  });
}

/** Readings are compared as text, so every cell is written with its fields in one order. */
function ordered(cell: Cell): Cell {
  return {
    project: cell.project,
    model: cell.model,
    inputTokens: cell.inputTokens,
    outputTokens: cell.outputTokens,
    cacheCreationTokens: cell.cacheCreationTokens,
    cacheReadTokens: cell.cacheReadTokens,
    cost: cell.cost,
    unpricedTokens: cell.unpricedTokens,
  };
}
