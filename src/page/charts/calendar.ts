import { addDays } from "../../dates.ts";
import type { CalendarDay, RangeData } from "../../readers/page-range.ts";
import { count, counted, money } from "../../format/figures.ts";
import { chartOf, type Size } from "../chart.ts";
import { HALF, NARROW, WIDE, type Drawing, type Figure } from "../figure.ts";
import { heatColours, heatLegend, heatOf } from "../heat.ts";
import { isShort } from "../grain.ts";

/** How large a day's square may be, in pixels. */
const MOST_CELL = 30;

/** How many days are listed. */
const LISTED = 10;

/** Which days cost how much, a square a day. */
export function calendarFigure(data: RangeData): Figure {
  const { calendar } = data;
  const isHalf = isShort(data);
  return {
    id: "calendar",
    title: "Day by day",
    legend: heatLegend(calendar),
    summary: summaryOf(data),
    wide: drawCalendar(calendar, { width: isHalf ? HALF : WIDE, weeks: 53, label: 64 }),
    narrow: drawCalendar(calendar, { width: NARROW, weeks: 27, label: 30 }),
    figures: {
      title: "The most expensive days",
      words: 1,
      heads: ["day", "cost", "tokens"],
      rows: calendar
        .filter(({ totalCost }) => totalCost !== null)
        .toSorted((a, b) => (b.totalCost ?? 0) - (a.totalCost ?? 0))
        .slice(0, LISTED)
        .map((day) => [day.date, money(day), count(day.totalTokens)]),
    },
    isHalf,
  };
}

function summaryOf({ calendar, summary, span }: RangeData): string {
  const [first] = calendar;
  const cut = first !== undefined && first.date > span.since ? ` Shown from ${first.date} on.` : "";
  return `Usage on ${count(summary.daysWithUsage)} of ${counted(summary.days, "day")}.${cut}`;
}

/** Calendars below each other, of as many weeks as fit. */
function drawCalendar(
  days: CalendarDay[],
  { width, weeks, label }: { width: number; weeks: number; label: number },
): Drawing {
  // Days of one colour after each other, so that the page says it once.
  const byColour = days.toSorted((a, b) => heatOf(a.level) - heatOf(b.level));
  const rows = rowsOf(days, weeks).map((row) => ({
    ...row,
    days: byColour.filter(({ date }) => row.since <= date && date <= row.until),
  }));
  const isByHalf = weeks < 53;
  /** A half of a year has no room for its year at the side. */
  const monthLabel = ({ nameMap, yyyy, M }: MonthLabel): string =>
    isByHalf && rows.length > 1 && Number(M) % 6 === 1 ? `${nameMap} ${yyyy}` : nameMap;
  const columns = rows.length === 1 ? Math.ceil(days.length / 7) + 1 : weeks + 1;
  const cell = Math.min(MOST_CELL, Math.floor((width - label) / columns));
  const rowHeight = 7 * cell + 30;
  const size: Size = { width, height: rows.length * rowHeight };
  const chart = chartOf(
    {
      calendar: rows.map(({ since, until, name }, place) => ({
        range: [since, until],
        left: label,
        top: place * rowHeight + 20,
        cellSize: [cell, cell],
        itemStyle: { color: "none", borderWidth: 0 },
        splitLine: { show: false },
        dayLabel: {
          firstDay: 1,
          nameMap: ["", "Mon", "", "Wed", "", "Fri", ""],
          color: "var(--muted)",
          fontSize: 11,
        },
        monthLabel: { formatter: monthLabel, color: "var(--muted)", fontSize: 11 },
        yearLabel: {
          show: name !== "" && !isByHalf,
          formatter: name,
          color: "var(--ink)",
          fontSize: 12,
          fontWeight: 600,
          margin: label - 22,
        },
      })),
      visualMap: heatColours(1),
      series: rows.map((row, place) => ({
        type: "heatmap",
        coordinateSystem: "calendar",
        calendarIndex: place,
        data: row.days.map(({ date, level }) => [date, heatOf(level)]),
      })),
    },
    size,
    (place, index) => {
      const day = rows[place]?.days[index];
      if (day === undefined) return undefined;
      return `${day.date}: ${day.totalTokens === 0 ? "nothing" : money(day)}`;
    },
  );
  return { unit: "US dollars a day; each colour is a fifth of the days with a cost", ...chart };
}

/** What ECharts gives to name a month by. */
interface MonthLabel {
  nameMap: string;
  yyyy: string | number;
  M: string | number;
}

interface Row {
  since: string;
  until: string;
  name: string;
  days: CalendarDay[];
}

/** All days in one row if they fit; else a row for each year or half of one. */
function rowsOf(days: CalendarDay[], weeks: number): Row[] {
  const [since, until] = [days[0]?.date ?? "", days.at(-1)?.date ?? ""];
  if (addDays(since, (weeks - 1) * 7) > until) return [{ since, until, name: "", days }];
  const isByHalf = weeks < 53;
  const byRow = Map.groupBy(days, ({ date }) => {
    const year = date.slice(0, 4);
    if (!isByHalf) return `${year}-01-01`;
    return date.slice(5, 7) < "07" ? `${year}-01-01` : `${year}-07-01`;
  });
  return [...byRow].map(([begin, own]) => {
    const isFirstHalf = isByHalf && begin.endsWith("-01-01");
    return {
      since: begin,
      until: `${begin.slice(0, 4)}-${isFirstHalf ? "06-30" : "12-31"}`,
      name: begin.slice(0, 4),
      days: own,
    };
  });
}
