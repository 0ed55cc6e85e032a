import { totalCallTokens, type Call } from "../usage.ts";

/**
 * Whether a line tells more of a call than another line of the same call: a line of the conversation
 * before a subagent's copy, then the larger token total (early lines carry a placeholder for the output),
 * then the earlier one. It is ccusage's own rule. What follows only makes the order total, so that the
 * lines of one call come to the same in any order.
 */
export function better(call: Call, other: Call): boolean {
  if (call.isSidechain !== other.isSidechain) return other.isSidechain;
  const [tokens, otherTokens] = [totalCallTokens(call), totalCallTokens(other)];
  if (tokens !== otherTokens) return tokens > otherTokens;
  if (call.at !== other.at) return call.at < other.at;
  const [rank, otherRank] = [rankOf(call), rankOf(other)];
  const first = rank.findIndex((value, index) => value !== otherRank[index]);
  return first !== -1 && (rank[first] ?? "") > (otherRank[first] ?? "");
}

function rankOf(call: Call): (number | string)[] {
  return [
    call.outputTokens,
    call.inputTokens,
    call.cacheCreation1hTokens,
    call.cacheCreation5mTokens,
    call.lineCost ?? -1,
    call.model,
    call.speed ?? "",
    call.serviceTier ?? "",
    call.webSearches,
    call.branch ?? "",
    call.clientVersion ?? "",
    call.details ?? "",
  ];
}
