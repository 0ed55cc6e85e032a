import { styleText } from "node:util";

import type { Spent } from "../usage.ts";

/** How figures are written for people. */

/** With commas between the thousands. Intl would take 15 ms to start. */
function written(value: number, decimals: number): string {
  return value.toFixed(decimals).replaceAll(/\B(?=(?:\d{3})+(?:\.|$))/g, ",");
}

/** 1,234,567 */
export function count(value: number): string {
  return written(value, 0);
}

/** $1,234.56; "< $0.01" for less than half a cent, which is not nothing. */
export function dollars(amount: number): string {
  const sign = amount <= -0.005 ? "-" : "";
  return amount > 0 && amount < 0.005 ? "< $0.01" : `${sign}$${written(Math.abs(amount), 2)}`;
}

const UNITS = ["", "K", "M", "B", "T"];

/** 950, 12.3K, 5.06M, 1.2B: three digits, where the others are not the point. */
export function compact(value: number): string {
  const isNext = (unit: number): boolean => value >= 999.5 * 1000 ** unit;
  const unit = UNITS.findIndex((_, place) => !isNext(place));
  const place = unit === -1 ? UNITS.length - 1 : unit;
  return `${Number((value / 1000 ** place).toPrecision(3))}${UNITS[place]}`;
}

/**
 * What was spent: as dollars, or "≥ $1,234.56" where tokens without a known price are part of it. Null is
 * "unknown": zero is not free.
 */
export function money({ totalCost, unpricedTokens }: Spent): string {
  if (totalCost === null) return unpricedTokens > 0 ? "unknown" : dollars(0);
  return unpricedTokens > 0 ? `≥ ${dollars(totalCost).replace("< ", "")}` : dollars(totalCost);
}

/** The same; a dash where nothing was used. */
export function moneyIfAny(spent: Spent): string {
  return spent.totalCost === null && spent.unpricedTokens === 0 ? "–" : money(spent);
}

/** Dollars; a dash where they are not known. */
export function dollarsIfAny(amount: number | null): string {
  return amount === null ? "–" : dollars(amount);
}

/** +$1.20, or -$0.05: how much one sum is above another. */
export function dollarsAbove(amount: number): string {
  if (Math.abs(amount) < 0.005) return dollars(0);
  return amount > 0 ? `+${dollars(amount)}` : dollars(amount);
}

/** 92.4%; a dash where there is nothing to take a part of. */
export function percent(share: number | null): string {
  return share === null ? "–" : `${(share * 100).toFixed(1)}%`;
}

/** +12.3% or -5.0%; a dash where there is nothing to compare. */
export function change(part: number | null): string {
  return part === null ? "–" : `${part < 0 ? "" : "+"}${(part * 100).toFixed(1)}%`;
}

/** "1 day", "2 days". */
export function counted(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
}

/** How often a cost is a price: "1.5×", or "less than a tenth of". */
export function timesPrice(cost: number, price: number): string {
  const times = cost / price;
  return times < 0.05 ? "less than a tenth of" : `${times.toFixed(1)}×`;
}

/** 18 min, 2 h 05 min, 3 days. */
export function duration(minutes: number): string {
  if (minutes < 60) return `${minutes} min`;
  const rest = (minutes % 60).toString().padStart(2, "0");
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ${rest} min`;
  return counted(Math.floor(minutes / 1440), "day");
}

/** 512 bytes, 118.4 kB, 1.2 MB. */
export function fileSize(bytes: number): string {
  if (bytes < 1000) return counted(bytes, "byte");
  if (bytes < 1e6) return `${written(bytes / 1e3, 1)} kB`;
  return bytes < 1e9 ? `${written(bytes / 1e6, 1)} MB` : `${written(bytes / 1e9, 1)} GB`;
}

/** Whether a stream may be coloured: terminals only, never with NO_COLOR, nor a dumb one. */
export function isColoured(stream: NodeJS.WriteStream): boolean {
  return Boolean(stream.isTTY && !process.env["NO_COLOR"] && process.env["TERM"] !== "dumb");
}

/** The text in a style where the stream may be coloured. */
export function styled(
  format: Parameters<typeof styleText>[0],
  text: string,
  stream: NodeJS.WriteStream = process.stdout,
): string {
  return isColoured(stream) ? styleText(format, text, { validateStream: false }) : text;
}
