import type { Books } from "../ledger/open.ts";
import { openRun, type Run, type RunResult } from "../ledger/runs.ts";

/**
 * Does the work of a run and notes what came of it in its row.
 * @param work is given what begins the run's row; where it asks for none, nothing was new
 */
export async function inRun<T extends RunResult>(
  books: Books,
  run: Run,
  work: (runId: () => number) => Promise<T>,
): Promise<T & { finishedAt: string; row: number | null }> {
  const open = openRun(books, run);
  try {
    const result = await work(() => open.id());
    const finishedAt = new Date().toISOString();
    const row = open.finish(result, finishedAt);
    return { ...result, finishedAt, row };
  } catch (error) {
    open.fail(error, new Date().toISOString());
    throw error;
  }
}
