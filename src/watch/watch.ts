import { setTimeout as pause } from "node:timers/promises";

import { deliverAlerts, type Delivery } from "../alerts/deliver.ts";
import type { PaceAlert } from "../alerts/message.ts";
import { Outbox } from "../alerts/outbox.ts";
import type { FiredBudget } from "../budgets/check.ts";
import { machineTimezone } from "../config/machine.ts";
import { databasePath, existingDatabase } from "../config/paths.ts";
import { readSettings } from "../config/settings.ts";
import { dayAt } from "../dates.ts";
import { UserError } from "../errors.ts";
import { fetchUsage, type FetchResult } from "../fetch/fetch.ts";
import { readBooks, withBooks } from "../ledger/open.ts";
import { readRunning, type Running } from "../readers/running.ts";
import { claudeFolders } from "../sources/claude-code/folders.ts";
import { watchFolders } from "../sources/claude-code/watch-folders.ts";
import { paceWatch, type PaceLimits } from "./pace.ts";

/** What a watch is told. */
export interface WatchOptions extends PaceLimits {
  db: string | undefined;
  /** Never download prices. */
  offline: boolean;
  /** Seconds. */
  every: number;
  /** Ends it. */
  signal: AbortSignal;
}

/** What there is to show. */
export interface Sight {
  /** Null where the books cannot be read. */
  running: Running | null;
  /** Why the last fetch failed, or the books cannot be read; null: all is well. */
  mishap: string | null;
  /** What was new in it. */
  budgets: FiredBudget[];
  pace: PaceAlert[];
  deliveries: Delivery[];
}

/** Without a change it is looked anyway now and then, in milliseconds: not every disk tells of its changes. */
const LOOK_ANYWAY = 5 * 60_000;

/**
 * Fetches what changed and shows what is going on, again and again until the signal; tells of budgets and of the
 * pace. What fails is shown, and tried again.
 * @throws UserError when the settings cannot be read at the start.
 */
export async function watchUsage(
  { db, offline, every, signal, ...limits }: WatchOptions,
  show: (sight: Sight) => void,
): Promise<void> {
  await readSettings();
  const pace = paceWatch(limits);
  const fetches = new Fetches(db, offline);
  const outbox = new Outbox();
  let hasChanged = true;
  const folders = watchFolders(claudeFolders(), () => (hasChanged = true));
  let lookedAt = 0;
  let last: Sight | undefined;
  let isUndelivered = false;
  try {
    while (!signal.aborted) {
      const now = Date.now();
      // A clock that was set back must not keep it from looking.
      const isLong = Math.abs(now - lookedAt) >= LOOK_ANYWAY;
      const isTold = folders.isTold() && last?.mishap === null;
      if (hasChanged || isLong || !isTold) {
        hasChanged = false;
        lookedAt = now;
        await fetches.next();
      } else if (last?.running?.sessions.length === 0 && !isUndelivered) {
        // Nothing goes on, and nothing has changed: what is shown holds.
        await untilNext(every, signal);
        continue;
      }
      if (signal.aborted) break;
      last = await look(db, fetches, pace);
      show(last);
      // After all is shown: a receiver may be slow.
      const deliveries = await deliver(db, last, fetches.hasAlerts, outbox);
      isUndelivered = deliveries.some(({ error }) => error !== null);
      if (deliveries.length > 0) show({ ...last, budgets: [], pace: [], deliveries });
      await untilNext(every, signal);
    }
  } finally {
    folders.close();
  }
}

async function untilNext(seconds: number, signal: AbortSignal): Promise<void> {
  await pause(seconds * 1000, undefined, { signal }).catch(() => undefined);
}

async function look(
  db: string | undefined,
  fetches: Fetches,
  pace: (running: Running) => PaceAlert[],
): Promise<Sight> {
  const { mishap, budgets } = fetches.take();
  try {
    const timezone = machineTimezone();
    const running = await readBooks(existingDatabase(db), (books) =>
      readRunning(books, { now: Date.now(), timezone }),
    );
    return { running, mishap, budgets, pace: pace(running), deliveries: [] };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { running: null, mishap: mishap ?? error.message, budgets, pace: [], deliveries: [] };
  }
}

/** Tells of what is new, and of what could not be delivered before. What is in the way is tried again. */
async function deliver(
  db: string | undefined,
  { pace }: Sight,
  hasAlerts: boolean,
  outbox: Outbox,
): Promise<Delivery[]> {
  if (pace.length === 0 && !hasAlerts && !outbox.isWaiting) return [];
  try {
    const { channels } = await readSettings();
    const own = await outbox.send(pace, channels);
    if (!hasAlerts) return own;
    const timezone = machineTimezone();
    const ofBudgets = await withBooks(databasePath(db), (books) =>
      deliverAlerts(books, channels, { timezone }),
    );
    return [...own, ...ofBudgets];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [];
  }
}

/** The fetches of a watch, which share a row a day. */
class Fetches {
  readonly #db: string | undefined;
  readonly #offline: boolean;
  #row: number | null = null;
  /** The date of the last fetch that was to download prices: today's once are enough. */
  #date: string | null = null;
  #mishap: string | null = null;
  #budgets: FiredBudget[] = [];
  hasAlerts = false;

  constructor(db: string | undefined, offline: boolean) {
    this.#db = db;
    this.#offline = offline;
  }

  async next(): Promise<void> {
    const { date } = dayAt(Date.now(), machineTimezone());
    const isNewDay = date !== this.#date;
    if (isNewDay) this.#row = null;
    try {
      const fetched = await this.#fetch(this.#offline || !isNewDay);
      this.#date = date;
      this.#row = fetched.row ?? this.#row;
      this.#budgets = fetched.budgets;
      this.hasAlerts = fetched.hasAlerts;
      this.#mishap = null;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.#mishap = error.message;
    }
  }

  /** What the last one came to, once. */
  take(): { mishap: string | null; budgets: FiredBudget[] } {
    const taken = { mishap: this.#mishap, budgets: this.#budgets };
    this.#budgets = [];
    return taken;
  }

  #fetch(offline: boolean): Promise<FetchResult> {
    return fetchUsage({
      ...{ db: this.#db, offline, goesOn: this.#row },
      ...{ machine: undefined, timezone: undefined, ccusage: undefined, titles: undefined },
      ...{ full: false, check: true, timeout: TIMEOUT },
    });
  }
}

/** In seconds. */
const TIMEOUT = 600;
