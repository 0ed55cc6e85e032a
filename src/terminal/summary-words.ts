import { addDays, localMinute } from "../dates.ts";
import { counted } from "../format/figures.ts";
import { printable } from "../format/printable.ts";
import { wrapped } from "../format/width.ts";
import type { AsOf } from "../readers/as-of.ts";
import { isLimited } from "../readers/selection.ts";
import type { FirstScreen } from "../readers/summary.ts";
import type { Source } from "../usage.ts";

export const MONTHS = [
  ...["January", "February", "March", "April", "May", "June", "July"],
  ...["August", "September", "October", "November", "December"],
];

/** Of books that hold nothing of a source. */
export const NOTHING_KNOWN: Record<Source, string> = {
  "claude-code": "The books are empty so far; use Claude Code, then run `ccbooks fetch`.",
  apps: "No app has recorded a call so far; `ccbooks serve` takes them in.",
  anthropic: "Nothing of Anthropic's reports is known so far; run `ccbooks pull anthropic`.",
};

/**
 * What to say where there is nothing to show; null where there is something.
 * @param meant flags that would find something
 */
export function emptyWords(summary: FirstScreen, meant: readonly string[]): string | null {
  const { total, range, filters, asOf } = summary;
  if (total.firstDate !== null) return null;
  if (asOf.firstDate === null && filters.machine === null) return NOTHING_KNOWN[asOf.source];
  const hasRange = range.since !== null || range.until !== null;
  const where = [
    ...(isLimited(filters) ? ["of that"] : []),
    ...(hasRange ? ["in this range"] : []),
  ];
  const instead =
    meant.length > 0
      ? `did you mean ${printable(meant.join(" "))}?`
      : "`ccbooks stats` alone shows all there is.";
  return [`No usage ${where.join(" ")}; ${instead}`, ...staleWords(summary, Infinity)].join("\n");
}

/** What tells more. */
const NEXT: Record<Source, string> = {
  "claude-code": "run `ccbooks fetch`, or add --fetch",
  apps: "what apps send is known at once",
  anthropic: "run `ccbooks pull anthropic`",
};

/** That nothing is known of the days after the last fetch; none where it was today. */
export function staleWords(
  { today, asOf: { source, date } }: Pick<FirstScreen, "today" | "asOf">,
  width: number,
): string[] {
  if (date === null || date >= today) return [];
  const days = Math.round((Date.parse(today) - Date.parse(date)) / 86_400_000);
  return wrapped(
    `${counted(days, "day")} after ${date} ${days === 1 ? "is" : "are"} unknown: ${NEXT[source]}.`,
    width,
  );
}

/** When the books were last fetched, and what is unknown since then. */
export function asOfWords(
  known: Pick<FirstScreen, "today" | "asOf">,
  { width, timezone }: { width: number; timezone: string },
): string[] {
  const { fetchedAt } = known.asOf;
  return [
    ...(fetchedAt === null ? [] : [`As of ${localMinute(fetchedAt, timezone)}.`]),
    ...staleWords(known, width),
  ];
}

/** The last day that is known whole. */
export function wholeDaysEnd(today: string, { date }: AsOf): string {
  return date === null || date >= today ? "yesterday" : addDays(date, -1);
}
