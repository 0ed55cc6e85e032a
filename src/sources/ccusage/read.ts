import { inZone, isDate } from "../../dates.ts";
import {
  NO_MODEL,
  totalTokens,
  UNKNOWN_PROJECT,
  type Cell,
  type DayUsage,
  type SessionUsage,
  type Tokens,
} from "../../usage.ts";
import type { DailyReport, SessionReport } from "./schema.ts";
import { remainderOf, type Row } from "./sums.ts";

/** A believed daily report as days of usage. */
export function daysOf(report: DailyReport): DayUsage[] {
  const byDate = new Map<string, Cell[]>();
  for (const [project, rows] of Object.entries(report.projects)) {
    for (const row of rows) {
      const cells = byDate.get(row.date);
      if (cells) cells.push(...cellsOf(row, project));
      else byDate.set(row.date, cellsOf(row, project));
    }
  }
  return [...byDate].map(([date, cells]) => ({ date, cells }));
}

/** A believed session report as sessions of usage. */
export function sessionsOf(report: SessionReport, timezone: string): SessionUsage[] {
  return inZone(timezone, (dayOf) => {
    const dateOf = (activity: string): string =>
      activity.length === 10 ? activity : dayOf(new Date(activity));
    // In the order of the books' keys: writing many rows in another one costs twice as much.
    return report.sessions.toSorted(bySessionId).map((row) => {
      const projectPath = row.projectPath ?? UNKNOWN_PROJECT;
      return {
        sessionId: row.sessionId,
        projectPath,
        firstActivity: row.firstActivity === undefined ? null : dateOf(row.firstActivity),
        lastActivity: dateOf(row.lastActivity),
        firstActivityAt: row.firstActivity === undefined ? null : instantOf(row.firstActivity),
        lastActivityAt: instantOf(row.lastActivity),
        cells: cellsOf(row, projectPath),
      };
    });
  });
}

/** A row as cells, one per model, with what no model accounts for as an explicit remainder. */
function cellsOf(row: Row, project: string): Cell[] {
  const cells = row.modelBreakdowns.map((model) => cellOf(model, project, model.modelName));
  const remainder = cellOf({ ...remainderOf(row), cost: 0 }, project, NO_MODEL);
  return [...cells, remainder]
    .filter((cell) => totalTokens(cell) > 0 || cell.cost !== null)
    .toSorted((a, b) => (a.model < b.model ? -1 : 1));
}

/** ccusage prices an unknown model at 0 (and newer releases say so): tokens that cost 0 are unpriced. */
function cellOf(
  figures: Tokens & { cost: number; missingPricing?: boolean | undefined },
  project: string,
  model: string,
): Cell {
  const { inputTokens, outputTokens, cacheCreationTokens, cacheReadTokens } = figures;
  const isPriced = figures.cost > 0 && figures.missingPricing !== true;
  return {
    project,
    model,
    inputTokens,
    outputTokens,
    cacheCreationTokens,
    cacheReadTokens,
    cost: isPriced ? figures.cost : null,
    unpricedTokens: isPriced ? 0 : totalTokens(figures),
  };
}

/** The instant in its one canonical spelling; null for a mere date. */
function instantOf(activity: string): string | null {
  if (/^[\d-]{10}T[\d:]{8}\.\d{3}Z$/.test(activity)) return activity;
  return isDate(activity) ? null : new Date(activity).toISOString();
}

function bySessionId(a: { sessionId: string }, b: { sessionId: string }): number {
  return a.sessionId < b.sessionId ? -1 : 1;
}
