import { hash52 } from "../calls/hash.ts";
import type { Settings } from "../config/settings.ts";
import {
  keepCountedWith,
  keepUnpricedModels,
  markOutdated,
  unpricedModels,
  type CountedWith,
} from "../ledger/counted-with.ts";
import { hasUncounted } from "../ledger/counts.ts";
import type { Books } from "../ledger/open.ts";
import type { Reason } from "../ledger/revisions.ts";
import { newTally, type RunResult } from "../ledger/runs.ts";
import { priceList } from "../prices/list.ts";
import { ownPrices } from "../prices/settings.ts";
import { readRates } from "../readers/rates.ts";
import { findCcusage, type Ccusage } from "../sources/ccusage/find.ts";
import { version } from "../version.ts";

/** What a count is done with. */
export interface Counter {
  ccusage: Ccusage;
  offline: boolean;
  /** Seconds. */
  timeout: number;
  settings: Settings;
}

/** What a command says of how to count. */
export interface CounterFlags {
  ccusage: string | undefined;
  offline: boolean;
  /** Seconds. */
  timeout: number;
}

/** @throws UserError when there is no such ccusage. */
export async function counterOf(flags: CounterFlags, settings: Settings): Promise<Counter> {
  return { ...flags, ccusage: await findCcusage(flags.ccusage, flags.timeout), settings };
}

/** What decides a count: see `counted_with`. Our list of prices is that of our version. */
function countedWith({ ccusage, offline, settings }: Counter): CountedWith {
  const pricing = [ccusage.version, offline, version(), settings.prices];
  return {
    ccusageVersion: ccusage.version,
    pricing: hash52(JSON.stringify(pricing)).toString(36),
  };
}

/** What a count is about. */
export interface CountOptions {
  /** Begins the run's row; nothing asks for it where there is nothing to count. */
  runId: () => number;
  /** The local date. */
  today: string;
  /** Why all is counted again; undefined: only what changed is counted. */
  reason?: Reason;
  /** Let costs move that are known for the same tokens. */
  reprice?: boolean;
}

/**
 * Counts what is to be counted: what has changed, and with another ccusage or other prices than before
 * what those may change.
 */
export async function countBooks(
  books: Books,
  counter: Counter,
  { runId, today, reason, reprice = false }: CountOptions,
): Promise<Pick<RunResult, "days" | "sessions" | "ccusageVersion" | "arguments" | "prices">> {
  const now = countedWith(counter);
  const outdated = markOutdated(books, now);
  if (!hasUncounted(books)) {
    const none = { days: newTally(), sessions: newTally() };
    return { ...none, ccusageVersion: null, arguments: [], prices: null };
  }
  const { countAll } = await import("./count.ts");
  const { settings, ccusage } = counter;
  const known = unpricedModels(books, now.pricing);
  const unpriced = new Set(known);
  const counted = await countAll(books, {
    ...counter,
    own: ownPrices(settings.prices),
    list: priceList(readRates(books)),
    unpriced,
    counting: {
      run: runId(),
      countedAt: new Date().toISOString(),
      today,
      reason: reason ?? outdated ?? { kind: "calls", detail: null },
      reprice,
    },
  });
  if (unpriced.size > known.size) keepUnpricedModels(books, now.pricing, unpriced);
  keepCountedWith(books, now);
  return { ...counted, ccusageVersion: ccusage.version };
}
