import * as z from "zod/mini";

import { UserError } from "../../errors.ts";
import type { AdminClient, Answer, Query } from "./client.ts";

const envelope = z.object({
  data: z.array(z.unknown()),
  has_more: z.boolean(),
  next_page: z.optional(z.nullable(z.string())),
});

/** A page of a report. */
export interface Page {
  answer: Answer;
  data: unknown[];
}

/**
 * The pages of a report, one after the other.
 * @throws UserError as `AdminClient.get`, and where pages do not end.
 */
export async function* pagesOf(
  client: AdminClient,
  path: string,
  query: Query,
  headers: Record<string, string> = {},
): AsyncGenerator<Page> {
  const seen = new Set<string>();
  for (let page: string | null = null; ;) {
    const asked: Query = page === null ? query : [...query, ["page", page]];
    const answer = await client.get(path, asked, headers);
    const { data, hasMore, next } = pageIn(answer.json, path);
    yield { answer, data };
    if (!hasMore) return;
    if (next === null || seen.has(next)) {
      throw new UserError(
        `The pages of ${path} do not go on as they say (${next === null ? "no next page" : "the same page twice"}); run this again later.`,
      );
    }
    seen.add(next);
    page = next;
  }
}

/**
 * What a page holds, and whether more follow.
 * @throws UserError when it is none.
 */
export function pageIn(
  json: unknown,
  path: string,
): { data: unknown[]; hasMore: boolean; next: string | null } {
  const { data, has_more: hasMore, next_page: next = null } = understood(envelope, json, path);
  return { data, hasMore, next };
}

/**
 * An answer in the shape that is known. More fields than those are passed over.
 * @throws UserError where it has another shape: the place.
 */
export function understood<Schema extends z.ZodMiniType>(
  schema: Schema,
  json: unknown,
  path: string,
): z.output<Schema> {
  const result = z.safeParse(schema, json);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue === undefined ? "" : issue.path.join(".");
  throw new UserError(
    `The answer of ${path} has something in "${where}" that ccbooks does not know, and nothing of it was kept; update ccbooks.`,
  );
}
