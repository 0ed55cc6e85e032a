import type { Budget } from "../budget.ts";
import type { Channels } from "../config/channels.ts";
import { dayAt } from "../dates.ts";
import { printable } from "../format/printable.ts";
import {
  claimDeliveries,
  dueDeliveries,
  noteDelivery,
  type DueDelivery,
} from "../ledger/deliveries.ts";
import type { Books } from "../ledger/open.ts";
import { knownUntil, readAsOf } from "../readers/as-of.ts";
import { readBudgets } from "../readers/budgets.ts";
import { readRises } from "../readers/changes.ts";
import { messageOf, type Alert, type BudgetAlert, type Message } from "./message.ts";
import { readySender } from "./senders.ts";

/** An alert on its way to a channel. */
export interface Delivery {
  channel: string;
  /** Without secrets. */
  whereTo: string;
  message: Message;
  /** Why it was not delivered; null where it was, or was only to be shown. */
  error: string | null;
}

/** How long a channel may take, in milliseconds. */
const TIMEOUT = 10_000;

/**
 * Delivers what is to be told, all at once; what fails is kept for the next run, for a day. A channel that is no longer in
 * the settings is passed over.
 * @param dryRun nothing is sent, and nothing noted
 */
export async function deliverAlerts(
  books: Books,
  channels: Channels,
  { timezone, dryRun = false }: { timezone: string; dryRun?: boolean },
): Promise<Delivery[]> {
  const now = new Date().toISOString();
  const due = dryRun ? dueDeliveries(books, now) : claimDeliveries(books, now);
  const budgets = new Map(readBudgets(books).map((budget) => [budget.name, budget]));
  const delivered = await Promise.all(
    due.map(async (delivery): Promise<Delivery[]> => {
      const budget = budgets.get(delivery.budget);
      const channel = channels[delivery.channel];
      if (budget === undefined || channel === undefined) return [];
      const alert = alertOf(books, budget, delivery, timezone);
      const message = messageOf(alert);
      const sender = await readySender(channel);
      const error = dryRun ? null : await triedToSend(sender, alert, message);
      if (!dryRun) noteDelivery(books, delivery, error, new Date().toISOString());
      return [{ channel: delivery.channel, whereTo: sender.whereTo(), message, error }];
    }),
  );
  return delivered.flat();
}

/** @returns what was in the way; null when it was sent. */
export async function triedToSend(
  sender: Awaited<ReturnType<typeof readySender>>,
  alert: Alert,
  message: Message,
): Promise<string | null> {
  const signal = AbortSignal.timeout(TIMEOUT);
  try {
    const ended = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
    });
    await Promise.race([sender.send({ alert, message, signal }), ended]);
    return null;
  } catch (error) {
    if (signal.aborted) return `it took more than ${TIMEOUT / 1000} seconds`;
    // The first line: what follows is another program's output.
    const [first = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
    return printable(first).slice(0, 300);
  }
}

function alertOf(
  books: Books,
  budget: Budget,
  delivery: DueDelivery,
  timezone: string,
): BudgetAlert {
  const { level, spent, unpricedTokens, periodStart, firedAt } = delivery;
  const { name, unit, amount, period, scope } = budget;
  return {
    type: "budget",
    ...{ budget: name, level, unit, limit: amount, spent, unpricedTokens },
    percent: (spent / amount) * 100,
    ...{ period, periodStart, scope, firedAt },
    rose: risesOf(books, budget, timezone),
    isTest: false,
  };
}

function risesOf(books: Books, { scope }: Budget, timezone: string): BudgetAlert["rose"] {
  const today = dayAt(Date.now(), timezone).date;
  const asOf = readAsOf(books, scope, timezone);
  if (asOf.firstDate === null) return [];
  const selection = { ...scope, session: null, since: null, until: null };
  const until = knownUntil(asOf, today);
  return readRises(books, selection, { firstDate: asOf.firstDate, until }).map(
    ({ by, name, rise }) => ({ by, name: printable(name), rise }),
  );
}
