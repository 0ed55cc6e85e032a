import * as z from "zod/mini";

import type { Named, Organisation } from "../../bill.ts";
import type { AdminClient, Query } from "./client.ts";
import { understood } from "./pages.ts";

const me = z.object({ id: z.string(), name: z.string() });

const ME = "/v1/organizations/me";

/** @throws UserError when the key is not taken: the cheapest way to find out. */
export async function organisationOf(client: AdminClient): Promise<Organisation> {
  const { json } = await client.get(ME, []);
  return understood(me, json, ME);
}

const list = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      scope: z.optional(z.nullable(z.object({ workspace_id: z.optional(z.nullable(z.string())) }))),
      workspace_id: z.optional(z.nullable(z.string())),
      archived_at: z.optional(z.nullable(z.string())),
    }),
  ),
  last_id: z.optional(z.nullable(z.string())),
  has_more: z.boolean(),
});

/** The organisation's API keys. */
export function apiKeys(client: AdminClient): Promise<Named[]> {
  return listOf(client, "/v1/organizations/api_keys", []);
}

/** The organisation's workspaces, also those that were archived. */
export function workspaces(client: AdminClient): Promise<Named[]> {
  return listOf(client, "/v1/organizations/workspaces", [["include_archived", "true"]]);
}

/** These are paged by the last id of a page. */
async function listOf(client: AdminClient, path: string, query: Query): Promise<Named[]> {
  const named: Named[] = [];
  for (let after: string | null = null; ;) {
    const page: Query = after === null ? [] : [["after_id", after]];
    const { json } = await client.get(path, [["limit", "1000"], ...query, ...page]);
    const { data, last_id: last = null, has_more: hasMore } = understood(list, json, path);
    named.push(
      ...data.map(({ id, name, scope, workspace_id: workspace, archived_at: archivedAt }) => ({
        ...{ id, name, workspace: scope?.workspace_id ?? workspace ?? null },
        archivedAt: archivedAt ?? null,
      })),
    );
    if (!hasMore || last === null || last === after) return named;
    after = last;
  }
}
