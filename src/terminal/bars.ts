import stringWidth from "fast-string-width";

import { dollars, money, styled } from "../format/figures.ts";
import { wrapped } from "../format/width.ts";
import type { Spent } from "../usage.ts";

/** A day of a bar chart. */
interface Day extends Spent {
  date: string;
}

/** How many lines the bars are high. */
const HEIGHT = 6;

/** A part of a line's height, in eighths. */
const BLOCKS = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/** The average, between the bars. */
const DASH = "┄";

/**
 * A bar a day, with the average as a line and the most expensive day named.
 * @param unfinished the date of a day that is not over, and so in no average
 */
export function bars(
  days: readonly Day[],
  { width, title, unfinished }: { width: number; title: string; unfinished: string },
): string[] {
  const costs = days.map(({ totalCost }) => totalCost ?? 0);
  const most = Math.max(...costs);
  const highest = days[costs.indexOf(most)];
  const first = days[0];
  const last = days.at(-1);
  if (highest === undefined || first === undefined || last === undefined || most === 0) return [];
  const { average, averageWords } = averageOf(days, unfinished);
  const labelWidth = Math.max(stringWidth(dollars(most)), stringWidth(averageWords));
  const room = width - labelWidth - 3;
  const step = Math.max(1, Math.min(3, Math.floor(room / days.length)));
  const shown = days.slice(-Math.floor(room / step));
  const thick = Math.max(1, step - 1);
  const averageRow = Math.min(HEIGHT - 1, Math.floor((average / most) * HEIGHT));
  const rows = Array.from({ length: HEIGHT }, (_, index) => {
    const row = HEIGHT - 1 - index;
    const isAverage = row === averageRow;
    const label = row === HEIGHT - 1 ? dollars(most) : isAverage ? averageWords : "";
    const line = shown.map((day) => blockIn(row, day, most).repeat(thick).padEnd(step)).join("");
    const drawn = isAverage ? line.replaceAll(" ", DASH) : line.trimEnd();
    return `${label.padStart(labelWidth)} ${styled("dim", isAverage ? "┼" : "┤")}${coloured(drawn)}`;
  });
  const from = shown[0]?.date ?? first.date;
  const span = shown.length * step - (step > 1 ? 1 : 0);
  const gap = Math.max(1, span - from.length - last.date.length);
  return [
    ...wrapped(`${title}, ${averageWords} a day on average, most on ${highest.date}`, width),
    ...rows,
    styled("dim", `${" ".repeat(labelWidth + 2)}${from}${" ".repeat(gap)}${last.date}`),
  ];
}

/** Of the whole days, or of the one day there is. */
function averageOf(
  days: readonly Day[],
  unfinished: string,
): { average: number; averageWords: string } {
  const whole = days.filter(({ date }) => date !== unfinished);
  const counted = whole.length === 0 ? days : whole;
  const sum = counted.reduce((total, { totalCost }) => total + (totalCost ?? 0), 0);
  const unpricedTokens = counted.reduce((total, day) => total + day.unpricedTokens, 0);
  const average = sum / counted.length;
  return { average, averageWords: money({ totalCost: average, unpricedTokens }) };
}

/** What a day's bar is in one of the lines, the lowest being 0. */
function blockIn(row: number, { totalCost }: Day, most: number): string {
  const cost = totalCost ?? 0;
  const eighths = Math.round((cost / most) * HEIGHT * 8) - row * 8;
  const least = row === 0 && cost > 0 ? 1 : 0;
  return BLOCKS[Math.max(least, Math.min(8, eighths))] ?? " ";
}

function coloured(line: string): string {
  return line
    .replaceAll(/[▁-█]+/g, (blocks) => styled("cyan", blocks))
    .replaceAll(/┄+/g, (dashes) => styled("dim", dashes));
}
