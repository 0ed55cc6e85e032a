import { localTimeAt } from "../dates.ts";
import {
  totalCallTokens,
  UNKNOWN_PROJECT,
  type Call,
  type RetentionSweep,
  type Telemetry,
  type TelemetryCall,
} from "../usage.ts";
import type { Books } from "./books.ts";
import { callKeeper, toldOwner, type KeptCalls } from "./calls.ts";
import { namesIn } from "./names.ts";
import { sessionDays } from "./session-days.ts";
import { sessionKeeper } from "./sessions.ts";

/**
 * Keeps what telemetry tells, within a transaction. The same batch again changes nothing, and the order in which
 * batches and transcripts come does not matter.
 * @param machine whose row it is told of
 * @param at when it came: ISO 8601 UTC
 */
export function keepTelemetry(
  books: Books,
  machine: { id: number; uid: string },
  { calls, sweeps, events }: Telemetry,
  at: string,
): KeptCalls {
  const kept: KeptCalls = { added: 0, changed: 0 };
  const sessions = sessionKeeper(books, machine.id);
  const keeper = callKeeper(books, sessionDays(books), { mayMove: false });
  const keepDetails = detailsKeeper(books);
  const sessionOf = ({ sessionId, at: calledAt }: TelemetryCall): number => {
    const known = sessions.find(sessionId);
    if (known !== undefined && !sessions.hasNoProject(known)) return known;
    const firstSeenAt = new Date(calledAt).toISOString();
    return sessions.join({ sessionId, projectPath: UNKNOWN_PROJECT, firstSeenAt }).id;
  };
  for (const call of calls) {
    const session = sessionOf(call);
    keepDetails(call, session);
    if (call.hasRequest && totalCallTokens(call) > 0) {
      keeper.keepTold(callOf(call), toldOwner(session, machine.uid, call.sessionId), kept);
    }
  }
  const keepSweep = sweepKeeper(books);
  for (const sweep of sweeps) keepSweep(machine.id, sweep);
  const count = books.prepare<[string, number, string]>(
    `INSERT INTO telemetry_event VALUES (?, ?, ?)
     ON CONFLICT DO UPDATE SET events = events + excluded.events, last_at = excluded.last_at`,
  );
  for (const [name, times] of events) count.run(name, times, at);
  return kept;
}

export function sweepKeeper(books: Books): (machine: number, sweep: RetentionSweep) => void {
  const keep = books.prepare<[number, string, number | null, number]>(
    "INSERT OR IGNORE INTO retention_sweep VALUES (?, ?, ?, ?)",
  );
  return (machine, { at, periodDays, transcriptsDeleted }) => {
    keep.run(machine, at, periodDays, transcriptsDeleted);
  };
}

/** What is known of a call whose usage only telemetry tells. */
function callOf({ identity, ...told }: TelemetryCall): Call {
  const { at, model, hasRequest, isSidechain, speed, clientVersion } = told;
  const { inputTokens, outputTokens, cacheReadTokens } = told;
  const { cacheCreation5mTokens, cacheCreation1hTokens } = told;
  return {
    ...{ message: identity, request: identity, hasRequest, at, model, isSidechain, speed },
    ...{ inputTokens, outputTokens, cacheCreation5mTokens, cacheCreation1hTokens, cacheReadTokens },
    ...{ clientVersion, branch: null, webSearches: 0, serviceTier: null },
    ...{ lineCost: null, details: null },
  };
}

/** Of two that tell of one call the fullest knowledge stays, whichever comes first. */
const KNOWN_BEST = [
  ...["input_tokens", "output_tokens", "cache_creation_5m_tokens", "cache_creation_1h_tokens"],
  ...["cache_read_tokens", "at", "duration_ms", "time_to_first_token_ms", "attempts"],
  // A refusal is an answer, too: of these the last by the alphabet tells most.
  ...["status", "status_code", "error", "effort", "told_cost"],
];

/** What is kept of a call besides its place in a session. */
export type TelemetryDetails = Omit<
  TelemetryCall,
  "sessionId" | "isSidechain" | "speed" | "clientVersion"
>;

/** @returns what keeps all that is told of a call besides its usage, and its usage as it was told */
export function detailsKeeper(books: Books): (call: TelemetryDetails, session: number) => void {
  const models = namesIn(books, "model");
  const querySources = namesIn(books, "query_source");
  const setMinutes = books.prepare<[number, number]>(
    "UPDATE telemetry_call SET minutes_from_utc = ? WHERE id = ?",
  );
  const keep = books.prepare<
    [Record<string, string | number | boolean | null>],
    { id: number; at: number; minutes: number; timezone: string }
  >(
    `INSERT INTO telemetry_call (
       identity, has_request, session, at, minutes_from_utc, model, input_tokens, output_tokens,
       cache_creation_5m_tokens, cache_creation_1h_tokens, cache_read_tokens, duration_ms,
       time_to_first_token_ms, attempts, status, status_code, error, effort, query_source,
       told_cost)
     VALUES (
       @identity, @hasRequest, @session, @at, 0, @modelId, @inputTokens, @outputTokens,
       @cacheCreation5mTokens, @cacheCreation1hTokens, @cacheReadTokens, @durationMs,
       @timeToFirstTokenMs, @attempts, @status, @statusCode, @error, @effort, @querySourceId,
       @toldCost)
     ON CONFLICT (identity) DO UPDATE SET
       session = (
         SELECT s.id FROM session AS s JOIN machine AS m ON m.id = s.machine
         WHERE s.id IN (telemetry_call.session, excluded.session)
         ORDER BY s.session_id, m.uid LIMIT 1),
       ${KNOWN_BEST.map((name) => `${name} = COALESCE(MAX(${name}, excluded.${name}), ${name}, excluded.${name})`).join(", ")}
     RETURNING id, at, minutes_from_utc AS minutes, (
       SELECT timezone FROM machine WHERE id = (
         SELECT machine FROM session WHERE id = telemetry_call.session)) AS timezone`,
  );
  return (call, session) => {
    const kept = keep.get({
      ...call,
      session,
      hasRequest: Number(call.hasRequest),
      modelId: models.idOf(call.model),
      querySourceId: call.querySource === null ? null : querySources.idOf(call.querySource),
    });
    if (kept === undefined) throw new Error("a call of telemetry was not kept");
    // By the clocks of the session's machine, whichever of two that is.
    const { minutesFromUtc } = localTimeAt(kept.at, kept.timezone);
    if (minutesFromUtc !== kept.minutes) setMinutes.run(minutesFromUtc, kept.id);
  };
}
