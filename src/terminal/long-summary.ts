import { addDays } from "../dates.ts";
import { changeOf, type Summary } from "../readers/summary.ts";
import { chart } from "./chart.ts";
import { projectedCost } from "../page/projection.ts";
import { count, counted, dollars, money, percent, styled } from "../format/figures.ts";
import { printable } from "../format/printable.ts";
import type { Frame } from "./first-screen.ts";
import { asOfWords, emptyWords, MONTHS, wholeDaysEnd } from "./summary-words.ts";
import { columns, table } from "./table.ts";
import { endOf, wrapped } from "../format/width.ts";

/** The width every line fits in. */
const WIDTH = 80;

/** How many days of the trend are listed; the chart shows them all. */
const LISTED_DAYS = 10;

/**
 * The long summary, readable at 80 columns.
 * @param planUsd what the user's plan costs a month, if there is one
 */
export function longSummary(
  summary: Summary,
  { planUsd, timezone, meant }: Omit<Frame, "width">,
): string {
  const empty = emptyWords(summary, meant);
  if (empty !== null) return empty;
  const { firstDate, lastDate, daysWithUsage } = summary.total;
  const title = styled("bold", `Claude Code, ${firstDate} to ${lastDate}`);
  const sections = [
    `${title}, ${counted(daysWithUsage, "day")} with usage`,
    overview(summary),
    ...outlook(summary, planUsd),
    section(
      isEverything(summary)
        ? "Cumulative cost since the books began"
        : "Cumulative cost of the range",
      ...trendChart(summary),
      trendTable(summary),
    ),
    section("Cost by model", modelTable(summary)),
    section("Most expensive projects", projectTable(summary)),
    section("Most expensive sessions", sessionTable(summary)),
  ];
  return [...sections, ...staleSection(summary, timezone), footnotes(summary)].join("\n\n");
}

function staleSection(summary: Summary, timezone: string): string[] {
  const lines = asOfWords(summary, { width: WIDTH, timezone });
  return lines.length === 0 ? [] : [styled("yellow", lines.join("\n"))];
}

function isEverything({ range }: Summary): boolean {
  return range.since === null && range.until === null;
}

function section(title: string, ...parts: string[]): string {
  return [styled("bold", title), ...parts].join("\n\n");
}

function overview({ total, periods }: Summary): string {
  const rows = [
    ["Total cost", money(total), "Input", count(total.inputTokens)],
    ["Today", known(periods.today), "Output", count(total.outputTokens)],
    ["This week", known(periods.thisWeek), "Cache creation", count(total.cacheCreationTokens)],
    ["This month", known(periods.thisMonth), "Cache read", count(total.cacheReadTokens)],
    ["Cache hit rate", percent(total.hitRate), "All tokens", count(total.totalTokens)],
  ];
  return columns(["left", "right", "left", "right"], rows, "    ");
}

function known(period: Summary["periods"]["today"]): string {
  return period.isKnown === 1 ? money(period) : "unknown";
}

/** Where the week and the month are heading; nothing in the first days, when nobody can tell. */
function outlook({ periods, projection, today, asOf }: Summary, planUsd: number | null): string[] {
  const sentences: string[] = [];
  const upTo = wholeDaysEnd(today, asOf);
  const projected = projectedCost(projection);
  if (projected !== null) {
    const { bySevenDays, byThirtyDays, sevenDayAverage } = projected;
    const month = MONTHS[Number(projection.month.slice(5)) - 1];
    const about = projection.bySevenDaysUnpricedTokens > 0 ? "" : "about ";
    const otherwise =
      byThirtyDays === bySevenDays ? "" : `; ${byThirtyDays} by the average of the last 30`;
    sentences.push(
      `Projected ${month}: ${about}${bySevenDays} (${counted(projection.daysLeft, "day")} left at ${sevenDayAverage} a day, the average of the last 7 days${otherwise}).`,
    );
  }
  sentences.push(
    ...against(`This week up to ${upTo}`, periods.thisWeek, "the same days of last week"),
    ...against(`This month up to ${upTo}`, periods.thisMonth, "the same days of last month"),
  );
  if (planUsd !== null && periods.thisMonth.totalCost !== null) {
    const worth = money(periods.thisMonth);
    const times = periods.thisMonth.totalCost / planUsd;
    const part = times < 0.05 ? "less than a tenth of" : `${times.toFixed(1)} times`;
    sentences.push(
      `${worth} of list-price usage on a ${dollars(planUsd).replace(".00", "")} plan this month, ${part} its price: an estimate, not a bill.`,
    );
  }
  const lines = sentences.flatMap((sentence) => wrapped(sentence, WIDTH - 2));
  return lines.length === 0 ? [] : [lines.map((line) => `  ${line}`).join("\n")];
}

function against(name: string, period: Summary["periods"]["today"], before: string): string[] {
  const changed = changeOf(period);
  if (changed === null) return [];
  const part = Math.round(changed * 100);
  const amount =
    part === 0 ? "as much as" : `${count(Math.abs(part))}% ${part < 0 ? "less" : "more"} than`;
  return [`${name}: ${amount} ${before}.`];
}

/** The line of the running total; none where it would have nothing to show. */
function trendChart({ trend }: Summary): string[] {
  const first = trend[0];
  const last = trend.at(-1);
  if (first === undefined || last === undefined || trend.length < 2) return [];
  if (last.cumulativeCost === null) return [];
  const costs = new Map(trend.map((day) => [day.date, day.cumulativeCost ?? 0]));
  const points: { label: string; value: number }[] = [];
  for (let date = first.date; date <= last.date; date = addDays(date, 1)) {
    points.push({ label: date, value: costs.get(date) ?? points.at(-1)?.value ?? 0 });
  }
  const drawn = chart(points, { width: WIDTH - 2, height: 8, format: axisLabel });
  return [drawn.replaceAll(/^(?=.)/gm, "  ").replaceAll(/ +$/gm, "")];
}

/** On an axis every label has its decimals, however small the sum. */
function axisLabel(value: number): string {
  return `$${value.toFixed(2)}`;
}

function trendTable({ trend }: Summary): string {
  const listed = trend.slice(-LISTED_DAYS);
  return table(
    [
      { title: "Date", align: "left" },
      { title: "Cost" },
      { title: "Running total" },
      { title: "7-day average" },
      { title: "30-day average" },
    ],
    listed.map((day) => [
      day.date,
      money(day),
      money({ totalCost: day.cumulativeCost, unpricedTokens: day.unpricedTokensSoFar }),
      money({ totalCost: day.sevenDayAverage, unpricedTokens: day.sevenDayUnpricedTokens }),
      money({ totalCost: day.thirtyDayAverage, unpricedTokens: day.thirtyDayUnpricedTokens }),
    ]),
  );
}

function modelTable({ models }: Summary): string {
  return table(
    [
      { title: "Model", align: "left" },
      { title: "Cost" },
      { title: "Tokens" },
      { title: "Output" },
    ],
    models.map((row) => [
      endOf(printable(row.model), 34),
      money(row),
      count(row.totalTokens),
      count(row.outputTokens),
    ]),
  );
}

function projectTable({ projects }: Summary): string {
  return table(
    [
      { title: "Project", align: "left" },
      { title: "Cost" },
      { title: "Tokens" },
      { title: "Days" },
    ],
    projects.map((row) => [
      endOf(printable(row.project), 34),
      money(row),
      count(row.totalTokens),
      count(row.daysWithUsage),
    ]),
  );
}

function sessionTable({ sessions }: Summary): string {
  return table(
    [
      { title: "Session", align: "left" },
      { title: "Project", align: "left" },
      { title: "Last active", align: "left" },
      { title: "Cost" },
      { title: "Tokens" },
    ],
    sessions.map((row) => [
      printable(row.sessionId).slice(0, 8),
      endOf(printable(row.project), 24),
      row.lastActivity,
      money(row),
      count(row.totalTokens),
    ]),
  );
}

function footnotes(summary: Summary): string {
  const { total, kept, beside } = summary;
  const notes = ["Costs are estimates at list price, not a bill."];
  if (kept !== null && kept.days > 0) {
    notes.unshift(
      `Of this, ${money(kept)} on ${counted(kept.days, "day")} is kept though the logs no longer show it.`,
    );
  }
  if (beside !== null && beside.calls > 0) {
    notes.unshift(
      `Of this, ${money(beside)} for ${counted(beside.calls, "call")} was beside the conversations, as telemetry tells.`,
    );
  }
  if (total.unpricedTokens > 0) {
    notes.push(
      `${total.totalCost === null ? "" : "≥ means at least: "}${count(total.unpricedTokens)} tokens have no known price yet.`,
    );
  } else if (isAtLeastSomewhere(summary)) {
    notes.push("≥ means at least: tokens outside this range have no known price yet.");
  }
  return styled("dim", notes.join("\n"));
}

/** Whether a figure has that mark: averages, the running total and the projection look beyond the range. */
function isAtLeastSomewhere(summary: Summary): boolean {
  const { periods, projection, trend, models, projects, sessions } = summary;
  const whole = [...Object.values(periods), ...models, ...projects, ...sessions].map(
    ({ totalCost, unpricedTokens }) => [totalCost, unpricedTokens] as const,
  );
  const listed = trend
    .slice(-LISTED_DAYS)
    .flatMap((day) => [
      [day.totalCost, day.unpricedTokens] as const,
      [day.cumulativeCost, day.unpricedTokensSoFar] as const,
      [day.sevenDayAverage, day.sevenDayUnpricedTokens] as const,
      [day.thirtyDayAverage, day.thirtyDayUnpricedTokens] as const,
    ]);
  const projected = [
    [projection.sevenDayAverage, projection.sevenDayUnpricedTokens] as const,
    [projection.bySevenDays, projection.bySevenDaysUnpricedTokens] as const,
    [projection.byThirtyDays, projection.byThirtyDaysUnpricedTokens] as const,
  ];
  return [...whole, ...listed, ...(projectedCost(projection) === null ? [] : projected)].some(
    ([cost, unpricedTokens]) => cost !== null && unpricedTokens > 0,
  );
}
