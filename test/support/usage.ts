import type { Books } from "../../src/ledger/open.ts";

/** A day's usage of one model in one project, as `usage_cell` has it. */
export interface UsageCell {
  date: string;
  machine?: string;
  project?: string;
  model?: string;
  /** Input, output, cache creation, cache read. */
  tokens?: [number, number, number, number];
  /** Null: no price is known. */
  cost: number | null;
}

/** Puts usage straight into the tables, where a fetch of it would take long. */
export function writeUsage(books: Books, cells: readonly UsageCell[]): void {
  const insert = books.prepare(
    `INSERT INTO usage_cell VALUES (?, 'claude', ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  books.pragma("foreign_keys = OFF");
  books.transaction(() => {
    for (const { date, machine, project, model, tokens, cost } of cells) {
      const counts = tokens ?? [10, 100, 1000, 10_000];
      const unpriced = cost === null ? counts.reduce((sum, count) => sum + count, 0) : 0;
      insert.run(
        ...[date, machine ?? "desk", project ?? "-app", model ?? "claude-sonnet-4-6"],
        ...[...counts, cost, unpriced],
      );
    }
    sumUp(books);
  })();
}

/** Fills the tables that are sums of `usage_cell`. */
export function sumUp(books: Books): void {
  const tokens = `SUM(input_tokens), SUM(output_tokens), SUM(cache_creation_tokens), SUM(cache_read_tokens)`;
  const total = `SUM(input_tokens + output_tokens + cache_creation_tokens + cache_read_tokens)`;
  const rest = `SUM(cost), SUM(unpriced_tokens)`;
  books.exec(`
    INSERT INTO daily_usage
      SELECT date, agent, machine, ${tokens}, ${total}, ${rest}, '[]', '' FROM usage_cell
      GROUP BY date, agent, machine;
    INSERT INTO project_usage
      SELECT date, project_path, agent, machine, ${tokens}, ${total}, ${rest}, '[]', ''
      FROM usage_cell GROUP BY date, project_path, agent, machine;
    INSERT INTO model_breakdown
      SELECT date, agent, machine, model_name, ${tokens}, ${rest}, '' FROM usage_cell
      GROUP BY date, agent, machine, model_name;`);
}

export interface SessionRow {
  session: string;
  project?: string;
  machine?: string;
  date: string;
  cost: number | null;
}

export function writeSessions(books: Books, sessions: readonly SessionRow[]): void {
  const insert = books.prepare(
    `INSERT INTO session_usage VALUES (?, ?, 'claude', ?, 0, 100, 0, 0, 100, ?, ?, ?, ?, ?, '[]', '')`,
  );
  for (const { session, project, machine, date, cost } of sessions) {
    const unpriced = cost === null ? 100 : 0;
    const at = `${date}T10:00:00.000Z`;
    insert.run(session, project ?? "-app", machine ?? "desk", cost, unpriced, date, date, at);
  }
}
