import { existsSync } from "node:fs";
import { cp } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "vitest";

import type { Home } from "./home.ts";

interface Counts {
  inputTokens: number;
  outputTokens: number;
  cacheCreationTokens: number;
  cacheReadTokens: number;
}

interface ReportRow extends Counts {
  totalCost: number;
  modelBreakdowns: (Counts & { modelName: string; cost: number })[];
}

/** Input, output, cache creation, cache read, USD. */
type Sums = Record<string, number[]>;

export type Witness = ReturnType<typeof newWitness>;

/**
 * Fetches, and remembers all transcripts that a fetch could see, so that the real ccusage can be asked
 * what all of them together come to: the right value, whatever has become of them since.
 */
export function newWitness(home: Home) {
  const copies: string[] = [];
  const look = async (): Promise<void> => {
    for (const folder of (home.env["CLAUDE_CONFIG_DIR"] ?? "").split(",")) {
      const projects = join(folder, "projects");
      if (!existsSync(projects)) continue;
      const copy = join(home.folder, "seen", String(copies.length));
      await cp(projects, join(copy, "projects"), { recursive: true, dereference: true });
      copies.push(copy);
    }
  };
  return {
    look,
    /** Fetches; the result is what `--json` printed. */
    async fetch(...flags: string[]) {
      await look();
      return home.fetch(...flags);
    },
    /** The books must hold what ccusage makes of everything seen: by day, model and session. */
    async expectAgreement(): Promise<void> {
      const now = home.env["CLAUDE_CONFIG_DIR"] ?? "";
      home.env["CLAUDE_CONFIG_DIR"] = copies.join(",");
      const [days, sessions] = await Promise.all([
        askCcusage(home, "daily"),
        askCcusage(home, "session"),
      ]).finally(() => (home.env["CLAUDE_CONFIG_DIR"] = now));
      expect(booksByDay(home)).toEqual(almost(days));
      expect(booksBySession(home)).toEqual(almost(sessions));
    },
  };
}

async function askCcusage(home: Home, report: "daily" | "session"): Promise<Sums> {
  const printed = await home.ccusage(report);
  if (report === "daily") {
    const rows: (ReportRow & { date: string })[] = printed.daily;
    return addedUp(
      rows.flatMap(({ date, modelBreakdowns }) =>
        modelBreakdowns.map((row) => [`${date} ${row.modelName}`, [...countsOf(row), row.cost]]),
      ),
    );
  }
  const rows: (ReportRow & { sessionId: string })[] = printed.sessions;
  return addedUp(rows.map((row) => [row.sessionId, [...countsOf(row), row.totalCost]]));
}

function countsOf(row: Counts): number[] {
  return [row.inputTokens, row.outputTokens, row.cacheCreationTokens, row.cacheReadTokens];
}

function addedUp(rows: [string, number[]][]): Sums {
  const sums: Sums = {};
  for (const [key, figures] of rows) {
    sums[key] = figures.map((figure, index) => figure + (sums[key]?.[index] ?? 0));
  }
  return sums;
}

/** Dollars that were added up in another order differ far behind the point. */
function almost(sums: Sums): unknown {
  return Object.fromEntries(
    Object.entries(sums).map(([key, figures]) => [
      key,
      [...figures.slice(0, 4), expect.closeTo(figures[4] ?? 0, 9)],
    ]),
  );
}

const SUMS = `SUM(input_tokens) AS i, SUM(output_tokens) AS o, SUM(cache_creation_tokens) AS w,
  SUM(cache_read_tokens) AS r`;

function sumsIn(home: Home, sql: string): Sums {
  const rows = home.query<{ key: string; i: number; o: number; w: number; r: number; c: number }>(
    sql,
  );
  return Object.fromEntries(rows.map(({ key, i, o, w, r, c }) => [key, [i, o, w, r, c]]));
}

function booksByDay(home: Home): Sums {
  return sumsIn(
    home,
    `SELECT date || ' ' || model_name AS key, ${SUMS}, SUM(cost) AS c FROM usage_cell GROUP BY 1`,
  );
}

function booksBySession(home: Home): Sums {
  return sumsIn(
    home,
    `SELECT session_id AS key, ${SUMS}, SUM(total_cost) AS c FROM session_usage GROUP BY 1`,
  );
}

/** Total tokens by date, over all machines. */
export function daysIn(home: Home): Record<string, number> {
  return totals(home, "SELECT date AS key, SUM(total_tokens) AS n FROM daily_usage GROUP BY 1");
}

/** Total tokens by session, over all machines. */
export function sessionsIn(home: Home): Record<string, number> {
  return totals(
    home,
    "SELECT session_id AS key, SUM(total_tokens) AS n FROM session_usage GROUP BY 1",
  );
}

/** Total tokens of the cells, by date, project and model. */
export function cellsIn(home: Home): Record<string, number> {
  return totals(
    home,
    `SELECT date || ' ' || project_path || ' ' || model_name AS key, SUM(input_tokens
       + output_tokens + cache_creation_tokens + cache_read_tokens) AS n FROM usage_cell GROUP BY 1`,
  );
}

function totals(home: Home, sql: string): Record<string, number> {
  return Object.fromEntries(
    home.query<{ key: string; n: number }>(sql).map(({ key, n }) => [key, n]),
  );
}
