import { setTimeout as pause } from "node:timers/promises";

import { UsageError, UserError } from "../../errors.ts";
import { fetchUsage } from "../../fetch/fetch.ts";
import { secondsFlag } from "./check.ts";
import type { Fit } from "../../terminal/fit.ts";
import { counted } from "../../format/figures.ts";
import { printable } from "../../format/printable.ts";
import { drawScreen, rowsForText } from "../../terminal/screen.ts";

/**
 * Fetches and draws in place, again and again, until the user presses Ctrl-C. A fetch that fails is said
 * below what the books hold, and tried again.
 * @param fit what is drawn where the terminal has fewer rows than the text
 * @throws UsageError when nobody could see it.
 */
export async function watch(
  draw: () => Promise<string>,
  { db, every, fit }: { db: string | undefined; every: string | undefined; fit: Fit },
): Promise<void> {
  if (!process.stdout.isTTY) {
    throw new UsageError("--watch draws on a terminal, and this is none; leave it out.");
  }
  const seconds = secondsFlag(every ?? "30", "every");
  const stop = new AbortController();
  // Not once: whoever else listens takes a signal that nobody holds for the end of the program.
  process.on("SIGINT", () => stop.abort());
  // Today's prices once: asking for them again every time would keep the network busy for nothing.
  for (let offline = false; !stop.signal.aborted; offline = true) {
    const mishap = await fetchQuietly(db, offline);
    const words = fit(await draw(), rowsForText());
    const at = new Date().toLocaleTimeString("en-GB");
    const foot = `${mishap === null ? "" : `${printable(mishap)}\n`}At ${at}; again every ${counted(seconds, "second")} until Ctrl-C.`;
    drawScreen(words, foot);
    await pause(seconds * 1000, undefined, { signal: stop.signal }).catch(() => undefined);
  }
}

/** @returns what went wrong; null when all is well */
export async function fetchQuietly(
  db: string | undefined,
  offline: boolean,
): Promise<string | null> {
  const options = { db, offline, machine: undefined, timezone: undefined, ccusage: undefined };
  // What is said of a budget is said once, and this screen is drawn over: `ccbooks fetch` says it.
  try {
    await fetchUsage({ ...options, full: false, titles: undefined, check: false, timeout: 600 });
    return null;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.message;
  }
}
