import { localTimeAt } from "../dates.ts";
import { changedTranscripts, endOfTomorrow } from "../fetch/changed.ts";
import type { MachineRow } from "../ledger/machines.ts";
import type { Books } from "../ledger/open.ts";
import { knownTranscript } from "../ledger/transcripts.ts";
import { priceList } from "../prices/list.ts";
import { costAt, priceOf, type PriceSource } from "../prices/rates.ts";
import { ownPrices, type OwnPrices } from "../prices/settings.ts";
import { readRates } from "../readers/rates.ts";
import type { UnkeptCall } from "../readers/selection.ts";
import { reportedModel } from "../sources/ccusage/releases.ts";
import { projectFinder } from "../sources/claude-code/projects.ts";
import { scanTranscript } from "../sources/claude-code/scan.ts";
import { listConversation } from "../sources/claude-code/transcripts.ts";
import { NO_MODEL, totalCallTokens, type Call } from "../usage.ts";

/** What calls are priced by, and whose they are. */
export interface Conversation {
  transcriptPath: string;
  machine: MachineRow;
  prices: OwnPrices;
  /** Milliseconds since 1970. */
  now: number;
}

/**
 * The calls of a conversation and its subagents that no fetch has kept yet, at the prices that the books know. A
 * message that is kept counts as known, whichever of its calls that was: of what is in doubt nothing is added.
 */
export function unkeptCalls(
  books: Books,
  { transcriptPath, machine, prices, now }: Conversation,
): UnkeptCall[] {
  const transcripts = listConversation(transcriptPath);
  const known = new Map(
    transcripts.flatMap(({ path }) => {
      const row = knownTranscript(books, machine.id, path);
      return row === undefined ? [] : [[path, row] as const];
    }),
  );
  const latest = endOfTomorrow(now, machine.timezone);
  const findProject = projectFinder();
  const isKept = messageFinder(books);
  const seen = new Set<number>();
  const sources = [ownPrices(prices), priceList(readRates(books))];
  const toScan = changedTranscripts(transcripts, known, { full: false, latest });
  return toScan.flatMap(({ transcript, before }) => {
    const { calls, cwd } = scanTranscript(transcript, before, latest);
    const own = calls.filter(({ message }) => !seen.has(message) && !isKept(message));
    for (const { message } of own) seen.add(message);
    if (own.length === 0) return [];
    const { sessionId, slug } = transcript;
    const project = sessionProject(books, sessionId) ?? findProject(slug, cwd).slug;
    const owner = { machine: machine.label, session_id: sessionId, project_path: project };
    return own.map((call) => ({
      ...owner,
      ...usageOf(call, localTimeAt(call.at, machine.timezone).date, sources),
    }));
  });
}

function messageFinder(books: Books): (message: number) => boolean {
  const find = books.prepare<[number], number>("SELECT 1 FROM call WHERE message = ?").pluck();
  return (message) => find.get(message) !== undefined;
}

/** The project that the books have a session in. */
function sessionProject(books: Books, sessionId: string): string | undefined {
  return books
    .prepare<[string], string>("SELECT project_path FROM session WHERE session_id = ?")
    .pluck()
    .get(sessionId);
}

function usageOf(call: Call, date: string, sources: readonly PriceSource[]) {
  const model = reportedModel(call);
  const tokens = totalCallTokens(call);
  const cacheCreation = call.cacheCreation5mTokens + call.cacheCreation1hTokens;
  const promptTokens = call.inputTokens + cacheCreation + call.cacheReadTokens;
  const price = priceOf(sources, { model, date, promptTokens });
  // ccusage goes by what a line says it cost, as old versions wrote it.
  const cost = call.lineCost ?? (price === undefined ? null : costAt(price.rates, call));
  return {
    ...{ date, agent: "claude", model_name: model, branch: call.branch },
    ...{ input_tokens: call.inputTokens, output_tokens: call.outputTokens },
    ...{ cache_creation_tokens: cacheCreation, cache_read_tokens: call.cacheReadTokens },
    ...{ cost, unpriced_tokens: cost === null && model !== NO_MODEL ? tokens : 0 },
  };
}
