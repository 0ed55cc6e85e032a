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

type Item = z.infer<typeof list>["data"][number];

/** What the ids in reports stand for. */
export interface ApiNames {
  keys: Named[];
  /** Also those that were archived, and the default one by its id. */
  workspaces: Named[];
}

/** @throws UserError where the key may not read them. */
export async function apiNames(client: AdminClient): Promise<ApiNames> {
  const [keys, workspaces] = await Promise.all([
    listOf(client, "/v1/organizations/api_keys", []),
    listOf(client, "/v1/organizations/workspaces", [["include_archived", "true"]]),
  ]);
  // It is on no list: the scope of its keys names it, their workspace_id is null.
  const own = keys.find((key) => key.workspace_id === null && key.scope?.workspace_id)?.scope;
  const id = own?.workspace_id;
  return {
    keys: keys.map(namedOf),
    workspaces: [...(id ? [{ ...NO_MORE, id, name: "default" }] : []), ...workspaces.map(namedOf)],
  };
}

const NO_MORE = { workspace: null, archivedAt: null };

function namedOf({ id, name, scope, workspace_id, archived_at }: Item): Named {
  const workspace = scope?.workspace_id ?? workspace_id ?? null;
  return { id, name, workspace, archivedAt: archived_at ?? null };
}

/** These are paged by the last id of a page. */
async function listOf(client: AdminClient, path: string, query: Query): Promise<Item[]> {
  const items: Item[] = [];
  for (let after: string | null = null; ;) {
    const page: Query = after === null ? [] : [["after_id", after]];
    const { json } = await client.get(path, [["limit", "1000"], ...query, ...page]);
    const { data, last_id: last = null, has_more: hasMore } = understood(list, json, path);
    items.push(...data);
    if (!hasMore || last === null || last === after) return items;
    after = last;
  }
}
