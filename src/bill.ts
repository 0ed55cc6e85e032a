/** What the Admin API tells of an organisation, and the ledger keeps. All days are days of UTC. */

/** Days of UTC, YYYY-MM-DD, both included. */
export interface UtcDays {
  since: string;
  until: string;
}

/** Of a bucket: what was used by one combination of the things it was grouped by. */
export interface ApiUsage {
  /** Where the API has null, which means something: "" is no key, or the default workspace. Null: not grouped by it. */
  workspace: string | null;
  apiKey: string | null;
  model: string;
  serviceTier: string | null;
  contextWindow: string | null;
  product: string | null;
  inputTokens: number;
  cacheCreation5mTokens: number;
  cacheCreation1hTokens: number;
  cacheReadTokens: number;
  outputTokens: number;
  webSearches: number;
  /** Null where the report does not count them. */
  requests: number | null;
}

/** What was billed. */
export interface ApiCost {
  workspace: string | null;
  /** Only grouped by it: as in `ApiUsage`. */
  apiKey: string | null;
  product: string | null;
  description: string;
  costType: string;
  tokenType: string;
  model: string;
  serviceTier: string;
  contextWindow: string;
  /** Billionths of a US dollar. */
  amount: bigint;
  /** Before discounts; null where the report does not say. */
  listAmount: bigint | null;
}

/** A time that a report has figures of: replaced as a set. Instants are ISO 8601 UTC. */
export interface Bucket<Row> {
  startsAt: string;
  endsAt: string;
  rows: Row[];
}

/** What one person or key did with Claude Code on one day, in one terminal. */
export interface ClaudeCodeUsage {
  /** An e-mail address, or the name of a key. */
  actor: string;
  actorType: "user" | "api_key";
  /** "api" or "subscription". */
  customerType: string;
  terminal: string;
  sessions: number;
  linesAdded: number;
  linesRemoved: number;
  commits: number;
  pullRequests: number;
  models: ClaudeCodeModel[];
}

export interface ClaudeCodeModel {
  model: string;
  inputTokens: number;
  outputTokens: number;
  cacheCreationTokens: number;
  cacheReadTokens: number;
  /** At list price, billionths of a US dollar. */
  cost: bigint;
}

/** Whose a key is. */
export interface Organisation {
  id: string;
  name: string;
}

/** A thing of the Console by its id. */
export interface Named {
  id: string;
  name: string;
  /** Of a key: its workspace, if it is of one. */
  workspace: string | null;
  /** ISO 8601 UTC; null where it is still there. */
  archivedAt: string | null;
}
