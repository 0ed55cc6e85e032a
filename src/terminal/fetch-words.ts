import type { FetchResult } from "../fetch.ts";
import type { Tally } from "../ledger/runs.ts";
import { count, counted, money, styled } from "./format.ts";
import { printable } from "./printable.ts";
import { table } from "./table.ts";

/** What a fetch has to say, for people and for programs. */

export interface Warning {
  text: string;
  /** Worth breaking the silence of `--quiet`. */
  isUrgent: boolean;
}

/** The object that `fetch --json` prints. Its names are a promise. */
export function fetchJson(result: FetchResult, warnings: readonly Warning[]): object {
  const { run, outcome, totals, retention } = result;
  return {
    status: "ok",
    run: {
      id: run.id,
      machine: run.machine,
      timezone: run.timezone,
      ccusageVersion: run.ccusageVersion,
      prices: run.prices,
      startedAt: run.startedAt,
      finishedAt: run.finishedAt,
    },
    days: outcome.days,
    sessions: outcome.sessions,
    kept: outcome.kept,
    totals: {
      days: totals.days,
      sessions: totals.sessions,
      firstDate: totals.firstDate,
      lastDate: totals.lastDate,
      totalTokens: totals.totalTokens,
      totalCost: totals.totalCost,
      unpricedTokens: totals.unpricedTokens,
    },
    unpricedModels: totals.unpricedModels,
    retention: {
      days: retention.days,
      oldestGoesAt: retention.oldestGoesAt?.toISOString() ?? null,
    },
    warnings: warnings.map(({ text }) => text),
  };
}

/** A few lines: a table on a terminal, sentences elsewhere. */
export function fetchSummary({ outcome, totals, retention, run }: FetchResult): string {
  const { days, sessions } = outcome;
  const changes = process.stderr.isTTY
    ? tallyTable([
        ["Days", days],
        ["Sessions", sessions],
      ])
    : `Days: ${tallyWords(days)}. Sessions: ${tallyWords(sessions)}.`;
  const books = `${counted(totals.days, "day")} in the books${totals.firstDate === null ? "" : ` since ${totals.firstDate}`}: ${styled(
    "bold",
    money(totals.totalCost, totals.unpricedTokens),
    process.stderr,
  )} at list price, ${count(totals.totalTokens)} tokens.`;
  return [changes, books, ...sweepWords(retention, run.timezone)].join("\n");
}

/** What the user should know, in sentences. */
export function fetchWarnings(result: FetchResult): Warning[] {
  const { outcome, totals } = result;
  const warnings: Warning[] = [];
  if (result.isEmpty) {
    warnings.push({ text: emptyWords(result.logFolders), isUrgent: true });
  }
  if (outcome.days.kept > 0) {
    const { tokens, cost } = outcome.kept;
    warnings.push({
      text:
        `${counted(outcome.days.kept, "day")} lost logs since the last fetch; ` +
        `ccbooks keeps ${count(tokens)} tokens (${money(cost)}) they no longer show.`,
      isUrgent: false,
    });
  }
  if (totals.unpricedModels.length > 0) {
    const models = totals.unpricedModels.map(
      ({ model, unpricedTokens }) => `${printable(model)} (${count(unpricedTokens)} tokens)`,
    );
    warnings.push({
      text: `No price is known for ${models.join(", ")}, so costs are "at least"; a later fetch that knows it fills it in.`,
      isUrgent: false,
    });
  }
  return warnings;
}

function emptyWords(logFolders: readonly string[]): string {
  const where =
    logFolders.length > 0
      ? `in ${logFolders.join(", ")}`
      : "since no folder of Claude Code was found";
  return `ccusage reported no usage at all ${where}; if Claude Code keeps its files elsewhere, set CLAUDE_CONFIG_DIR.`;
}

function sweepWords(retention: FetchResult["retention"], timezone: string): string[] {
  if (retention.oldestGoesAt === null) return [];
  const day = new Intl.DateTimeFormat("en-CA", { timeZone: timezone }).format(
    retention.oldestGoesAt,
  );
  const when = retention.oldestGoesAt.getTime() < Date.now() ? "is due now" : `goes on ${day}`;
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
