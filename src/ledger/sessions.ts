import { UNKNOWN_PROJECT, type CostState, type Session } from "../usage.ts";
import type { Books } from "./books.ts";

/** The agent whose sessions transcripts are of. */
export const CLAUDE = "claude";

/** Keeps sessions, each with the project it was first seen in. */
export function sessionKeeper(books: Books, machine: number) {
  const find = books
    .prepare<[string, string, number], number>(
      "SELECT id FROM session WHERE session_id = ? AND agent = ? AND machine = ?",
    )
    .pluck();
  const add = books.prepare<[string, string, number, string, string]>(
    `INSERT INTO session (session_id, agent, machine, project_path, first_seen_at)
     VALUES (?, ?, ?, ?, ?)`,
  );
  const projectOf = books
    .prepare<[number], string>("SELECT project_path FROM session WHERE id = ?")
    .pluck();
  const setProject = books.prepare<[string, string, number, 0 | 1, string, string]>(
    `UPDATE session SET project_path = ?, first_seen_at = ?
     WHERE id = ? AND (project_path = '${UNKNOWN_PROJECT}', first_seen_at, project_path) > (?, ?, ?)`,
  );
  const setTitle = books.prepare<[string, string, number, string, string]>(
    `UPDATE session SET title = ?, title_seen_at = ?
     WHERE id = ? AND (title_seen_at IS NULL OR (title_seen_at, title) < (?, ?))`,
  );
  const setCost = books.prepare(
    `INSERT INTO cost_state (session, total_cost, duration_ms, api_duration_ms, has_unknown_cost)
     VALUES (@session, @totalCost, @durationMs, @apiDurationMs, @hasUnknownCost)
     ON CONFLICT (session) DO UPDATE SET
       total_cost = excluded.total_cost, duration_ms = excluded.duration_ms,
       api_duration_ms = excluded.api_duration_ms, has_unknown_cost = excluded.has_unknown_cost
     WHERE (excluded.total_cost, COALESCE(excluded.duration_ms, 0),
         COALESCE(excluded.api_duration_ms, 0), excluded.has_unknown_cost)
       > (total_cost, COALESCE(duration_ms, 0), COALESCE(api_duration_ms, 0), has_unknown_cost)`,
  );
  return {
    /** @returns the session's row; undefined where it is new */
    find: (sessionId: string): number | undefined => find.get(sessionId, CLAUDE, machine),

    add({ sessionId, projectPath, firstSeenAt }: Session): number {
      const { lastInsertRowid } = add.run(sessionId, CLAUDE, machine, projectPath, firstSeenAt);
      return Number(lastInsertRowid);
    },

    /** Whether no transcript has told yet where a session was. */
    hasNoProject: (session: number): boolean => projectOf.get(session) === UNKNOWN_PROJECT,

    /** A session of other books: of two the one that was seen first in a transcript has the project. */
    join({ sessionId, projectPath, firstSeenAt }: Session): { id: number; hasMoved: boolean } {
      const known = find.get(sessionId, CLAUDE, machine);
      if (known === undefined) {
        return { id: this.add({ sessionId, projectPath, firstSeenAt }), hasMoved: false };
      }
      const before = projectOf.get(known);
      const isUnknown = projectPath === UNKNOWN_PROJECT ? 1 : 0;
      setProject.run(projectPath, firstSeenAt, known, isUnknown, firstSeenAt, projectPath);
      return { id: known, hasMoved: projectOf.get(known) !== before };
    },

    /** The title that was seen last stays. */
    title(session: number, title: string, seenAt: string): void {
      setTitle.run(title, seenAt, session, seenAt, title);
    },

    /** A running total of the session: the highest is the last. */
    cost(session: number, state: CostState): void {
      setCost.run({ ...state, session, hasUnknownCost: Number(state.hasUnknownCost) });
    },
  };
}
