import { readConfig, writeConfig } from "./files.ts";

const NAME = "guard.json";

/** What the guard of agents remembers from one time to the next. Instants are ISO 8601 UTC. */
export interface GuardState {
  /** Until then nobody is stopped; null: it is on. */
  offUntil: string | null;
  /** The session that was told last that the books cannot be read. */
  toldSession: string | null;
}

/** What is remembered; nothing of what cannot be read. */
export function readGuardState(): GuardState {
  try {
    const { offUntil, toldSession } = JSON.parse(readConfig(NAME) ?? "{}");
    return { offUntil: textIn(offUntil), toldSession: textIn(toldSession) };
  } catch {
    return { offUntil: null, toldSession: null };
  }
}

function textIn(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

/** @throws UserError when it cannot be written. */
export function keepGuardState(change: Partial<GuardState>): void {
  writeConfig(NAME, { ...readGuardState(), ...change }, "remember what the guard is to do");
}
