import { localTimeAt } from "../dates.ts";
import { changedTranscripts, endOfTomorrow } from "../fetch/changed.ts";
import type { MachineRow } from "../ledger/machines.ts";
import type { Books } from "../ledger/open.ts";
import { knownTranscript } from "../ledger/transcripts.ts";
import { priceList } from "../prices/list.ts";
import { costAt, priceOf, type PriceSource } from "../prices/rates.ts";
import { ownPrices, type OwnPrices } from "../prices/settings.ts";
import { keptTokensFinder, readSessionProject } from "../readers/kept-calls.ts";
import { readRates } from "../readers/rates.ts";
import type { UnkeptCall } from "../readers/selection.ts";
import { reportedModel } from "../sources/ccusage/releases.ts";
import { projectFinder } from "../sources/claude-code/projects.ts";
import { scanTranscript } from "../sources/claude-code/scan.ts";
import { listConversation } from "../sources/claude-code/transcripts.ts";
import { NO_MODEL, totalCallTokens, type Call, type CallTokens } from "../usage.ts";

/** What calls are priced by, and whose they are. */
export interface Conversation {
  transcriptPath: string;
  machine: MachineRow;
  prices: OwnPrices;
  /** Milliseconds since 1970. */
  now: number;
}

/**
 * The calls of a conversation and its subagents that no fetch has kept yet, at the prices that the books know, and
 * what kept ones have grown by. Of a message that is kept under another request nothing is added: it may be a replay.
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
  const keptTokens = keptTokensFinder(books);
  const seen = new Set<number>();
  const sources = [ownPrices(prices), priceList(readRates(books))];
  const toScan = changedTranscripts(transcripts, known, { full: false, latest });
  return toScan.flatMap(({ transcript, before }) => {
    const { calls, cwd } = scanTranscript(transcript, before, latest);
    const own = calls.flatMap((call) => {
      if (seen.has(call.message)) return [];
      seen.add(call.message);
      return unkeptPart(call, keptTokens(call)) ?? [];
    });
    if (own.length === 0) return [];
    const { sessionId, slug } = transcript;
    const project = findProject(slug, cwd);
    const owner = {
      ...{ machine: machine.label, session_id: sessionId },
      project_path: readSessionProject(books, sessionId) ?? project.slug,
      ...{ project_name: project.name, project_folder: project.path },
    };
    return own.map((call) => ({
      ...owner,
      ...usageOf(call, localTimeAt(call.at, machine.timezone).date, sources),
    }));
  });
}

/** @returns the part of a call that is not kept; undefined: all of it is */
function unkeptPart(call: Call, kept: CallTokens | null | undefined): Call | undefined {
  if (kept === undefined) return call;
  if (kept === null || totalCallTokens(call) <= totalCallTokens(kept)) return undefined;
  const more = (kind: keyof CallTokens): number => Math.max(0, call[kind] - kept[kind]);
  return {
    ...call,
    ...{ inputTokens: more("inputTokens"), outputTokens: more("outputTokens") },
    cacheCreation5mTokens: more("cacheCreation5mTokens"),
    cacheCreation1hTokens: more("cacheCreation1hTokens"),
    ...{ cacheReadTokens: more("cacheReadTokens"), lineCost: null },
  };
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
