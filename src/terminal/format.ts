import { styleText } from "node:util";

import stringWidth from "string-width";

/** How figures are written for people. */

const grouped = new Intl.NumberFormat("en-US");
const cents = new Intl.NumberFormat("en-US", {
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
});

/** 1,234,567 */
export function count(value: number): string {
  return grouped.format(value);
}

/**
 * $1,234.56, or "at least $1,234.56" as "≥ $1,234.56" when tokens without a known price are part of
 * it. Null is "unknown": zero is not free.
 */
export function money(cost: number | null, unpricedTokens = 0): string {
  if (cost === null) return unpricedTokens > 0 ? "unknown" : "$0.00";
  const dollars = cost > 0 && cost < 0.005 ? "< $0.01" : `$${cents.format(cost)}`;
  return unpricedTokens > 0 ? `≥ ${dollars.replace("< ", "")}` : dollars;
}

/** 92.4 %; a dash where there is nothing to take a part of. */
export function percent(share: number | null): string {
  return share === null ? "–" : `${(share * 100).toFixed(1)} %`;
}

/** "1 day", "2 days". */
export function counted(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
}

/** Text of at most `width` columns, the end kept: the end of a path says the most. */
export function endOf(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  const letters = [...text];
  while (stringWidth(letters.join("")) >= width) letters.shift();
  return `…${letters.join("")}`;
}

/** Colour on a terminal only, and never with NO_COLOR. */
export function styled(
  format: Parameters<typeof styleText>[0],
  text: string,
  stream: NodeJS.WriteStream = process.stdout,
): string {
  const isColoured = stream.isTTY && !process.env["NO_COLOR"];
  return isColoured ? styleText(format, text, { validateStream: false }) : text;
}
