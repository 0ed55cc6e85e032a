import type { SubjectReading } from "../readers/readings.ts";
import { count, money, styled } from "../format/figures.ts";
import { printable } from "../format/printable.ts";

/** Every reading as a short paragraph: a table of all this would not fit in 80 columns. */
export function readingsWords(readings: readonly SubjectReading[]): string {
  return readings.map(words).join("\n\n");
}

function words(reading: SubjectReading): string {
  const { number, machine, ccusageVersion, prices, shownBecause } = reading;
  const where = reading.projectPath === "" ? "" : ` in ${reading.projectPath}`;
  const title = `Reading ${number}, ${machine}${where}, by ccusage ${ccusageVersion}`;
  return [
    styled("bold", printable(title)),
    `  read       ${reading.firstReadAt}${reading.readAt === reading.firstReadAt ? "" : ` to ${reading.readAt}`}`,
    `  prices     ${prices ?? "not known: read elsewhere"}`,
    `  reported   ${figures(reading.reportedTokens, reading.reportedCost)}`,
    `  carried    ${figures(reading.carriedTokens, reading.carriedCost)}`,
    ...(reading.unpricedTokens > 0 ? [`  unpriced   ${count(reading.unpricedTokens)} tokens`] : []),
    `  whole      ${reading.isWhole ? "yes" : "no: a sweep may have come before it was first read"}`,
    `  shown      ${shownBecause === null ? "no" : `yes: ${shownBecause}`}`,
  ].join("\n");
}

function figures(tokens: number, cost: number | null): string {
  if (tokens === 0) return "nothing";
  return `${count(tokens)} tokens, ${cost === null ? "cost unknown" : money(cost)}`;
}
