import type { Books } from "../ledger/open.ts";
import type { Spent, Tokens } from "../usage.ts";
import { onlyRow, query } from "./query.ts";
import { ALL, askUsage, askUsageOnce } from "./selection.ts";
import type { UsageTotals } from "./summary.ts";

/** What a session did, and what that cost. Costs are USD at list price; null where none is known. */
export interface Session {
  sessionId: string;
  about: SessionAbout;
  total: UsageTotals;
  parts: {
    calls: number;
    subagents: number;
    /** Also those of older releases, in the conversation's own transcript. */
    subagentCalls: number;
    subagentCost: number | null;
    subagentUnpricedTokens: number;
    webSearches: number;
  };
  models: SessionShare[];
  branches: SessionShare[];
  /** The most expensive. */
  calls: SessionCall[];
  transcripts: { path: string; deletedAt: string | null; machine: string }[];
}

export interface SessionAbout {
  title: string | null;
  slug: string;
  project: string;
  projectPath: string | null;
  /** ISO 8601 UTC; null where a saved report gave only dates. */
  startedAt: string | null;
  lastActivityAt: string | null;
  firstActivity: string | null;
  lastActivity: string;
  minutes: number | null;
  machine: string;
  /** What Claude Code itself reckons; null where it did not say. */
  toldCost: number | null;
}

export interface SessionShare extends Spent, Tokens {
  name: string;
  totalTokens: number;
}

export interface SessionCall extends Spent {
  /** ISO 8601 UTC. */
  at: string;
  model: string;
  branch: string | null;
  isSubagent: 0 | 1;
  totalTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
}

/** How many calls are listed. */
const LISTED = 5;

/** @param sessionId of one that the books hold */
export function readSession(books: Books, sessionId: string): Session {
  const [about] = query<SessionAbout>(books, "session/about.sql", { session: sessionId });
  if (about === undefined) throw new Error(`session ${sessionId} has no row`);
  const selection = { ...ALL, session: sessionId };
  const sharesBy = (by: "model" | "branch"): SessionShare[] =>
    askUsage<SessionShare>(books, "usage/groups.sql", selection, {
      by: [by],
      parameters: { by, within: null },
      after: "ORDER BY totalCost DESC, totalTokens DESC, name",
    }).map((share) => ({
      name: share.name,
      ...{ inputTokens: share.inputTokens, outputTokens: share.outputTokens },
      cacheCreationTokens: share.cacheCreationTokens,
      cacheReadTokens: share.cacheReadTokens,
      ...{ totalTokens: share.totalTokens, totalCost: share.totalCost },
      unpricedTokens: share.unpricedTokens,
    }));
  return {
    sessionId,
    about,
    total: askUsageOnce(books, "usage/totals.sql", selection),
    parts: onlyRow(books, "session/parts.sql", { session: sessionId }),
    models: sharesBy("model"),
    branches: sharesBy("branch"),
    calls: query(books, "session/calls.sql", { session: sessionId, limit: LISTED }),
    transcripts: query(books, "session/transcripts.sql", { session: sessionId }),
  };
}
