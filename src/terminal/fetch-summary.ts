import { dayAt } from "../dates.ts";
import type { FetchResult } from "../fetch/fetch.ts";
import type { Tally } from "../ledger/runs.ts";
import type { Totals } from "../readers/totals.ts";
import { count, counted, money, styled } from "../format/figures.ts";
import { table } from "./table.ts";

/** A few lines: a table on a terminal, sentences elsewhere. */
export function fetchSummary({ outcome, totals, retention, run, effort }: FetchResult): string {
  const { days, sessions } = outcome;
  const changes =
    effort.pass === "idle"
      ? "Nothing new: no transcript has changed since the last fetch."
      : process.stderr.isTTY
        ? tallyTable([
            ["Days", days],
            ["Sessions", sessions],
          ])
        : `Days: ${tallyWords(days)}. Sessions: ${tallyWords(sessions)}.`;
  return [changes, booksWords(totals), ...sweepWords(retention, run.timezone)].join("\n");
}

function booksWords({ days, firstDate, totalCost, totalTokens, unpricedTokens }: Totals): string {
  if (firstDate === null) return "The books are empty so far.";
  const spent =
    totalCost === null
      ? "cost unknown"
      : `${styled("bold", money(totalCost, unpricedTokens), process.stderr)} at list price`;
  return `${counted(days, "day")} in the books since ${firstDate}: ${spent}, ${count(totalTokens)} tokens.`;
}

function sweepWords(retention: FetchResult["retention"], timezone: string): string[] {
  if (retention.oldestGoesAt === null) return [];
  const goesAt = retention.oldestGoesAt.getTime();
  const when = goesAt < Date.now() ? "is due now" : `goes on ${dayAt(goesAt, timezone).date}`;
  return [
    `Claude Code deletes transcripts after ${counted(retention.days, "day")}; the oldest ${when}.`,
  ];
}

function tallyTable(rows: readonly (readonly [string, Tally])[]): string {
  const always = new Set(["added", "grown", "unchanged", "kept"]);
  const fates = fatesInOrder.filter(
    (fate) => always.has(fate) || rows.some(([, tally]) => tally[fate] > 0),
  );
  return table(
    [{ title: "", align: "left" }, ...fates.map((title) => ({ title }))],
    rows.map(([name, tally]) => [name, ...fates.map((fate) => count(tally[fate]))]),
    process.stderr,
  );
}

function tallyWords(tally: Tally): string {
  const words = fatesInOrder
    .filter((fate) => tally[fate] > 0)
    .map((fate) => `${count(tally[fate])} ${fate}`);
  return words.join(", ") || "none";
}

const fatesInOrder = ["added", "grown", "repriced", "recounted", "kept", "unchanged"] as const;
