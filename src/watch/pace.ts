import type { PaceAlert } from "../alerts/message.ts";
import { LATELY, type Running, type RunningSession } from "../readers/running.ts";
import type { Spent } from "../usage.ts";

/** From when on somebody is told; null: never. */
export interface PaceLimits {
  /** USD an hour, of all sessions together. */
  burn: number | null;
  /** USD, of one session in all. */
  sessionMax: number | null;
}

/**
 * Says once that the pace came to its limit, and again only when it has been below for as long as the pace is
 * taken from; of each session once that it did.
 * @returns what is to be told of what is going on
 */
export function paceWatch({ burn, sessionMax }: PaceLimits): (running: Running) => PaceAlert[] {
  let quietSince: number | null = 0;
  const told = new Set<string>();
  return (running) => {
    const { at, costPerHour, unpricedTokensLately, sessions } = running;
    const alerts: PaceAlert[] = [];
    if (burn !== null && costPerHour >= burn) {
      const isNew = quietSince !== null && Date.parse(at) - quietSince >= QUIET;
      if (isNew) {
        const spent = { totalCost: costPerHour, unpricedTokens: unpricedTokensLately };
        alerts.push(alertOf("burn", burn, spent, sessions, at));
      }
      quietSince = null;
    } else {
      quietSince ??= Date.parse(at);
    }
    if (sessionMax === null) return alerts;
    for (const session of sessions) {
      const { sessionId, totalCost } = session;
      if ((totalCost ?? 0) < sessionMax || told.has(sessionId)) continue;
      told.add(sessionId);
      alerts.push(alertOf("session", sessionMax, session, [session], at));
    }
    return alerts;
  };
}

function alertOf(
  type: PaceAlert["type"],
  limit: number,
  { totalCost, unpricedTokens }: Spent,
  sessions: RunningSession[],
  firedAt: string,
): PaceAlert {
  const spent = totalCost ?? 0;
  const percent = (spent / limit) * 100;
  const told = { type, limit, spent, unpricedTokens, percent, sessions, firedAt };
  return { ...told, level: "over", isTest: false };
}

/** In milliseconds. */
const QUIET = LATELY * 60_000;
