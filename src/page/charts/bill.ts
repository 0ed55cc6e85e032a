import { grainFor, type Grain } from "../../readers/grain.ts";
import type { BillPeriod } from "../../readers/bill.ts";
import type { RangeData } from "../../readers/page-range.ts";
import type { PageBill } from "../../readers/page.ts";
import { dollars, dollarsIfAny, moneyIfAny } from "../../format/figures.ts";
import { grid, timeAxis, valueAxis } from "../axes.ts";
import { chartOf, type Size } from "../chart.ts";
import { NARROW, WIDE, type Drawing, type Figure } from "../figure.ts";
import { listedGrain } from "../grain.ts";
import { aloud, compactDollars, periodName } from "../words.ts";

/** So few points are marked, so that they can be pointed at. */
const MARKED = 60;

const LINES = [
  { key: "estimatedCost", name: "reported use, at list price", colour: "var(--c1)" },
  { key: "billedCost", name: "billed", colour: "var(--c2)" },
] as const;

/** What the organisation used by Anthropic's report, and what it was billed. */
export function billFigure(data: RangeData, bill: PageBill): Figure {
  const grain = grainFor(data.periods, { days: 160, weeks: 170 });
  const listed = listedGrain(data);
  const known = new Map(bill[listed].map((period) => [period.start, period]));
  return {
    id: "bill",
    title: "The organisation’s bill",
    legend: LINES.map(({ name, colour }) => ({ name, colour, isLine: true })),
    summary: summaryOf(bill),
    wide: drawBill(data, bill, grain, { width: WIDE, height: 260 }),
    narrow: drawBill(data, bill, grain, { width: NARROW, height: 230 }),
    figures: {
      title: `Reported use and bill by ${listed}`,
      words: 1,
      heads: [listed, "reported use", "billed"],
      rows: data.periods[listed].flatMap((period) => {
        const found = known.get(period.start);
        if (found === undefined) return [];
        return [[periodName(period, listed), estimateOf(found), dollarsIfAny(found.billedCost)]];
      }),
    },
    isHalf: false,
  };
}

function estimateOf({ estimatedCost, unpricedTokens }: BillPeriod): string {
  return moneyIfAny({ totalCost: estimatedCost, unpricedTokens });
}

function summaryOf({ total }: PageBill): string {
  const used = aloud(estimateOf(total));
  const billed = total.billedCost === null ? "nothing" : dollars(total.billedCost);
  return `Anthropic reports ${used} of use at list price, and has billed ${billed} so far. It is of the whole organisation, by days of UTC, and beside the other figures, not in them.`;
}

function drawBill({ periods }: RangeData, bill: PageBill, grain: Grain, size: Size): Drawing {
  const shown = periods[grain];
  const known = new Map(bill[grain].map((period) => [period.start, period]));
  const chart = chartOf(
    {
      grid,
      xAxis: timeAxis(shown, grain, size.width),
      yAxis: valueAxis(compactDollars),
      series: LINES.map(({ key, colour }) => ({
        type: "line",
        data: shown.map(({ start }) => known.get(start)?.[key] ?? null),
        lineStyle: { color: colour, width: 2.5 },
        itemStyle: { color: colour },
        symbol: shown.length <= MARKED ? "circle" : "none",
        symbolSize: 6,
        clip: false,
      })),
    },
    size,
    (series, index) => {
      const [line, period] = [LINES[series], shown[index]];
      const found = period === undefined ? undefined : known.get(period.start);
      if (line === undefined || period === undefined || found === undefined) return undefined;
      const value = line.key === "billedCost" ? dollarsIfAny(found.billedCost) : estimateOf(found);
      return `${periodName(period, grain)}: ${value} ${line.key === "billedCost" ? "billed" : "used"}`;
    },
  );
  return { unit: `US dollars each ${grain}`, ...chart };
}
