import { randomUUID } from "node:crypto";

import type { CallTokens } from "./usage.ts";

/** What a model used in a call that an app recorded. */
export interface RecordedUsage extends CallTokens {
  /** As the provider calls it; empty: not told. */
  model: string;
  /** USD as it was told; null: to be reckoned from the tokens. */
  toldCost: number | null;
}

/** A call that an app recorded, or a program that was run: of the source `apps`. */
export interface RecordedCall extends RecordedUsage {
  /** What it is known by: the same text again is the same call. Null: nothing tells it apart. */
  key: string | null;
  /** Which it is of the calls that are known by one key together; null: the key is its own. */
  place: number | null;
  /** When it was made: milliseconds since 1970. */
  at: number;
  /** "anthropic", "openai", "google", or another; empty: not told. */
  provider: string;
  project: string | null;
  task: string | null;
  worker: string | null;
  durationMs: number | null;
  timeToFirstTokenMs: number | null;
  isSuccess: boolean;
  error: string | null;
  exitCode: number | null;
  /** Turns of a conversation that a program held. */
  turns: number | null;
  /** Claude Code's. */
  sessionId: string | null;
  /** In characters. */
  promptLength: number | null;
  responseLength: number | null;
  promptFile: string | null;
  /** JSON: what it was called with, such as its temperature. */
  settings: string | null;
  /** What other models used in the same call. */
  others: RecordedUsage[];
}

/** A call with a key of its own that a line can say, so that the line read again is the same call. */
export function withKey(call: RecordedCall): RecordedCall {
  const { key, place } = call;
  if (key !== null && place === null) return call;
  return { ...call, key: key === null ? randomUUID() : `${key} ${place}`, place: null };
}
