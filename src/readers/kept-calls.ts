import type { Books } from "../ledger/open.ts";
import type { CallTokens, Identity } from "../usage.ts";

/**
 * Finds the tokens of calls as they are kept.
 * @returns what gives those of a call: undefined where its message is not kept, null where it is under another request
 */
export function keptTokensFinder(
  books: Books,
): (call: Pick<Identity, "message" | "request">) => CallTokens | null | undefined {
  const isKept = books.prepare<[number], number>("SELECT 1 FROM call WHERE message = ?").pluck();
  const find = books.prepare<[number, number], CallTokens>(
    `SELECT input_tokens AS inputTokens, output_tokens AS outputTokens,
       cache_creation_5m_tokens AS cacheCreation5mTokens,
       cache_creation_1h_tokens AS cacheCreation1hTokens, cache_read_tokens AS cacheReadTokens
     FROM call WHERE message = ? AND request = ?`,
  );
  // What only telemetry tells of is known by its request.
  return ({ message, request }) =>
    find.get(message, request) ??
    find.get(request, request) ??
    (isKept.get(message) === undefined ? undefined : null);
}

/** The project that the books have a session in. */
export function readSessionProject(books: Books, sessionId: string): string | undefined {
  return books
    .prepare<[string], string>("SELECT project_path FROM session WHERE session_id = ?")
    .pluck()
    .get(sessionId);
}
