import { totalCallTokens, type Call } from "../usage.ts";

/** A kept call, as far as it tells which calls of its message count. */
export type KeptCall = Pick<
  Call,
  | "at"
  | "request"
  | "hasRequest"
  | "isSidechain"
  | "inputTokens"
  | "outputTokens"
  | "cacheCreation5mTokens"
  | "cacheCreation1hTokens"
  | "cacheReadTokens"
> & {
  id: number;
  session: string;
  /** When the session was first seen: ISO 8601 UTC. */
  sessionSeenAt: string;
  /** Orders calls: the path of the transcript and the machine's id. */
  rank: string;
};

/**
 * The calls of one message that are replays of another one, and so are kept and not counted:
 *
 * - Without a request id, the calls of one session, or of one moment (a copy in a fork), are one.
 * - A subagent's call is a replay where the conversation has the message too.
 * - Subagents that replay a message which no conversation has are one call.
 *
 * The first is the design's, the others are ccusage 20.0.20's own (test/replays.test.ts holds them to it).
 * What comes out depends on which calls there are, never on the order they came in.
 */
export function replaysAmong<T extends KeptCall>(calls: readonly T[]): Set<T> {
  const replays = new Set<T>();
  const drop = (cluster: readonly T[]): void => {
    const best = cluster.reduce((one, other) => (preferred(other, one) ? other : one));
    for (const call of cluster) if (call !== best) replays.add(call);
  };
  for (const cluster of clusters(calls.filter(({ hasRequest }) => !hasRequest))) drop(cluster);

  const standing = calls.filter((call) => !replays.has(call));
  const conversation = standing.filter(({ isSidechain }) => !isSidechain);
  const subagents = standing.filter(({ isSidechain }) => isSidechain);
  const alone = subagents.filter((call) => !conversation.some((other) => isLinked(call, other)));
  for (const call of subagents) if (!alone.includes(call)) replays.add(call);
  for (const cluster of clusters(alone)) drop(cluster);
  return replays;
}

/** Whether two calls of one message are one answer. Request ids say so; without one, session or moment. */
function isLinked(a: KeptCall, b: KeptCall): boolean {
  return (a.hasRequest && b.hasRequest) || a.session === b.session || a.at === b.at;
}

/** The calls in groups, each linked to another one of its group. */
function clusters<T extends KeptCall>(calls: readonly T[]): T[][] {
  const found: T[][] = [];
  for (const call of calls) {
    const linked = found.filter((cluster) => cluster.some((other) => isLinked(call, other)));
    for (const cluster of linked) found.splice(found.indexOf(cluster), 1);
    found.push([...linked.flat(), call]);
  }
  return found;
}

function preferred(call: KeptCall, other: KeptCall): boolean {
  if (call.isSidechain !== other.isSidechain) return other.isSidechain;
  const [tokens, otherTokens] = [totalCallTokens(call), totalCallTokens(other)];
  if (tokens !== otherTokens) return tokens > otherTokens;
  if (call.at !== other.at) return call.at < other.at;
  // A copy in a fork leaves the call with the session it was first seen in.
  if (call.sessionSeenAt !== other.sessionSeenAt) return call.sessionSeenAt < other.sessionSeenAt;
  if (call.rank !== other.rank) return call.rank < other.rank;
  // The request only makes the order total.
  return call.request > other.request;
}
