import type { Books } from "./books.ts";
import { newTally, type Tally } from "./runs.ts";

/** Why a figure was revised, as it is kept. */
export const REASONS = ["late calls", "release", "prices", "time zone", "recount"] as const;

/** Why a figure is counted again. */
export interface Reason {
  kind: "calls" | "release" | "prices" | "time zone" | "recount";
  /** Such as "20.0.19 to 20.0.20". */
  detail: string | null;
}

interface Figures {
  /** The machine's row. */
  machine: number;
  /** A date or session id. */
  subject: string;
  agent: string;
  tokens: number;
  cost: number | null;
  unpriced: number;
}

const DAY_FIGURES = `
  SELECT DISTINCT s.machine, u.date AS subject, u.agent, u.total_tokens AS tokens,
    u.total_cost AS cost, u.unpriced_tokens AS unpriced
  FROM session_day AS d
  JOIN session AS s ON s.id = d.session
  JOIN machine AS m ON m.id = s.machine
  JOIN daily_usage AS u ON u.date = d.date AND u.agent = s.agent AND u.machine = m.label
  WHERE d.id IN (SELECT value FROM json_each(?))`;

const SESSION_FIGURES = `
  SELECT DISTINCT s.machine, u.session_id AS subject, u.agent, u.total_tokens AS tokens,
    u.total_cost AS cost, u.unpriced_tokens AS unpriced
  FROM session_day AS d
  JOIN session AS s ON s.id = d.session
  JOIN machine AS m ON m.id = s.machine
  JOIN session_usage AS u ON u.session_id = s.session_id AND u.agent = s.agent AND u.machine = m.label
  WHERE d.id IN (SELECT value FROM json_each(?))`;

/**
 * Does what changes the sums of some days, and keeps what it changed of days that were over.
 * @param ids rows of days of sessions
 * @returns how many days and sessions met which fate
 */
export function reviseDays(
  books: Books,
  ids: readonly number[],
  { countedAt, today, reason }: { countedAt: string; today: string; reason: Reason },
  work: () => void,
): { days: Tally; sessions: Tally } {
  const read = (sql: string): Map<string, Figures> =>
    new Map(
      books
        .prepare<[string], Figures>(sql)
        .all(JSON.stringify(ids))
        .map((row) => [`${row.machine} ${row.agent} ${row.subject}`, row]),
    );
  const before = { days: read(DAY_FIGURES), sessions: read(SESSION_FIGURES) };
  work();
  const after = { days: read(DAY_FIGURES), sessions: read(SESSION_FIGURES) };

  const write = books.prepare(
    `INSERT INTO revision (
       date, agent, machine, revised_at, reason, detail, tokens_before, cost_before, tokens_after,
       cost_after)
     VALUES (
       @subject, @agent, @machine, @countedAt, @reason, @detail, @tokensBefore, @costBefore,
       @tokensAfter, @costAfter)
     ON CONFLICT DO UPDATE SET
       tokens_after = excluded.tokens_after, cost_after = excluded.cost_after`,
  );
  for (const [key, old] of before.days) {
    const now = after.days.get(key);
    const isUsual = reason.kind === "calls" && old.subject >= today;
    if (isUsual || fateOf(old, now, reason) === undefined) continue;
    write.run({
      ...old,
      countedAt,
      reason: reason.kind === "calls" ? "late calls" : reason.kind,
      detail: reason.detail,
      tokensBefore: old.tokens,
      costBefore: old.cost,
      tokensAfter: now?.tokens ?? 0,
      costAfter: now?.cost ?? null,
    });
  }
  return {
    days: tallyOf(before.days, after.days, reason),
    sessions: tallyOf(before.sessions, after.sessions, reason),
  };
}

function tallyOf(
  before: ReadonlyMap<string, Figures>,
  after: ReadonlyMap<string, Figures>,
  reason: Reason,
): Tally {
  const tally = newTally();
  for (const key of new Set([...before.keys(), ...after.keys()])) {
    const fate = fateOf(before.get(key), after.get(key), reason);
    if (fate !== undefined) tally[fate] += 1;
  }
  return tally;
}

/** What happened to a figure; undefined where nothing did. */
function fateOf(
  before: Figures | undefined,
  after: Figures | undefined,
  { kind }: Reason,
): keyof Tally | undefined {
  if (before === undefined) return "added";
  if (after === undefined) return "recounted";
  if (after.tokens > before.tokens) return kind === "calls" ? "grown" : "recounted";
  if (after.tokens < before.tokens) return "recounted";
  return after.cost === before.cost && after.unpriced === before.unpriced ? undefined : "repriced";
}
