import type { GridComponentOption } from "echarts/components";

import type { Grain } from "../readers/grain.ts";
import type { ChartOption } from "./chart.ts";
import { dayAndMonth, monthOf } from "./words.ts";

/** Where the marks lie: as much of the picture as the scales leave. */
export const grid: GridComponentOption = {
  left: 0,
  right: 0,
  top: 10,
  bottom: 0,
  outerBoundsMode: "same",
  outerBoundsContain: "axisLabel",
};

export const quiet = { show: false } as const;

type XAxis = Extract<NonNullable<ChartOption["xAxis"]>, { type?: "category" }>;

/** An axis of days, weeks or months, named as densely as the width allows. */
export function timeAxis(
  periods: readonly { start: string }[],
  grain: Grain,
  width: number,
): XAxis {
  const starts = periods.map(({ start }) => start);
  const ticks = ticksOf(starts, grain, width / 60);
  return {
    type: "category",
    data: starts,
    axisLine: { lineStyle: { color: "var(--axis)" } },
    axisTick: { interval: (index) => ticks.has(index), lineStyle: { color: "var(--axis)" } },
    axisLabel: {
      color: "var(--muted)",
      interval: (index) => ticks.has(index),
      formatter: (_, index) => ticks.get(index) ?? "",
      hideOverlap: true,
    },
  };
}

/** The periods that get a name, by their place, and the names: the finest steps there is room for. */
function ticksOf(starts: readonly string[], grain: Grain, room: number): Map<number, string> {
  const month = (start: string): number => Number(start.slice(5, 7));
  const year = (start: string): number => Number(start.slice(0, 4));
  const begins = (unit: (start: string) => number) => (start: string, index: number) =>
    index > 0 ? unit(start) !== unit(starts[index - 1] ?? "") : Number(start.slice(8)) <= 7;
  const newMonth = begins(month);
  const newYear = begins(year);
  const steps: { isAt: (start: string, index: number) => boolean; name: typeof dayAndMonth }[] = [
    { isAt: () => grain !== "month", name: dayAndMonth },
    { isAt: (start) => grain === "day" && isMonday(start), name: dayAndMonth },
    ...[1, 3, 6].map((months) => ({
      isAt: (start: string, index: number) =>
        newMonth(start, index) && (month(start) - 1) % months === 0,
      name: monthOf,
    })),
    ...[1, 2, 5, 10].map((years) => ({
      isAt: (start: string, index: number) => newYear(start, index) && year(start) % years === 0,
      name: () => "",
    })),
  ];
  for (const { isAt, name } of steps) {
    const places = starts.flatMap((start, index) => (isAt(start, index) ? [{ start, index }] : []));
    if (places.length === 0 || places.length > room) continue;
    return new Map(
      places.map(({ start, index }, place) => {
        const isYear = name !== dayAndMonth && (month(start) === 1 || name(start) === "");
        if (isYear) return [index, start.slice(0, 4)];
        const needsYear = place === 0 && name !== dayAndMonth;
        return [index, needsYear ? `${name(start)} ${start.slice(0, 4)}` : name(start)];
      }),
    );
  }
  return new Map();
}

function isMonday(date: string): boolean {
  return new Date(`${date}T00:00:00Z`).getUTCDay() === 1;
}

type YAxis = Extract<NonNullable<ChartOption["yAxis"]>, { type?: "value" }>;

/** An axis of amounts, with lines across the picture. */
export function valueAxis(format: (value: number) => string, colour = "var(--muted)"): YAxis {
  return {
    type: "value",
    splitNumber: 4,
    axisLabel: { color: colour, formatter: format },
    splitLine: { lineStyle: { color: "var(--grid)" } },
  };
}
