/** What sources tell and the ledger keeps. All tokens are counts, all costs are USD at list price. */

/** Where usage is told from. They describe the same money: nothing ever adds two of them. */
export const SOURCES = ["claude-code", "apps", "anthropic"] as const;

export type Source = (typeof SOURCES)[number];

export const tokenKinds = [
  "inputTokens",
  "outputTokens",
  "cacheCreationTokens",
  "cacheReadTokens",
] as const;

export type TokenKind = (typeof tokenKinds)[number];

export type Tokens = Record<TokenKind, number>;

/** The sum of the four token counts. */
export function totalTokens(tokens: Tokens): number {
  return (
    tokens.inputTokens + tokens.outputTokens + tokens.cacheCreationTokens + tokens.cacheReadTokens
  );
}

/** What something cost, and how much of that is not known. */
export interface Spent {
  /** USD at list price; null where no price is known. */
  totalCost: number | null;
  /** The tokens in it that have no known price. Above zero, the cost is "at least". */
  unpricedTokens: number;
}

/** The tokens of one call. ccusage adds the two kinds of cache creation up; they cost differently. */
export interface CallTokens {
  inputTokens: number;
  outputTokens: number;
  cacheCreation5mTokens: number;
  cacheCreation1hTokens: number;
  cacheReadTokens: number;
}

export function totalCallTokens(tokens: CallTokens): number {
  return (
    tokens.inputTokens +
    tokens.outputTokens +
    tokens.cacheCreation5mTokens +
    tokens.cacheCreation1hTokens +
    tokens.cacheReadTokens
  );
}

/** What a call is known by: see docs/calls.md. Both numbers are 52 bits of a SHA-256. */
export interface Identity {
  /** Of message.id. */
  message: number;
  /** Of requestId; of the session and the time where there is none. */
  request: number;
  hasRequest: boolean;
}

/** One response of the API, as a line of a transcript tells of it. */
export interface Call extends Identity, CallTokens {
  /** Milliseconds since 1970. */
  at: number;
  /** Empty where the line names none. */
  model: string;
  branch: string | null;
  /** Claude Code's. */
  clientVersion: string | null;
  /** A subagent's. */
  isSidechain: boolean;
  webSearches: number;
  /** Null: standard. */
  speed: "fast" | null;
  /** Null: standard. */
  serviceTier: string | null;
  /** `costUSD` of the line, USD. */
  lineCost: number | null;
  /** JSON: what else its usage said that may matter to counting. */
  details: string | null;
}

/** A call as Claude Code's telemetry tells of it. */
export interface TelemetryCall extends CallTokens {
  /** 52 bits of a SHA-256: of the request id, else of what else tells it apart. */
  identity: number;
  hasRequest: boolean;
  sessionId: string;
  /** Of its end: milliseconds since 1970. */
  at: number;
  model: string;
  status: "ok" | "error" | "refusal";
  /** Of the last attempt, as the time to the first token. */
  durationMs: number | null;
  timeToFirstTokenMs: number | null;
  attempts: number | null;
  statusCode: number | null;
  error: string | null;
  effort: string | null;
  /** What in Claude Code asked. */
  querySource: string | null;
  /** Millionths of USD, as Claude Code reckons. */
  toldCost: number | null;
  /** A subagent's. */
  isSidechain: boolean;
  speed: "fast" | null;
  clientVersion: string | null;
}

/** Claude Code says that it deleted transcripts. */
export interface RetentionSweep {
  /** ISO 8601 UTC. */
  at: string;
  periodDays: number | null;
  transcriptsDeleted: number;
}

/** What a batch of Claude Code's telemetry tells. */
export interface Telemetry {
  calls: TelemetryCall[];
  sweeps: RetentionSweep[];
  /** How many events of each name it has, those too that nothing is kept of. */
  events: Map<string, number>;
}

/** What Claude Code itself reckons for a session: the `cost-state` line. */
export interface CostState {
  /** USD. */
  totalCost: number;
  durationMs: number | null;
  apiDurationMs: number | null;
  hasUnknownCost: boolean;
}

/** A session as its transcripts tell of it. */
export interface Session {
  sessionId: string;
  /** Claude Code's folder name for the working directory. */
  projectPath: string;
  /** ISO 8601 UTC. */
  firstSeenAt: string;
}

/** What is known of a transcript besides its calls. */
export interface TranscriptState {
  path: string;
  subagent: string | null;
  /** Bytes. */
  size: number;
  /** Milliseconds since 1970. */
  modifiedAt: number;
  /** Bytes: the end of the last complete line read. */
  readTo: number;
  /** The CRC-32 of the bytes before that. */
  readHash: number;
  /** Lines with usage that were not let in, by reason. */
  setAside: Record<string, number>;
  /** The instant of the first line that is dated after tomorrow (milliseconds since 1970); null: none is. */
  earlyAt: number | null;
}

/** A folder of transcripts, and the folder of the work they are about. */
export interface Project {
  /** The name of the folder of transcripts: `project_path` in the tables. */
  slug: string;
  /** Null where no transcript says. */
  path: string | null;
  /** What people call it: the last part of the path, else the slug. */
  name: string;
}

/** The smallest thing a saved report knows: one model's usage in one project. */
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

/** One local day of a report. */
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
  /** UTC instants; null where the source gave only a date. */
  firstActivityAt: string | null;
  lastActivityAt: string | null;
  cells: Cell[];
}

/** What a ccusage report holds. */
export interface Report {
  days: DayUsage[];
  sessions: SessionUsage[];
}
