import type { Books } from "../ledger/open.ts";
import { openRun, type Run, type RunResult } from "../ledger/runs.ts";

/**
 * Does the work of a run and notes what came of it.
 * @param work is given what begins the run's row; where it asks for none, nothing was new
 */
export async function inRun<T extends RunResult>(
  books: Books,
  run: Run,
  work: (runId: () => number) => Promise<T>,
): Promise<T & { finishedAt: string }> {
  const open = openRun(books, run);
  try {
    const result = await work(() => open.id());
    const finishedAt = new Date().toISOString();
    open.finish(result, finishedAt);
    return { ...result, finishedAt };
  } catch (error) {
    open.fail(error, new Date().toISOString());
    throw error;
  }
}
