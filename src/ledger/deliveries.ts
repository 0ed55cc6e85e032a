import type { Level } from "./budgets.ts";
import type { Books } from "./books.ts";

/** An event of a budget that is to be told to a channel. */
export interface DueDelivery {
  budget: string;
  periodStart: string;
  level: Level;
  threshold: number;
  channel: string;
  spent: number;
  unpricedTokens: number;
  firedAt: string;
}

/** How long it is tried to deliver an event. */
const DAYS = 1;

/** A try that has not ended by then was killed, in days: a minute. */
const KILLED = 1 / 1440;

const DUE = `
  delivered_at IS NULL
  AND julianday(@now) - julianday(e.fired_at) BETWEEN -1 AND ${DAYS}
  AND (d.tried_at IS NULL OR d.error IS NOT NULL OR ABS(julianday(@now) - julianday(d.tried_at)) > ${KILLED})`;

const JOINED = `
  budget_delivery AS d
  JOIN budget_event AS e USING (budget, period_start, level, threshold)`;

/** Notes that an event is to be told to some channels. */
export function queueDeliveries(
  books: Books,
  event: Pick<DueDelivery, "budget" | "periodStart" | "level" | "threshold">,
  channels: readonly string[],
): void {
  const add = books.prepare<[typeof event & { channel: string }]>(
    `INSERT OR IGNORE INTO budget_delivery (budget, period_start, level, threshold, channel)
     VALUES (@budget, @periodStart, @level, @threshold, @channel)`,
  );
  for (const channel of channels) {
    const { budget, periodStart, level, threshold } = event;
    add.run({ budget, periodStart, level, threshold, channel });
  }
}

/** Whether anything is to be delivered. `now` is ISO 8601 UTC. */
export function hasDeliveries(books: Books, now: string): boolean {
  return books.prepare(`SELECT 1 FROM ${JOINED} WHERE ${DUE} LIMIT 1`).get({ now }) !== undefined;
}

/** What is to be delivered, as far as nobody else is at it. `now` is ISO 8601 UTC. */
export function dueDeliveries(books: Books, now: string): DueDelivery[] {
  return books
    .prepare<[{ now: string }], DueDelivery>(
      `SELECT budget, period_start AS periodStart, level, threshold, channel, spent,
         unpriced_tokens AS unpricedTokens, fired_at AS firedAt
       FROM ${JOINED} WHERE ${DUE} ORDER BY fired_at, budget, channel`,
    )
    .all({ now });
}

/** Takes what is to be delivered, so that no other run delivers it too. `now` is ISO 8601 UTC. */
export function claimDeliveries(books: Books, now: string): DueDelivery[] {
  const claim = books.transaction((): DueDelivery[] => {
    const due = dueDeliveries(books, now);
    const mark = books.prepare<[DueDelivery & { now: string }]>(
      `UPDATE budget_delivery SET tries = tries + 1, tried_at = @now, error = NULL ${WHERE}`,
    );
    for (const delivery of due) mark.run({ ...delivery, now });
    return due;
  });
  return claim.immediate();
}

const WHERE = `
  WHERE budget = @budget AND period_start = @periodStart AND level = @level
    AND threshold = @threshold AND channel = @channel`;

/** Notes how a try ended: null is delivered. `now` is ISO 8601 UTC. */
export function noteDelivery(
  books: Books,
  delivery: DueDelivery,
  error: string | null,
  now: string,
): void {
  books
    .prepare<[DueDelivery & { error: string | null; deliveredAt: string | null }]>(
      `UPDATE budget_delivery SET error = @error, delivered_at = @deliveredAt ${WHERE}`,
    )
    .run({ ...delivery, error, deliveredAt: error === null ? now : null });
}
