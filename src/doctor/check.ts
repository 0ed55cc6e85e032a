import { UserError } from "../errors.ts";

/** Whether all is well, something may be lost, or something does not work. */
export type Status = "ok" | "warn" | "fail";

/** One thing that was looked at. Its names are a promise to whoever reads `doctor --json`. */
export interface Check {
  name: string;
  status: Status;
  /** What was found and, unless all is well, the next step. */
  message: string;
}

/**
 * A failure as a check that failed: its sentence has the next step.
 * @throws whatever is no UserError: a bug is not the user's to put right.
 */
export function failed(name: string, error: unknown): Check {
  if (!(error instanceof UserError)) throw error;
  return { name, status: "fail", message: error.message };
}
