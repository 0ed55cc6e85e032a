import stringWidth from "fast-string-width";

import { addDays, localMinute } from "../dates.ts";
import { projectedCost, type ProjectedCost } from "../page/projection.ts";
import { knownUntil, type AsOf } from "../readers/as-of.ts";
import { ALL } from "../readers/selection.ts";
import {
  changeOf,
  type CurrentPeriod,
  type FirstScreen,
  type Projection,
} from "../readers/summary.ts";
import { count, counted, dollars, money, percent, styled, timesPrice } from "../format/figures.ts";
import { printable } from "../format/printable.ts";
import { endOf, wrapped } from "../format/width.ts";
import { bars } from "./bars.ts";
import { emptyWords, MONTHS, staleWords, wholeDaysEnd } from "./summary-words.ts";

/** When and for what the first screen is drawn. */
export interface Frame {
  /** What the user's plan costs a month, if there is one. */
  planUsd: number | null;
  /** Columns. */
  width: number;
  timezone: string;
  /** Flags that would find something, where nothing was found. */
  meant: readonly string[];
}

/** How wide the names of the figures are: "September" is the longest, with a gap. */
const NAMES = 11;

/** What a name may take of a line. */
const LONGEST_NAME = 40;

const FOOT = "Estimates at list price, not a bill. `ccbooks stats --all` says more.";

/** What the screen is not wider than: longer lines are hard to read. */
const WIDEST = 100;

/** How much, is it rising, and why: one screen of 24 lines. */
export function firstScreen(summary: FirstScreen, frame: Frame): string {
  const empty = emptyWords(summary, frame.meant);
  if (empty !== null) return empty;
  const width = Math.min(frame.width, WIDEST);
  const hasRange = summary.range.since !== null || summary.range.until !== null;
  const head = hasRange ? rangeFigures(summary, width) : figures(summary, frame, width);
  const days = hasRange ? "The days" : `Last ${counted(summary.lastDays.length, "day")}`;
  const { today, asOf } = summary;
  // A day that is not over is in no average.
  const unfinished = knownUntil(asOf, today);
  const drawn = bars(summary.lastDays, { width, title: days, unfinished });
  const sections = [
    [...filterWords(summary, width), ...head],
    drawn,
    [
      ...reasons(summary, { width, hasRange }),
      ...staleWords(summary, width).map((line) => styled("yellow", line)),
      ...wrapped(FOOT, width).map((line) => styled("dim", line)),
    ],
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n");
}

/** What it is limited to, so that nobody takes it for all. */
function filterWords({ filters }: FirstScreen, width: number): string[] {
  const named = Object.entries(filters).flatMap(([name, value]) =>
    value === null || value === ALL.source ? [] : `${name} ${printable(value)}`,
  );
  return named.length === 0 ? [] : wrapped(`Only ${named.join(", ")}:`, width);
}

/** What the range that was asked for comes to. */
function rangeFigures(
  { range: { since, until }, total, today }: FirstScreen,
  width: number,
): string[] {
  const name = `${since ?? total.firstDate ?? ""} to ${until ?? today}`;
  return spread(
    styled("bold", name),
    [
      styled("bold", money(total)),
      counted(total.totalTokens, "token"),
      `${counted(total.daysWithUsage, "day")} with usage`,
    ],
    width,
  );
}

function figures(summary: FirstScreen, frame: Frame, width: number): string[] {
  const { periods, projection, today, asOf } = summary;
  const { planUsd, timezone } = frame;
  const upTo = wholeDaysEnd(today, asOf);
  const projected = projectedCost(projection);
  const month = MONTHS[Number(projection.month.slice(5)) - 1] ?? projection.month;
  const rows: [name: string, period: CurrentPeriod, facts: string[]][] = [
    ["This week", periods.thisWeek, against(periods.thisWeek, "last week", upTo)],
    ["Today", periods.today, todaysFacts(summary, timezone)],
    [
      month,
      periods.thisMonth,
      [
        ...(projected === null
          ? against(periods.thisMonth, "last month", upTo)
          : [`heading for ${between(projected, projection)}`]),
        ...plan(periods.thisMonth, planUsd),
      ],
    ],
  ];
  const sums = rows.map(([, { isKnown, totalCost, unpricedTokens }]) =>
    isKnown === 1 ? money({ totalCost, unpricedTokens }) : "?",
  );
  const widest = Math.max(...sums.map((sum) => stringWidth(sum)));
  const asOfToday = periods.today.isKnown === 1 ? asOfWords(asOf.fetchedAt, timezone) : "";
  return rows.flatMap(([name, , facts], index) => {
    const sum = styled("bold", (sums[index] ?? "").padStart(widest));
    const lines = spread(`${name.padEnd(NAMES)}${sum}`, facts, width);
    return name === "Today" ? withAsOf(lines, asOfToday, width) : lines;
  });
}

function todaysFacts(
  { periods, projection, lastDays, today, asOf }: FirstScreen,
  timezone: string,
): string[] {
  if (periods.today.isKnown === 0) return [`not fetched since ${sinceWords(asOf, timezone)}`];
  const yesterday = lastDays.find(({ date }) => date === addDays(today, -1));
  const average = money({
    totalCost: projection.sevenDayAverage,
    unpricedTokens: projection.sevenDayUnpricedTokens,
  });
  return [
    ...(yesterday === undefined ? [] : [`yesterday ${money(yesterday)}`]),
    ...(projection.sevenDayAverage === null ? [] : [`7-day average ${average}`]),
  ];
}

function sinceWords({ fetchedAt, date }: AsOf, timezone: string): string {
  return fetchedAt === null ? (date ?? "ever") : localMinute(fetchedAt, timezone);
}

/** At the end of the line where it fits. */
function withAsOf([first = "", ...others]: string[], asOf: string, width: number): string[] {
  const gap = width - stringWidth(first) - stringWidth(asOf);
  if (asOf === "") return [first, ...others];
  return gap < 2
    ? [
        first,
        ...others,
        styled("dim", `${" ".repeat(Math.min(NAMES, width - 1 - asOf.length))}${asOf}`),
      ]
    : [`${first}${" ".repeat(gap)}${styled("dim", asOf)}`, ...others];
}

function asOfWords(fetchedAt: string | null, timezone: string): string {
  return fetchedAt === null ? "" : `as of ${localMinute(fetchedAt, timezone).slice(11)}`;
}

/** The whole days of a period beside the same days of the one before. */
function against(period: CurrentPeriod, before: string, upTo: string): string[] {
  const { isKnown, costOfWholeDays, costBefore, unpricedOfWholeDays, unpricedBefore } = period;
  if (isKnown === 0 || !costBefore || costOfWholeDays === null) return [];
  const now = money({ totalCost: costOfWholeDays, unpricedTokens: unpricedOfWholeDays });
  const then = `(${before} ${money({ totalCost: costBefore, unpricedTokens: unpricedBefore })})`;
  const changed = changeOf(period);
  if (changed === null) return [`${now} up to ${upTo} ${then}`];
  const part = Math.round(changed * 100);
  const words = `${part < 0 ? "−" : "+"}${count(Math.abs(part))}%`;
  const coloured = part === 0 ? "as much" : styled(part > 0 ? "yellow" : "green", words);
  return [`${now} up to ${upTo}, ${coloured} ${then}`];
}

/** Where the month is heading by either average, the lower first. */
function between(
  { bySevenDays, byThirtyDays }: ProjectedCost,
  { bySevenDays: seven, byThirtyDays: thirty }: Projection,
): string {
  if (bySevenDays === byThirtyDays) return bySevenDays;
  return Number(seven) < Number(thirty)
    ? `${bySevenDays} to ${byThirtyDays}`
    : `${byThirtyDays} to ${bySevenDays}`;
}

function plan({ totalCost }: CurrentPeriod, planUsd: number | null): string[] {
  if (planUsd === null || totalCost === null) return [];
  const price = dollars(planUsd).replace(".00", "");
  return [`${price} plan: ${timesPrice(totalCost, planUsd)} its price`];
}

function reasons(
  { rose, total, savings, kept, beside }: FirstScreen,
  { width, hasRange }: { width: number; hasRange: boolean },
): string[] {
  const rises = rose.map(({ by, name, rise, unpricedTokens, unpricedTokensBefore }) => {
    const shown = `${by === "branch" ? "branch " : ""}${printable(name)}`;
    return `${endOf(shown, LONGEST_NAME)} +${money({ totalCost: rise, unpricedTokens: unpricedTokens + unpricedTokensBefore })}`;
  });
  const cache =
    total.hitRate === null
      ? []
      : [
          `${percent(total.hitRate)} read`,
          ...(savings.netSavings === null
            ? []
            : [`saved ${dollars(savings.netSavings)}${hasRange ? "" : " this month"}`]),
        ];
  const more = [
    total.unpricedTokens === 0
      ? "unpriced: none"
      : `≥ at least: ${counted(total.unpricedTokens, "token")} without a price`,
    ...(kept === null || kept.days === 0 ? [] : [`kept of deleted transcripts: ${money(kept)}`]),
    ...(beside === null || beside.calls === 0
      ? []
      : [`beside the conversations: ${money(beside)}`]),
  ];
  return [
    ...(rises.length === 0 || hasRange
      ? []
      : spread("What rose", [`in 7 days: ${rises[0]}`, ...rises.slice(1)], width)),
    ...spread("Cache", [...cache, ...more], width),
  ];
}

/** A name and facts beside it, on as many lines as they need. */
function spread(name: string, facts: readonly string[], width: number): string[] {
  const indent = Math.min(Math.max(stringWidth(name), NAMES - 2) + 2, Math.floor(width / 2));
  const head = `${name}${" ".repeat(Math.max(2, indent - stringWidth(name)))}`;
  const lines: string[] = [];
  for (const fact of facts) {
    const line = lines.at(-1);
    const next = line === undefined ? `${head}${fact}` : `${line} · ${fact}`;
    if (stringWidth(next) <= width) {
      lines[Math.max(0, lines.length - 1)] = next;
      continue;
    }
    const parts = wrapped(fact, width - indent).map((part) => `${" ".repeat(indent)}${part}`);
    if (line === undefined) parts[0] = `${head}${parts[0]?.trimStart() ?? ""}`;
    lines.push(...parts);
  }
  return lines.length === 0 ? [name] : lines;
}
