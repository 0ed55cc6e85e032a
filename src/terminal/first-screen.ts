import stringWidth from "fast-string-width";

import { addDays, localMinute } from "../dates.ts";
import { projectedCost } from "../page/projection.ts";
import type { CurrentPeriod, FirstScreen } from "../readers/summary.ts";
import { count, counted, money, percent, styled } from "../format/figures.ts";
import { printable } from "../format/printable.ts";
import { wrapped } from "../format/width.ts";
import { bars } from "./bars.ts";
import { emptyWords, MONTHS, wholeDaysEnd } from "./summary-words.ts";

/** When and for what the first screen is drawn. */
export interface Frame {
  /** What the user's plan costs a month, if there is one. */
  planUsd: number | null;
  /** Columns. */
  width: number;
  timezone: string;
}

/** How wide the names of the figures are: "September" is the longest, with a gap. */
const NAMES = 11;

/** What the screen is not wider than: longer lines are hard to read. */
const WIDEST = 100;

/** How much, is it rising, and why: one screen of 24 lines. */
export function firstScreen(summary: FirstScreen, frame: Frame): string {
  const empty = emptyWords(summary);
  if (empty !== null) return empty;
  const width = Math.min(frame.width, WIDEST);
  const { today } = summary;
  const until = summary.asOf.date ?? today;
  const lines = [
    ...range(summary, width),
    ...figures(summary, frame, until, width),
    "",
    ...bars(summary.lastDays, { width, title: `Last ${counted(summary.lastDays.length, "day")}` }),
    "",
    ...reasons(summary, width),
  ];
  const unknown = unknownDays(until, today);
  const gap =
    unknown === 0
      ? []
      : wrapped(
          `${counted(unknown, "day")} after ${until} ${unknown === 1 ? "is" : "are"} unknown: run \`ccbooks fetch\`, or add --fetch.`,
          width,
        );
  const foot = wrapped(
    "Estimates at list price, not a bill. `ccbooks stats --all` says more.",
    width,
  );
  return [
    ...lines,
    ...gap.map((line) => styled("yellow", line)),
    ...foot.map((line) => styled("dim", line)),
  ].join("\n");
}

function unknownDays(until: string, today: string): number {
  let days = 0;
  for (let date = until; date < today && days < 10_000; date = addDays(date, 1)) days += 1;
  return days;
}

/** The range that was asked for; nothing where all is shown. */
function range({ range: { since, until }, total }: FirstScreen, width: number): string[] {
  if (since === null && until === null) return [];
  const name = `${since ?? total.firstDate ?? ""} to ${until ?? total.lastDate ?? ""}`;
  return [
    ...spread(
      styled("bold", name),
      [
        amount(total.totalCost, total.unpricedTokens),
        counted(total.totalTokens, "token"),
        `${counted(total.daysWithUsage, "day")} with usage`,
      ],
      width,
    ),
    "",
  ];
}

function figures(summary: FirstScreen, frame: Frame, until: string, width: number): string[] {
  const { periods, projection, lastDays, today, asOf } = summary;
  const { planUsd, timezone } = frame;
  const isToday = until === today;
  const yesterday = lastDays.find(({ date }) => date === addDays(today, -1));
  const average = money(projection.sevenDayAverage, projection.sevenDayUnpricedTokens);
  const todays = isToday
    ? [
        ...(yesterday === undefined
          ? []
          : [`yesterday ${money(yesterday.totalCost, yesterday.unpricedTokens)}`]),
        ...(projection.sevenDayAverage === null ? [] : [`7-day average ${average}`]),
      ]
    : ["unknown"];
  const upTo = wholeDaysEnd(today, asOf);
  const projected = projectedCost(projection);
  const heads = projected === null ? [] : [`heading for ${between(projected)}`];
  const rows: [name: string, period: CurrentPeriod, facts: string[]][] = [
    ["This week", periods.thisWeek, against(periods.thisWeek, "last week", upTo)],
    ["Today", periods.today, todays],
    [
      MONTHS[Number(projection.month.slice(5)) - 1] ?? projection.month,
      periods.thisMonth,
      [
        ...heads,
        ...(projected === null ? against(periods.thisMonth, "last month", upTo) : []),
        ...plan(periods.thisMonth, planUsd),
      ],
    ],
  ];
  const sums = rows.map(([name, { totalCost, unpricedTokens }]) =>
    name === "Today" && !isToday ? "?" : money(totalCost, unpricedTokens),
  );
  const widest = Math.max(...sums.map((sum) => stringWidth(sum)));
  const said = rows.flatMap(([name, , facts], index) => {
    const sum = styled("bold", (sums[index] ?? "").padStart(widest));
    return spread(`${name.padEnd(NAMES)}${sum}`, facts, width);
  });
  return withAsOf(said, asOfWords(asOf.fetchedAt, today, timezone), width);
}

/** Behind the first line where it fits, else before it. */
function withAsOf([first = "", ...others]: string[], asOf: string, width: number): string[] {
  const gap = width - stringWidth(first) - stringWidth(asOf);
  const words = styled("dim", asOf);
  return gap < 2 ? [words, first, ...others] : [`${first}${" ".repeat(gap)}${words}`, ...others];
}

function asOfWords(fetchedAt: string | null, today: string, timezone: string): string {
  if (fetchedAt === null) return "never fetched";
  const [date, time] = localMinute(fetchedAt, timezone).split(" ");
  return `as of ${time} ${date === today ? "today" : `on ${date}`}`;
}

/** The whole days of a period beside the same days of the one before. */
function against(
  { costOfWholeDays, costBefore }: CurrentPeriod,
  before: string,
  upTo: string,
): string[] {
  if (!costBefore || costOfWholeDays === null) return [];
  const part = Math.round((costOfWholeDays / costBefore - 1) * 100);
  const words = `${part < 0 ? "−" : "+"}${count(Math.abs(part))}%`;
  const coloured = part === 0 ? "as much" : styled(part > 0 ? "yellow" : "green", words);
  return [`${coloured} up to ${upTo} (${before} ${money(costBefore)})`];
}

function between({ bySevenDays, byThirtyDays }: { bySevenDays: string; byThirtyDays: string }) {
  if (bySevenDays === byThirtyDays) return bySevenDays;
  const value = (text: string): number => Number(text.replaceAll(/[^\d.]/g, ""));
  return value(bySevenDays) < value(byThirtyDays)
    ? `${bySevenDays} to ${byThirtyDays}`
    : `${byThirtyDays} to ${bySevenDays}`;
}

function plan({ totalCost }: CurrentPeriod, planUsd: number | null): string[] {
  if (planUsd === null || totalCost === null) return [];
  const times = totalCost / planUsd;
  const part = times < 0.05 ? "less than a tenth of" : `${times.toFixed(1)}×`;
  return [`${money(planUsd).replace(".00", "")} plan: ${part} its price`];
}

function reasons({ rose, total, savings, kept }: FirstScreen, width: number): string[] {
  const rises = rose.map(({ by, name, rise, unpricedTokens }) => {
    const shown = `${by === "branch" ? "branch " : ""}${printable(name)}`;
    const short = shown.length > 40 ? `…${shown.slice(-39)}` : shown;
    return `${short} +${money(rise, unpricedTokens)}`;
  });
  const cache =
    total.hitRate === null
      ? []
      : [
          `${percent(total.hitRate)} read`,
          ...(savings.netSavings === null ? [] : [`saved ${money(savings.netSavings)} this month`]),
        ];
  const more = [
    total.unpricedTokens === 0
      ? "unpriced: none"
      : `≥ at least: ${counted(total.unpricedTokens, "token")} without a price`,
    ...(kept.days === 0
      ? []
      : [`kept of deleted transcripts: ${money(kept.totalCost, kept.unpricedTokens)}`]),
  ];
  return [
    ...(rises.length === 0
      ? []
      : spread("What rose", [`in 7 days: ${rises[0]}`, ...rises.slice(1)], width)),
    ...spread("Cache", [...cache, ...more], width),
  ];
}

function amount(cost: number | null, unpricedTokens: number): string {
  return styled("bold", money(cost, unpricedTokens));
}

/** A name and facts beside it, on as many lines as they need. */
function spread(name: string, facts: readonly string[], width: number): string[] {
  const indent = Math.min(Math.max(stringWidth(name), NAMES - 2) + 2, Math.floor(width / 2));
  const lines: string[] = [];
  let line = `${name}${" ".repeat(Math.max(2, indent - stringWidth(name)))}`;
  let isEmpty = true;
  for (const fact of facts) {
    const next = isEmpty ? `${line}${fact}` : `${line} · ${fact}`;
    if (isEmpty || stringWidth(next) <= width) {
      line = next;
      isEmpty = false;
    } else {
      lines.push(line);
      line = `${" ".repeat(indent)}${fact}`;
    }
  }
  return [...lines, line.trimEnd()];
}
