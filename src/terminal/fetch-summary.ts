import type { FetchResult } from "../fetch/fetch.ts";
import { count, counted, money, styled } from "../format/figures.ts";
import type { Tally } from "../ledger/runs.ts";
import type { Totals } from "../readers/totals.ts";
import { table } from "./table.ts";

/** A few lines: a table on a terminal, sentences elsewhere. */
export function fetchSummary(fetched: FetchResult): string {
  const { result, totals, kept } = fetched;
  return [...changes(fetched), booksWords(totals), ...keptWords(kept), ...pricesWords(result)].join(
    "\n",
  );
}

function changes({ result: { filesRead, callsAdded, days, sessions } }: FetchResult): string[] {
  const tallies = [...Object.values(days), ...Object.values(sessions)];
  const isQuiet = callsAdded === 0 && tallies.every((fate) => fate === 0);
  if (isQuiet) {
    return [
      filesRead === 0
        ? "Nothing new: no transcript has changed since the last fetch."
        : "Nothing new: no transcript holds a call that is not in the books.",
    ];
  }
  const calls = `${counted(callsAdded, "new call")}.`;
  if (!process.stderr.isTTY) {
    return [`${calls} Days: ${tallyWords(days)}. Sessions: ${tallyWords(sessions)}.`];
  }
  return [
    calls,
    tallyTable([
      ["Days", days],
      ["Sessions", sessions],
    ]),
  ];
}

function booksWords({ days, firstDate, totalCost, totalTokens, unpricedTokens }: Totals): string {
  if (firstDate === null) return "The books are empty so far.";
  const spent =
    totalCost === null
      ? "cost unknown"
      : `${styled("bold", money({ totalCost, unpricedTokens }), process.stderr)} at list price`;
  return `${counted(days, "day")} in the books since ${firstDate}: ${spent}, ${count(totalTokens)} tokens.`;
}

function keptWords({
  days,
  totalTokens,
  totalCost,
  unpricedTokens,
}: FetchResult["kept"]): string[] {
  if (totalTokens === 0) return [];
  return [
    `Kept of deleted transcripts: ${money({ totalCost, unpricedTokens })}, ${count(totalTokens)} tokens on ${counted(days, "day")}.`,
  ];
}

function pricesWords({ prices, arguments: asked }: FetchResult["result"]): string[] {
  const wanted = asked.some((args) => args.includes("--no-offline"));
  if (prices !== "built in" || !wanted) return [];
  return ["Prices could not be downloaded; ccusage used its built-in ones."];
}

const FATES = ["added", "grown", "repriced", "recounted"] as const;

function tallyTable(rows: readonly (readonly [string, Tally])[]): string {
  const always = new Set(["added", "grown"]);
  const fates = FATES.filter(
    (fate) => always.has(fate) || rows.some(([, tally]) => tally[fate] > 0),
  );
  return table(
    [{ title: "", align: "left" }, ...fates.map((title) => ({ title }))],
    rows.map(([name, tally]) => [name, ...fates.map((fate) => count(tally[fate]))]),
    process.stderr,
  );
}

function tallyWords(tally: Tally): string {
  const words = FATES.filter((fate) => tally[fate] > 0).map(
    (fate) => `${count(tally[fate])} ${fate}`,
  );
  return words.join(", ") || "no change";
}
