import type { Books } from "../ledger/open.ts";
import type { Grain } from "./grain.ts";
import { query } from "./query.ts";

/** What the organisation used, and what it was billed. Costs are USD; days are days of UTC. */
export interface BillLine {
  /** All that went in, cached or not. */
  inputTokens: number;
  outputTokens: number;
  /** At list price; null where no price is known. */
  estimatedCost: number | null;
  /** Above zero: the estimate is "at least". */
  unpricedTokens: number;
}

/** With what was billed; null where the bill says nothing. */
export type BilledLine = BillLine & { billedCost: number | null };

export interface BillSummary {
  since: string;
  until: string;
  days: (BilledLine & { date: string })[];
  models: (BilledLine & { model: string })[];
  keys: (BillLine & { key: string })[];
}

/** How many days a summary shows at most: the last ones. */
const DAYS = 7;

/** The last days of what a pull brought. */
export function readBillDays(
  books: Books,
  { reports }: { reports: readonly { since: string; until: string }[] },
): BillSummary {
  const first = reports.map(({ since }) => since).toSorted()[0] ?? "";
  const until =
    reports
      .map(({ until: last }) => last)
      .toSorted()
      .at(-1) ?? "";
  const days = readBillPeriods(books, "day", { since: first, until })
    .slice(-DAYS)
    .map(({ start, ...line }) => ({ date: start, ...line }));
  const since = days[0]?.date ?? first;
  return {
    ...{ since, until, days },
    models: query(books, "bill/models.sql", { since, until }),
    keys: query(books, "bill/keys.sql", { since, until }),
  };
}

/** What the calls of the books come to, what the usage report does, and the bill. */
export interface Reconciled {
  localCost: number | null;
  localUnpricedTokens: number;
  localTokens: number;
  usageCost: number | null;
  usageUnpricedTokens: number;
  usageTokens: number;
  billedCost: number | null;
  /** What was billed beyond what the calls come to; null where the bill says nothing. */
  gap: number | null;
}

/** Of a model; on the bill it may be something else, such as <web search>. */
export type ReconciledModel = Reconciled & { model: string };

/** Of a day of UTC and a model. */
export type ReconciledLine = ReconciledModel & { date: string };

export interface Reconciliation {
  since: string;
  until: string;
  lines: ReconciledLine[];
  models: ReconciledModel[];
  /** Null where there are no lines. */
  total: Reconciled | null;
}

/** Sets the calls of the books beside what Anthropic says, day by day of UTC and model by model. */
export function readReconciliation(
  books: Books,
  days: { since: string; until: string },
): Reconciliation {
  const file = "bill/reconcile.sql";
  return {
    ...days,
    lines: query<ReconciledLine>(books, file, { ...days, by: "day" }),
    models: query<ReconciledModel>(books, file, { ...days, by: "model" }),
    total: query<Reconciled>(books, file, { ...days, by: "all" })[0] ?? null,
  };
}

/** An API key of the organisation. */
export interface KnownApiKey {
  id: string;
  /** In the Console; null where it is not known. */
  name: string | null;
  /** The user's own. */
  label: string | null;
  workspace: string | null;
  estimatedCost: number;
  unpricedTokens: number;
  /** The last day of UTC with usage. */
  lastDate: string | null;
}

export function readApiKeys(books: Books): KnownApiKey[] {
  return query(books, "bill/api_keys.sql");
}

/** How far the organisation's reports have been pulled. */
export interface PullHealth {
  /** The day of UTC up to which the report is known that is furthest behind. */
  pulledUntil: string;
  /** ISO 8601 UTC. */
  pulledAt: string;
  /** Why the last pull failed; null: it did not. */
  lastError: string | null;
}

/** Null where nothing was ever pulled. */
export function readPullHealth(books: Books): PullHealth | null {
  return query<PullHealth>(books, "doctor/pulls.sql")[0] ?? null;
}

/** What a person, or a key, did with Claude Code as Anthropic reports it. */
export interface PersonLine {
  actor: string;
  actorType: "user" | "api_key";
  daysWithUsage: number;
  sessions: number;
  linesAdded: number;
  linesRemoved: number;
  commits: number;
  pullRequests: number;
  totalTokens: number;
  /** Anthropic's own, at list price. */
  estimatedCost: number;
}

export function readPeople(books: Books, days: { since: string; until: string }): PersonLine[] {
  return query<PersonLine>(books, "bill/people.sql", { ...days });
}

/** A project's calls beside what was reported of the keys that are called like it; null: nothing. */
export interface ProjectLine {
  project: string;
  localCost: number | null;
  localUnpricedTokens: number;
  usageCost: number | null;
  usageUnpricedTokens: number;
}

export function readReportedProjects(
  books: Books,
  days: { since: string; until: string },
): ProjectLine[] {
  return query<ProjectLine>(books, "bill/projects.sql", { ...days });
}

/** A day, week or month of the usage report and the bill, by its first day, YYYY-MM-DD. */
export type BillPeriod = BilledLine & { start: string };

/** Only those with usage or a bill. */
export function readBillPeriods(
  books: Books,
  grain: Grain,
  days: { since: string; until: string },
): BillPeriod[] {
  return query<BillPeriod>(books, "bill/periods.sql", { grain, ...days });
}

/** What some days come to; null where nothing is known of them. */
export function readBillTotal(
  books: Books,
  days: { since: string; until: string },
): BillPeriod | null {
  return query<BillPeriod>(books, "bill/periods.sql", { grain: "all", ...days })[0] ?? null;
}
