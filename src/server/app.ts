import { Hono } from "hono";

import { errorCode } from "../errors.ts";
import { accessTokenFinder } from "../ledger/access-tokens.ts";
import { jsonOf } from "./body.ts";
import { Refused } from "./refused.ts";
import { openApi } from "./openapi.ts";
import type { Asked, Route, Service } from "./route.ts";
import { checkPlace, checkRole, RateLimit, tokenOf, type Reach } from "./who-may.ts";
import { NotWritten } from "./write-queue.ts";

/**
 * The server's answers. What went wrong is a sentence; what is our own mistake is told to `onBug`, and not to who asked.
 */
export function appOf(
  service: Service,
  routes: readonly Route[],
  { reach, onBug }: { reach: Reach; onBug: (error: unknown) => void },
): Hono {
  const app = new Hono();
  const limit = new RateLimit();
  const findToken = accessTokenFinder(service.books);
  app.use(async (context, next) => {
    checkPlace(context.req.raw, reach);
    const origin = context.req.header("origin");
    if (origin !== undefined) {
      context.header("access-control-allow-origin", origin);
      context.header("vary", "origin");
      if (context.req.method === "OPTIONS") {
        context.header(
          "access-control-allow-headers",
          "authorization, content-type, idempotency-key",
        );
        context.header("access-control-allow-methods", "GET, POST, PATCH");
        return context.body(null, 204);
      }
    }
    return next();
  });
  const description = openApi(routes);
  app.get("/openapi.json", (context) => {
    checkRole(findToken(tokenOf(context.req.raw.headers)), ["read", "record"]);
    return context.json(description);
  });
  for (const { method, path, roles, handle } of routes) {
    app[method](path.replaceAll(/\{(\w+)\}/g, ":$1"), async (context) => {
      const { raw: request } = context.req;
      const token = checkRole(findToken(tokenOf(request.headers)), roles);
      limit.check(token.id, performance.now());
      const body = method === "get" ? context.req.query() : await jsonOf(request);
      const asked: Asked<unknown> = { service, token, body, request, path: context.req.param() };
      return context.json(await handle(asked));
    });
  }
  app.notFound((context) =>
    context.json({ error: "There is nothing here; /openapi.json lists what there is." }, 404),
  );
  app.onError((error, context) => {
    if (error instanceof Refused) {
      if (error.status === 401) context.header("www-authenticate", "Bearer");
      if (error.status === 429) context.header("retry-after", "1");
      return context.json({ error: error.message, ...error.more }, error.status);
    }
    // A client that breaks off is not answered, and no mistake of ours.
    if (context.req.raw.signal.aborted || isBrokenOff(error)) return context.body(null, 400);
    if (error instanceof NotWritten || errorCode(error)?.startsWith("SQLITE_BUSY") === true) {
      context.header("retry-after", "1");
      return context.json(
        { error: "The books cannot be written now, and nothing was kept; send the same again." },
        503,
      );
    }
    onBug(error);
    return context.json({ error: "Something went wrong here; nothing was kept." }, 500);
  });
  return app;
}

function isBrokenOff(error: Error): boolean {
  return errorCode(error) === "ECONNRESET" || error.message === "aborted";
}
