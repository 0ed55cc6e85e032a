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

/** The columns of tokens, in the order of all tables. */
export const TOKENS = "input_tokens, output_tokens, cache_creation_tokens, cache_read_tokens";

/** Puts usage straight into the tables, where a fetch of it would take long. */
export function writeUsage(books: Books, cells: readonly UsageCell[]): void {
  const insert = books.prepare(
    `INSERT INTO usage_cell (
       date, agent, machine, project_path, model_name, ${TOKENS}, cost, unpriced_tokens)
     VALUES (?, 'claude', ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
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
  const sums = TOKENS.replaceAll(/\w+/g, "SUM($&)");
  const total = `SUM(${TOKENS.replaceAll(",", " +")})`;
  const rest = `SUM(cost), SUM(unpriced_tokens)`;
  const totals = "total_tokens, total_cost, unpriced_tokens, fetched_at";
  books.exec(`
    INSERT INTO daily_usage (date, agent, machine, ${TOKENS}, ${totals})
      SELECT date, agent, machine, ${sums}, ${total}, ${rest}, '' FROM usage_cell
      GROUP BY date, agent, machine;
    INSERT INTO project_usage (date, project_path, agent, machine, ${TOKENS}, ${totals})
      SELECT date, project_path, agent, machine, ${sums}, ${total}, ${rest}, ''
      FROM usage_cell GROUP BY date, project_path, agent, machine;
    INSERT INTO model_breakdown (
        date, agent, machine, model_name, ${TOKENS}, cost, unpriced_tokens, fetched_at)
      SELECT date, agent, machine, model_name, ${sums}, ${rest}, '' FROM usage_cell
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
    `INSERT INTO session_usage (
       session_id, project_path, agent, machine, ${TOKENS}, total_tokens, total_cost,
       unpriced_tokens, first_activity, last_activity, first_activity_at, last_activity_at,
       fetched_at)
     VALUES (?, ?, 'claude', ?, 0, 100, 0, 0, 100, ?, ?, ?, ?, ?, ?, '')`,
  );
  for (const { session, project, machine, date, cost } of sessions) {
    const unpriced = cost === null ? 100 : 0;
    const [first, last] = [`${date}T09:00:00.000Z`, `${date}T10:00:00.000Z`];
    insert.run(
      ...[session, project ?? "-app", machine ?? "desk", cost, unpriced],
      ...[date, date, first, last],
    );
  }
}
