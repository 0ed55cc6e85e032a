import * as z from "zod/mini";

import type { AccessToken, Role } from "../ledger/access-tokens.ts";
import type { Settings } from "../config/settings.ts";
import type { MachineRow } from "../ledger/machines.ts";
import type { recordedKeeper } from "../ledger/recorded.ts";
import type { Books } from "../ledger/open.ts";
import { Refused } from "./refused.ts";
import type { PriceSource } from "../prices/rates.ts";
import type { RecordedCall } from "../recorded.ts";
import type { WriteQueue } from "./write-queue.ts";

/** What the server works with. */
export interface Service {
  /** For reading; what is written goes through the queue, to its own. */
  books: Books;
  path: string;
  queue: WriteQueue;
  /** The row of this machine, and where its days begin. */
  machine: MachineRow;
  settings: Settings;
  /** Keeps what apps record. */
  recorder: ReturnType<typeof recordedKeeper>;
  /** What recorded calls are priced by, in this order. */
  prices: readonly PriceSource[];
  /** Whether prompts and answers are kept. */
  keepsContent: boolean;
  /** Is told of recorded calls that were new, when they are kept. */
  onRecorded: ((calls: readonly RecordedCall[]) => void) | null;
}

/** A request that was let in. */
export interface Asked<Body> {
  service: Service;
  token: AccessToken;
  body: Body;
  request: Request;
  /** Parts of the path. */
  path: Readonly<Record<string, string>>;
}

/** What is asked at one address, and how it is answered. */
export interface Route {
  method: "get" | "post" | "patch";
  /** As OpenAPI writes it: parts in braces. */
  path: string;
  /** The roles that may ask; an admin's token always may. */
  roles: readonly Role[];
  summary: string;
  /** Of the JSON that is sent, or of the query of a GET. */
  body: z.ZodMiniType;
  /** Of a list, one alone may be sent without brackets. */
  isList?: boolean;
  /** Of the answer with 200. */
  answer: z.ZodMiniType;
  /** @throws Refused when the body is not as it should be, and whatever else stands in the way. */
  handle: (asked: Asked<unknown>) => Promise<unknown>;
}

/** Makes a route whose body is checked before it is handled. */
export function route<Schema extends z.ZodMiniType>(
  one: Omit<Route, "body" | "handle"> & {
    body: Schema;
    handle: (asked: Asked<z.infer<Schema>>) => Promise<unknown>;
  },
): Route {
  return {
    ...one,
    handle: ({ body, ...asked }) => {
      const isAlone = one.isList === true && !Array.isArray(body);
      return one.handle({ ...asked, body: checked(one.body, isAlone ? [body] : body) });
    },
  };
}

// Else every issue would read "Invalid input".
z.config(z.locales.en());

function checked<Schema extends z.ZodMiniType>(schema: Schema, body: unknown): z.infer<Schema> {
  const result = z.safeParse(schema, body);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = issue?.path.map(String) ?? [];
  const [first = ""] = path;
  const index = /^\d+$/.test(first) ? Number(first) : undefined;
  const field = (index === undefined ? path : path.slice(1)).join(".");
  const where = [...(index === undefined ? [] : [`record ${index}`]), ...(field ? [field] : [])];
  throw new Refused(
    400,
    `${where.join(", ") || "The body"}: ${issue?.message ?? "not as it should be"}.`,
    {
      ...(index === undefined ? {} : { index }),
      ...(field === "" ? {} : { field }),
    },
  );
}
