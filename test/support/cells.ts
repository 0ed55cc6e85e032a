import type { Cell } from "../../src/usage.ts";

/** A cell with the figures that matter to a case; priced at a dollar a token unless told otherwise. */
export function cell(figures: Partial<Cell> = {}): Cell {
  const tokens = {
    inputTokens: figures.inputTokens ?? 0,
    outputTokens: figures.outputTokens ?? 0,
    cacheCreationTokens: figures.cacheCreationTokens ?? 0,
    cacheReadTokens: figures.cacheReadTokens ?? 0,
  };
  const total = Object.values(tokens).reduce((sum, count) => sum + count, 0);
  const cost = figures.cost === undefined ? total : figures.cost;
  return {
    project: figures.project ?? "app",
    model: figures.model ?? "opus",
    ...tokens,
    cost,
    unpricedTokens: figures.unpricedTokens ?? (cost === null ? total : 0),
  };
}
