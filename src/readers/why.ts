import type { Books } from "../ledger/open.ts";
import type { Spent } from "../usage.ts";
import type { FileGiving } from "./columns.ts";
import { questionIn } from "./query.ts";

/** What a part of the usage comes to. */
export interface Figure extends Spent {
  calls: number;
  /** Calls that are kept and not counted, as another call stands for the same message. */
  replays: number;
  totalTokens: number;
}

/** The first few of some rows, and how many there are. */
export interface Listed<T> {
  inAll: number;
  listed: T[];
}

export interface Owned {
  /** Its label. */
  machine: string;
  agent: string;
}

/** What makes a figure up, and how it came about. The names are a promise to whoever reads `--json`. */
interface Why {
  total: Figure;
  machines: (Figure & Owned)[];
  models: Listed<ModelFigure>;
  transcripts: Listed<TranscriptFigure> & { onDisk: number; deleted: number };
  /** The latest first. */
  counted: Count[];
  doubts: Doubts;
  /** Lines with usage in the transcripts that were not let in. */
  setAside: { reason: string; lines: number; transcripts: number }[];
  /** The earliest first. */
  revisions: Revision[];
  savedReports: SavedFigure[];
}

/** Why a day's figure is what it is. */
export interface WhyDay extends Why {
  kind: "day";
  date: string;
  /** Those that cost the most. */
  sessions: Listed<SessionFigure>;
}

/** Why a session's figure is what it is. */
export interface WhySession extends Why {
  kind: "session";
  sessionId: string;
  about: SessionFacts;
  /** Those that cost the most. */
  days: Listed<Figure & { date: string }>;
}

export interface ModelFigure extends Omit<Figure, "calls" | "replays"> {
  model: string;
  /** Whose price it is: 'ccusage', 'settings', 'list' or 'genai-prices'; null where none is known. */
  pricedBy: string | null;
}

export interface SessionFigure extends Figure, Owned {
  sessionId: string;
  title: string | null;
  project: string;
}

export interface TranscriptFigure {
  path: string;
  machine: string;
  /** Null for the conversation itself. */
  subagent: string | null;
  calls: number;
  /** When a fetch found it gone: ISO 8601 UTC; null while it is there. */
  deletedAt: string | null;
}

/** A release of ccusage, with the prices it had. */
export interface Count {
  command: "fetch" | "merge" | "recount";
  /** Null where the run has not come to its end. */
  ccusageVersion: string | null;
  prices: "downloaded" | "built in" | null;
  /** How many sessions it counted, and on how many days. */
  sessions: number;
  days: number;
  /** ISO 8601 UTC. */
  firstAt: string;
  lastAt: string;
}

/** What may be wrong with a figure. */
export interface Doubts {
  /** Calls in what has changed since it was counted. */
  uncountedCalls: number;
  /** Days of sessions in which ccusage's figure is not the sum of the calls. */
  differingParts: number;
  /** Their tokens as ccusage counts them, which is what the books show. */
  differingTokens: number;
  /** Their tokens as the sum of the calls. */
  differingCallTokens: number;
}

export interface Revision extends Owned {
  date: string;
  /** ISO 8601 UTC. */
  revisedAt: string;
  reason: string;
  detail: string | null;
  tokensBefore: number;
  costBefore: number | null;
  tokensAfter: number;
  costAfter: number | null;
}

/** What a saved ccusage report tells. */
export interface SavedFigure extends Omit<Figure, "calls" | "replays">, Owned {
  /** ISO 8601 UTC. */
  savedAt: string;
  /** Whether it is part of the figure: it is where no call is known. */
  counts: boolean;
  /** Of a session: its project's slug, and the local dates of its first and last activity. */
  projectPath: string | null;
  firstDate: string | null;
  lastDate: string | null;
}

export interface SessionFacts {
  title: string | null;
  project: string;
  projectSlug: string;
  /** The folder that was worked in; null where no transcript says. */
  projectPath: string | null;
  /** ISO 8601 UTC; null without a call. */
  firstActivityAt: string | null;
  lastActivityAt: string | null;
  /** Those with the most calls first. */
  branches: { name: string; calls: number }[];
  /** Of Claude Code, in the order they were used. */
  clientVersions: { name: string; calls: number }[];
  subagents: { transcripts: number; calls: number };
  /** What Claude Code itself reckons: beside the figure, never in it. */
  costState: CostStateFigure | null;
}

export interface CostStateFigure {
  /** USD. */
  totalCost: number;
  /** A model had no price, so that the cost is "at least". */
  hasUnknownCost: boolean;
  durationMs: number | null;
  apiDurationMs: number | null;
}

/** How many rows of a kind are listed. */
const LIMIT = 10;

/** @returns why a date's figure is what it is; undefined where the books know nothing of it */
export function whyDay(books: Books, date: string): WhyDay | undefined {
  const asker = new Asker(books, "day", date);
  const why = commonParts(asker);
  const isKnown = why.machines.length + why.savedReports.length + why.revisions.length > 0;
  if (!isKnown) return undefined;
  return { kind: "day", date, ...why, sessions: asker.list("why/sessions.sql") };
}

/** @param sessionId of one that `sessionsLike` has found */
export function whySession(books: Books, sessionId: string): WhySession {
  const asker = new Asker(books, "session", sessionId);
  const why = commonParts(asker);
  return {
    kind: "session",
    sessionId,
    about: sessionFacts(asker, why.savedReports),
    ...why,
    days: asker.list("why/dates.sql"),
  };
}

/** The sessions that are called so, or, if none is, whose ids begin so. */
export function sessionsLike(books: Books, prefix: string): string[] {
  // The last character there is.
  const end = `${prefix}\u{10ffff}`;
  const found = books
    .prepare<{ prefix: string; end: string }, string>(questionIn("why/find_sessions.sql"))
    .pluck()
    .all({ prefix, end });
  return found.includes(prefix) ? [prefix] : found;
}

/** Asks questions about one date or session. */
class Asker {
  readonly #books: Books;
  readonly #parts: string;
  readonly #parameters: { subject: string; kind: "day" | "session"; limit: number };

  constructor(books: Books, kind: "day" | "session", subject: string) {
    const of = kind === "day" ? "date" : "session";
    this.#books = books;
    this.#parameters = { subject, kind, limit: LIMIT };
    this.#parts = `
      WITH part AS (${questionIn(`why/days_of_${of}.sql`)}
      ), figure AS (${questionIn("why/figures.sql")}
      ), source AS (${questionIn(`why/transcripts_of_${of}.sql`)}
      )`;
  }

  all<Row>(file: FileGiving<Row>): Row[] {
    return this.#prepared<Row>(questionIn(file)).all(this.#parameters);
  }

  /** The first rows of a question, and how many there are. */
  list<Row>(file: FileGiving<Row>): Listed<Row> {
    const listed = this.all<Row>(file);
    if (listed.length < LIMIT) return { inAll: listed.length, listed };
    const count = this.#prepared<{ rows: number }>(
      `SELECT COUNT(*) AS rows FROM (${questionIn(file)})`,
    );
    return { inAll: count.get({ ...this.#parameters, limit: -1 })?.rows ?? 0, listed };
  }

  one<Row>(file: FileGiving<Row>): Row {
    const [row] = this.all<Row>(file);
    if (row === undefined) throw new Error(`${file} gave no row`);
    return row;
  }

  #prepared<Row>(question: string) {
    return this.#books.prepare<Record<string, unknown>, Row>(`${this.#parts} ${question}`);
  }
}

interface TranscriptCounts {
  onDisk: number;
  deleted: number;
  ofSubagents: number;
  callsOfSubagents: number;
}

function commonParts(asker: Asker): Why {
  const machines = asker.all<Figure & Owned>("why/machines.sql");
  const savedReports = asker
    .all<Omit<SavedFigure, "counts"> & { counts: 0 | 1 }>("why/saved.sql")
    .map((saved) => ({ ...saved, counts: saved.counts === 1 }));
  const { onDisk, deleted } = asker.one<TranscriptCounts>("why/transcript_counts.sql");
  return {
    total: sum([...machines, ...savedReports.filter(({ counts }) => counts)]),
    machines,
    models: asker.list("why/models.sql"),
    transcripts: {
      ...{ inAll: onDisk + deleted, onDisk, deleted },
      listed: asker.all("why/transcripts.sql"),
    },
    counted: asker.all("why/counted.sql"),
    doubts: asker.one("why/doubts.sql"),
    setAside: asker.all("why/set_aside.sql"),
    revisions: asker.all("why/revisions.sql"),
    savedReports,
  };
}

type Summand = Omit<Figure, "calls" | "replays"> & Partial<Figure>;

/** Zero is not free: without any known cost there is none. */
function sum(figures: readonly Summand[]): Figure {
  const total: Figure = {
    calls: 0,
    replays: 0,
    totalTokens: 0,
    totalCost: null,
    unpricedTokens: 0,
  };
  for (const { calls = 0, replays = 0, totalTokens, totalCost, unpricedTokens } of figures) {
    total.calls += calls;
    total.replays += replays;
    total.totalTokens += totalTokens;
    total.unpricedTokens += unpricedTokens;
    if (totalCost !== null) total.totalCost = (total.totalCost ?? 0) + totalCost;
  }
  return total;
}

interface SessionRow {
  title: string | null;
  projectSlug: string;
  project: string;
  projectPath: string | null;
  /** Milliseconds since 1970. */
  firstAt: number | null;
  lastAt: number | null;
}

function sessionFacts(asker: Asker, [saved]: readonly SavedFigure[]): SessionFacts {
  const [row] = asker.all<SessionRow>("why/session.sql");
  // Known from a saved report alone.
  const slug = row?.projectSlug ?? saved?.projectPath ?? "";
  const { ofSubagents, callsOfSubagents } = asker.one<TranscriptCounts>(
    "why/transcript_counts.sql",
  );
  const [cost] = asker.all<Omit<CostStateFigure, "hasUnknownCost"> & { hasUnknownCost: 0 | 1 }>(
    "why/cost_state.sql",
  );
  return {
    title: row?.title ?? null,
    project: row?.project ?? slug,
    projectSlug: slug,
    projectPath: row?.projectPath ?? null,
    firstActivityAt: instant(row?.firstAt),
    lastActivityAt: instant(row?.lastAt),
    branches: asker.all("why/branches.sql"),
    clientVersions: asker.all("why/client_versions.sql"),
    subagents: { transcripts: ofSubagents, calls: callsOfSubagents },
    costState: cost === undefined ? null : { ...cost, hasUnknownCost: cost.hasUnknownCost === 1 },
  };
}

function instant(at: number | null | undefined): string | null {
  return at === null || at === undefined ? null : new Date(at).toISOString();
}
