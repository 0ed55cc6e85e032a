/** What sources report and the ledger keeps. All tokens are counts, all costs are USD at list price. */

export const tokenKinds = [
  "inputTokens",
  "outputTokens",
  "cacheCreationTokens",
  "cacheReadTokens",
] as const;

export type TokenKind = (typeof tokenKinds)[number];

export type Tokens = Record<TokenKind, number>;

/** The smallest thing the books know: one model's usage in one project. */
export interface Cell extends Tokens {
  project: string;
  model: string;
  /** Null when nothing in the cell has a known price: zero is not free. */
  cost: number | null;
  /** How many of the tokens `cost` does not cover. */
  unpricedTokens: number;
}

/** The remainder of a row that its model rows do not account for, such as `<synthetic>` turns. */
export const NO_MODEL = "<no model>";

/** What ccusage reports for a session outside any project folder. */
export const UNKNOWN_PROJECT = "Unknown Project";

/** One local day of one machine. */
export interface DayUsage {
  /** YYYY-MM-DD in the report's time zone. */
  date: string;
  cells: Cell[];
}

export interface SessionUsage {
  sessionId: string;
  projectPath: string;
  /** YYYY-MM-DD in the report's time zone; null where the source does not say. */
  firstActivity: string | null;
  /** YYYY-MM-DD in the report's time zone. */
  lastActivity: string;
  /** UTC instant; null where the source gave only a date. */
  lastActivityAt: string | null;
  cells: Cell[];
}

/** Everything one source saw at one moment. */
export interface Report {
  days: DayUsage[];
  sessions: SessionUsage[];
}

/** A folder of transcripts, and the folder of the work they are about. */
export interface Project {
  /** The name of the folder of transcripts: a cell's `project`. */
  slug: string;
  /** Null where no transcript says. */
  path: string | null;
  /** What people call it: the last part of the path, else the slug. */
  name: string;
}

/** How usage was counted; figures are only comparable under one method. */
export interface Method {
  ccusageVersion: string;
  costMode: string;
  timezone: string;
}

/** A transcript file as the file system shows it. */
export interface Transcript {
  path: string;
  /** Bytes. */
  size: number;
  /** Milliseconds since 1970. */
  modifiedAt: number;
}

/** The sum of the four token counts. */
export function totalTokens(tokens: Tokens): number {
  return (
    tokens.inputTokens + tokens.outputTokens + tokens.cacheCreationTokens + tokens.cacheReadTokens
  );
}
