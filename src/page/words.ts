import { compact } from "../format/figures.ts";
import type { Grain } from "../readers/grain.ts";
import type { Period } from "../readers/page-range.ts";
import { printable } from "../format/printable.ts";
import { endOf } from "../format/width.ts";
import { NO_MODEL } from "../usage.ts";

/** How the page puts things. */

/** $1.2K: for a scale. */
export function compactDollars(value: number): string {
  return `$${compact(value)}`;
}

/** A sum of money, to be read aloud. */
export function aloud(money: string): string {
  return money.replace("≥", "at least").replace("<", "less than");
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** "Nov" of 2026-11-21. */
export function monthOf(date: string): string {
  return MONTHS[Number(date.slice(5, 7)) - 1] ?? "";
}

/** "21 Nov" of 2026-11-21. */
export function dayAndMonth(date: string): string {
  return `${Number(date.slice(8))} ${monthOf(date)}`;
}

/** "2026-11-21", "week of 2026-11-16", "Nov 2026". */
export function periodName({ start }: Pick<Period, "start">, grain: Grain): string {
  if (grain === "month") return `${monthOf(start)} ${start.slice(0, 4)}`;
  return grain === "week" ? `week of ${start}` : start;
}

/** The model's name, of a length that a legend has room for. */
export function modelName(model: string): string {
  return model === NO_MODEL ? "no model" : endOf(printable(model), 40);
}
