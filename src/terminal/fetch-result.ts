import type { FetchResult } from "../fetch/fetch.ts";
import { count, counted, money } from "../format/figures.ts";
import { printable } from "../format/printable.ts";

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
    effort: { ...result.effort, writeMs: outcome.writeMs },
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

/** Names come from transcripts; a sentence has no room for a page of one. */
const LONGEST_NAME = 60;

/** What the user should know, in sentences. */
export function fetchWarnings(result: FetchResult): Warning[] {
  const { outcome, totals } = result;
  const warnings: Warning[] = [];
  if (result.isEmpty) {
    // With a history, an idle month is no news.
    warnings.push({ text: emptyWords(result.logFolders), isUrgent: totals.days === 0 });
  }
  const [unreadable] = result.unreadable;
  if (unreadable !== undefined) {
    const others = result.unreadable.length - 1;
    const which = `${printable(unreadable)}${others > 0 ? ` and ${counted(others, "other")}` : ""}`;
    warnings.push({
      text: `${which} cannot be read, so nothing in there is counted; let this user read it.`,
      isUrgent: false,
    });
  }
  if (outcome.countedAs !== undefined) {
    warnings.push({
      text: `The same transcripts are in the books as those of the machine ${outcome.countedAs} and now count twice; keep to one name.`,
      isUrgent: true,
    });
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
      ({ model, unpricedTokens }) =>
        `${printable(model).slice(0, LONGEST_NAME)} (${count(unpricedTokens)} tokens)`,
    );
    warnings.push({
      text: `No price is known for ${models.join(", ")}, so costs are "at least".`,
      isUrgent: false,
    });
  }
  return warnings;
}

function emptyWords(logFolders: readonly string[]): string {
  const where =
    logFolders.length > 0
      ? `in ${logFolders.join(", ")}`
      : "because no folder of Claude Code was found";
  return `ccusage reported no usage at all ${where}; if Claude Code keeps its files elsewhere, set CLAUDE_CONFIG_DIR.`;
}
