import type { Period, RangeData } from "../../readers/page-range.ts";
import { counted, dollars, money } from "../../format/figures.ts";
import { grid, timeAxis, valueAxis } from "../axes.ts";
import { chartOf, type Size } from "../chart.ts";
import { HALF, NARROW, WIDE, type Drawing, type Figure } from "../figure.ts";
import { isShort } from "../grain.ts";
import { compactDollars, aloud, periodName } from "../words.ts";

/** Three years of them, whatever the span. */
const MOST_WEEKS = 157;

const DAYS_A_MONTH = 365.25 / 12;

/** What each week cost, against the plan if there is one: USD a month. */
export function weeksFigure(data: RangeData, plan: number | null): Figure {
  const weeks = data.periods.week.slice(-MOST_WEEKS);
  const limit = plan === null ? null : (plan * 7) / DAYS_A_MONTH;
  const isHalf = isShort(data);
  return {
    id: "weeks",
    title: plan === null ? "Weekly spend" : "Weekly spend against the plan",
    legend:
      limit === null || plan === null
        ? []
        : [
            { name: "within the plan", colour: "var(--c1)" },
            { name: "above it", colour: "var(--c2)" },
            {
              name: `${dollars(limit)} a week, ${dollars(plan)} a month`,
              colour: "var(--ink)",
              isLine: true,
            },
          ],
    summary: summaryOf(data, weeks, limit),
    wide: drawWeeks(weeks, limit, { width: isHalf ? HALF : WIDE, height: 260 }),
    narrow: drawWeeks(weeks, limit, { width: NARROW, height: 230 }),
    figures: {
      title: "Cost by week",
      words: 1,
      heads: ["week from", "cost", "days with usage", ...(limit === null ? [] : ["of the plan"])],
      rows: weeks.map((week) => [
        week.start,
        money(week),
        String(week.daysWithUsage),
        ...(limit === null ? [] : [ofPlan(week, limit)]),
      ]),
    },
    isHalf,
  };
}

function ofPlan({ totalCost }: Period, limit: number): string {
  return totalCost === null ? "–" : `${Math.round((totalCost / limit) * 100)}%`;
}

function summaryOf({ summary, periods }: RangeData, weeks: Period[], limit: number | null): string {
  const [top] = weeks.toSorted((a, b) => (b.totalCost ?? 0) - (a.totalCost ?? 0));
  if (summary.costPerDay === null || top === undefined) {
    return "No price is known for the usage of these weeks.";
  }
  const sentences = [`The most expensive week, from ${top.start}, came to ${aloud(money(top))}.`];
  if (summary.days >= 14) {
    const average = aloud(
      money({ totalCost: summary.costPerDay * 7, unpricedTokens: summary.unpricedTokens }),
    );
    sentences.push(`On average a week came to ${average}.`);
  }
  if (limit !== null) {
    const above = weeks.filter((week) => isAbove(week, limit)).length;
    sentences.push(
      `The plan comes to ${aloud(dollars(limit))} a week; ${above} of ${counted(weeks.length, "week")} came to more at list price.`,
    );
  }
  if (periods.week.length > weeks.length) {
    sentences.push(`The last ${counted(weeks.length, "week")} are shown.`);
  }
  return sentences.join(" ");
}

function isAbove({ totalCost }: Period, limit: number | null): boolean {
  return limit !== null && totalCost !== null && totalCost > limit;
}

function drawWeeks(weeks: Period[], limit: number | null, size: Size): Drawing {
  const chart = chartOf(
    {
      grid,
      xAxis: timeAxis(weeks, "week", size.width),
      yAxis: {
        ...valueAxis(compactDollars),
        // The plan is seen even when no week comes near it.
        max: ({ max }) => (limit !== null && max < limit ? limit : null),
      },
      series: {
        type: "bar",
        data: weeks.map((week) => ({
          value: week.totalCost,
          itemStyle: { color: isAbove(week, limit) ? "var(--c2)" : "var(--c1)" },
        })),
        barMaxWidth: 28,
        barCategoryGap: "20%",
        ...(limit !== null && {
          markLine: {
            symbol: "none",
            silent: true,
            label: { show: false },
            lineStyle: { color: "var(--ink)", type: "dashed", width: 1.5 },
            data: [{ yAxis: limit }],
          },
        }),
      },
    },
    size,
    (_, index) => {
      const week = weeks[index];
      return week && `${periodName(week, "week")}: ${money(week)}`;
    },
  );
  return { unit: "US dollars each week, from Monday", ...chart };
}
