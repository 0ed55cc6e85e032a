import { basename } from "node:path";

import type { KeptCalls } from "../ledger/calls.ts";
import { keepTranscripts, type Keeping, type ReadTranscript } from "../ledger/keep.ts";
import type { Books } from "../ledger/open.ts";
import { noteDeleted, type KnownTranscript } from "../ledger/transcripts.ts";
import { projectFinder } from "../sources/claude-code/projects.ts";
import { scanTranscripts, type ToScan } from "../sources/claude-code/scan-all.ts";
import { addReason, type Scanned } from "../sources/claude-code/scan.ts";
import type { Listing, Transcript } from "../sources/claude-code/transcripts.ts";
import type { TranscriptState } from "../usage.ts";

/** How far a scan has come, in bytes of those that are to be read. */
export interface Progress {
  bytes: number;
  bytesInAll: number;
  calls: number;
}

export interface ScanOptions {
  /** Read everything from its start, changed or not. */
  full: boolean;
  /** Keep the titles of sessions. */
  titles: boolean;
  timezone: string;
  onProgress: ((progress: Progress) => void) | undefined;
}

/** What a scan found and kept. */
export interface ScanOutcome {
  kept: KeptCalls;
  filesRead: number;
  bytesRead: number;
  /** Transcripts that turned out not to be readable. */
  unreadable: string[];
  /** Lines with usage that were not let in. */
  setAside: number;
}

/** What is read between two transactions: a kill costs no more than this. */
const MOST_CALLS = 15_000;
const MOST_FILES = 10_000;

/**
 * Reads transcripts and keeps their calls, a part at a time.
 * @param known what the books know of the machine's transcripts
 */
export async function scanAndKeep(
  books: Books,
  keeping: Keeping,
  toScan: readonly ToScan[],
  known: ReadonlyMap<string, KnownTranscript>,
  { latest, titles, onProgress }: Pick<ScanOptions, "titles" | "onProgress"> & { latest: number },
): Promise<ScanOutcome> {
  const kept: KeptCalls = { added: 0, changed: 0 };
  const outcome: ScanOutcome = { kept, filesRead: 0, bytesRead: 0, unreadable: [], setAside: 0 };
  const bytesInAll = toScan.reduce((sum, { transcript }) => sum + transcript.size, 0);
  const findProject = projectFinder();
  let part: ReadTranscript[] = [];
  let calls = 0;
  let bytes = 0;
  const keepPart = (): void => {
    const { added, changed } = keepTranscripts(books, keeping, part);
    kept.added += added;
    kept.changed += changed;
    part = [];
    calls = 0;
  };
  for await (const result of scanTranscripts(toScan, latest)) {
    const { transcript, before } = result;
    if ("problem" in result) {
      if (result.problem === "unreadable") outcome.unreadable.push(transcript.path);
      continue;
    }
    const { scanned } = result;
    outcome.filesRead += 1;
    outcome.setAside += Object.values(scanned.setAside).reduce((sum, lines) => sum + lines, 0);
    outcome.bytesRead += scanned.readTo - (scanned.fromStart ? 0 : (before?.readTo ?? 0));
    part.push(readTranscript(transcript, scanned, known.get(transcript.path), findProject, titles));
    calls += scanned.calls.length;
    bytes += transcript.size;
    if (calls >= MOST_CALLS || part.length >= MOST_FILES) keepPart();
    onProgress?.({ bytes, bytesInAll, calls: kept.added + calls });
  }
  if (part.length > 0) keepPart();
  return outcome;
}

/** What is kept of a transcript that was scanned. */
function readTranscript(
  transcript: Transcript,
  scanned: Scanned,
  known: KnownTranscript | undefined,
  findProject: ReturnType<typeof projectFinder>,
  titles: boolean,
): ReadTranscript {
  const { path, size, modifiedAt, slug } = transcript;
  const hasSession = scanned.calls.length > 0 || known?.hasSession === 1;
  const before = scanned.fromStart ? undefined : known;
  const state: TranscriptState = {
    ...{ path, size, modifiedAt },
    subagent: transcript.subagent,
    readTo: hasSession ? scanned.readTo : 0,
    readHash: scanned.readHash,
    setAside: addUp(before?.setAside ?? null, scanned.setAside),
    earlyAt: earliest(before?.earlyAt ?? null, scanned.earlyAt),
  };
  return {
    ...state,
    ...sessionOf(transcript, scanned),
    calls: scanned.calls,
    title: titles ? scanned.title : null,
    costState: scanned.costState,
    project: () => findProject(slug, scanned.cwd),
  };
}

/** Older releases left a subagent's transcript beside that of its session, which its lines name. */
function sessionOf(
  { path, sessionId, subagent }: Transcript,
  scanned: Scanned,
): Pick<ReadTranscript, "sessionId" | "subagent"> {
  const isBeside = subagent === null && basename(path).startsWith("agent-");
  if (!isBeside || scanned.sessionId === null) return { sessionId, subagent };
  return { sessionId: scanned.sessionId, subagent: sessionId };
}

function addUp(before: string | null, now: Record<string, number>): Record<string, number> {
  const sum: Record<string, number> = before === null ? {} : JSON.parse(before);
  for (const [reason, lines] of Object.entries(now)) addReason(sum, reason, lines);
  return sum;
}

function earliest(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b);
}

/** Notes which of the transcripts in these folders have been deleted since, and which are back. */
export function noteWhatIsGone(
  books: Books,
  { transcripts, unreadable }: Listing,
  known: ReadonlyMap<string, KnownTranscript>,
  folders: readonly string[],
  at: string,
): void {
  const onDisk = new Set(transcripts.map(({ path }) => path));
  const isIn = (path: string, places: readonly string[]): boolean =>
    places.some((place) => path.startsWith(`${place}/`));
  const deleted: number[] = [];
  const back: number[] = [];
  for (const { path, id, isDeleted } of known.values()) {
    if (onDisk.has(path)) {
      if (isDeleted === 1) back.push(id);
    } else if (isDeleted === 0 && isIn(path, folders) && !isIn(path, unreadable)) {
      deleted.push(id);
    }
  }
  if (deleted.length + back.length === 0) return;
  books.transaction(() => noteDeleted(books, { deleted, back }, at)).immediate();
}
