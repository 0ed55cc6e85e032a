import { readConfig, writeConfig } from "./files.ts";

const NAME = "guard.json";

/** What the guard of agents remembers from one time to the next. Instants are ISO 8601 UTC. */
export interface GuardState {
  /** Until then nobody is stopped; null: it is on. */
  offUntil: string | null;
  /** The last sessions that were told that the books cannot be read. */
  toldSessions: string[];
}

/** What is remembered; nothing of what cannot be read. */
export function readGuardState(): GuardState {
  try {
    const { offUntil, toldSessions } = JSON.parse(readConfig(NAME) ?? "{}");
    return {
      offUntil: isText(offUntil) ? offUntil : null,
      toldSessions: Array.isArray(toldSessions) ? toldSessions.filter(isText) : [],
    };
  } catch {
    return { offUntil: null, toldSessions: [] };
  }
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

/** @throws UserError when it cannot be written. */
export function keepGuardState(change: Partial<GuardState>): void {
  writeConfig(NAME, { ...readGuardState(), ...change }, "remember what the guard is to do");
}
