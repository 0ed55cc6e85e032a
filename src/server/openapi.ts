import * as z from "zod/mini";

import { version } from "../version.ts";
import type { Route } from "./route.ts";

/** The OpenAPI description of the routes, made from the schemas that they check with. */
export function openApi(routes: readonly Route[]): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const one of routes) {
    paths[one.path] = { ...paths[one.path], [one.method]: operation(one) };
  }
  return {
    openapi: "3.1.0",
    info: { title: "ccbooks", version: version() },
    components: { securitySchemes: { token: { type: "http", scheme: "bearer" } } },
    security: [{ token: [] }],
    paths,
  };
}

function operation({ method, path, roles, summary, body, isList, answer }: Route): object {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    ...{ name, in: "path", required: true, schema: { type: "string" } },
  }));
  const list = schemaOf(body, "input");
  const schema = isList === true ? { anyOf: [list["items"], list] } : list;
  const failed = { description: "Refused; `error` is a sentence", ...json(errorSchema) };
  return {
    summary: `${summary} (a token to ${[...roles, "admin"].join(" or ")})`,
    parameters: [...inPath, ...(method === "get" ? inQuery(list) : [])],
    ...(method === "get" ? {} : { requestBody: { required: true, ...json(schema) } }),
    responses: {
      200: { description: "Done", ...json(schemaOf(answer, "output")) },
      default: failed,
    },
  };
}

const errorSchema = {
  ...{ type: "object", required: ["error"] },
  properties: {
    error: { type: "string" },
    index: { type: "integer", description: "Which of the records" },
    field: { type: "string" },
  },
};

function json(schema: object): object {
  return { content: { "application/json": { schema } } };
}

function schemaOf(schema: z.ZodMiniType, io: "input" | "output"): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  return rest;
}

function inQuery({ properties }: Record<string, unknown>): object[] {
  return Object.entries(
    z.parse(z.optional(z.record(z.string(), z.unknown())), properties) ?? {},
  ).map(([name, schema]) => ({ name, in: "query", schema }));
}
