import type { FetchResult } from "../fetch/fetch.ts";
import { count, counted } from "../format/figures.ts";
import { printable } from "../format/printable.ts";
import { firedWords } from "./budget-words.ts";
import { differenceSentence } from "../doctor/audit-sentence.ts";

export interface Warning {
  text: string;
  /** Worth breaking the silence of `--quiet`. */
  isUrgent: boolean;
}

/** The object that `fetch --json` prints. Its names are a promise. */
export function fetchJson(fetched: FetchResult, warnings: readonly Warning[]): object {
  const { machine, result, totals, kept, notRead } = fetched;
  return {
    status: "ok",
    run: {
      machine: machine.label,
      timezone: machine.timezone,
      ccusageVersion: result.ccusageVersion,
      prices: result.prices,
      startedAt: fetched.startedAt,
      finishedAt: fetched.finishedAt,
    },
    calls: { added: result.callsAdded, changed: result.callsChanged },
    days: result.days,
    sessions: result.sessions,
    kept,
    effort: {
      filesSeen: result.filesSeen,
      filesRead: result.filesRead,
      bytesRead: result.bytesRead,
      scanMs: result.scanMs,
      countMs: result.countMs,
    },
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
    retention: { days: fetched.retentionDays },
    notRead,
    differing: fetched.differing,
    budgets: fetched.budgets.map(({ event }) => event),
    audit: fetched.audit,
    warnings: warnings.map(({ text }) => text),
  };
}

/** Names come from transcripts; a sentence has no room for a page of one. */
const LONGEST_NAME = 60;

/** What the user should know, in sentences. */
export function fetchWarnings(fetched: FetchResult): Warning[] {
  return [
    ...emptyWarning(fetched),
    ...notReadWarnings(fetched.notRead),
    ...setAsideWarning(fetched.notRead.setAside),
    ...unpricedWarning(fetched.totals.unpricedModels),
    ...differingWarning(fetched.differing),
    ...auditWarning(fetched.audit),
    ...fetched.budgets.map(({ status }) => ({ text: firedWords(status), isUrgent: true })),
  ];
}

function emptyWarning({ result, totals, logFolders }: FetchResult): Warning[] {
  if (result.filesSeen > 0) return [];
  const where =
    logFolders.length > 0
      ? `in ${logFolders.join(", ")}`
      : "because no folder of Claude Code was found";
  const text = `There are no transcripts ${where}; if Claude Code keeps its files elsewhere, set CLAUDE_CONFIG_DIR.`;
  // With a history, an idle month is no news.
  return [{ text, isUrgent: totals.days === 0 }];
}

function notReadWarnings({ unreadable, notFiles }: FetchResult["notRead"]): Warning[] {
  const warnings: Warning[] = [];
  if (unreadable.length > 0) {
    const text = `${named(unreadable)} cannot be read, so nothing in there is in the books yet; let this user read it before Claude Code deletes it.`;
    warnings.push({ text, isUrgent: false });
  }
  if (notFiles.length > 0) {
    const text = `${named(notFiles)} is called like a transcript and is no file, so it was not opened; remove it.`;
    warnings.push({ text, isUrgent: false });
  }
  return warnings;
}

/** The first path, and how many there are beside it. */
function named(paths: readonly string[]): string {
  const others = paths.length - 1;
  return `${printable(paths[0] ?? "")}${others > 0 ? ` and ${counted(others, "other")}` : ""}`;
}

function setAsideWarning(setAside: FetchResult["notRead"]["setAside"]): Warning[] {
  const [first] = setAside;
  if (first === undefined) return [];
  const lines = setAside.reduce((sum, one) => sum + one.lines, 0);
  const files = new Set(setAside.map(({ path }) => path)).size;
  const where = `${printable(first.path)}${files > 1 ? ` and ${counted(files - 1, "other transcript")}` : ""}`;
  const reasons = [...new Set(setAside.map(({ reason }) => printable(reason)))];
  const why = `${reasons.slice(0, 3).join(", ")}${reasons.length > 3 ? ", …" : ""}`;
  const text = `${counted(lines, "line")} with usage in ${where} ${lines === 1 ? "was" : "were"} set aside (${why}); \`ccbooks doctor\` says more.`;
  return [{ text, isUrgent: false }];
}

function differingWarning(dates: readonly string[]): Warning[] {
  const [first] = dates;
  if (first === undefined) return [];
  const when =
    dates.length === 1 ? first : `${first} and ${counted(dates.length - 1, "other day")}`;
  const text = `ccusage's figures of ${when} are not the sums of the calls; \`ccbooks why ${first}\` says more.`;
  return [{ text, isUrgent: false }];
}

function auditWarning(audit: FetchResult["audit"]): Warning[] {
  if (audit === null || audit.differences.length === 0) return [];
  return [{ text: differenceSentence(audit), isUrgent: false }];
}

function unpricedWarning(models: FetchResult["totals"]["unpricedModels"]): Warning[] {
  if (models.length === 0) return [];
  const words = models.map(
    ({ model, unpricedTokens }) =>
      `${printable(model).slice(0, LONGEST_NAME)} (${count(unpricedTokens)} tokens)`,
  );
  const text = `No price is known for ${words.join(", ")}, so costs are "at least"; give one under "prices" in the settings file.`;
  return [{ text, isUrgent: false }];
}
