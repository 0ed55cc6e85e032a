import { UsageError, UserError } from "../../errors.ts";
import type { UtcDays } from "../../bill.ts";
import { addDays } from "../../dates.ts";
import type { Report } from "../../ledger/bill.ts";
import { APIS, type Api } from "../../sources/anthropic/apis.ts";
import type { BucketWidth } from "../../sources/anthropic/reports.ts";
import type { Credentials } from "../../sources/anthropic/client.ts";
import { dateFlag, wholeNumber } from "./check.ts";

/** What the environment says of the Admin API, and the flags of `pull`. */

/**
 * @throws UserError when the environment holds neither a key nor a token.
 */
export function credentialsIn(environment: NodeJS.ProcessEnv): Credentials {
  const key = environment["ANTHROPIC_ADMIN_API_KEY"]?.trim() ?? "";
  const token = environment["ANTHROPIC_AUTH_TOKEN"]?.trim() ?? "";
  for (const secret of [key, token]) {
    // A header takes nothing else.
    if (!/^[\u0021-\u007e]*$/.test(secret)) {
      throw new UserError(
        "The key in the environment has characters that no key has; copy it again from the Console.",
      );
    }
  }
  if (key !== "") return { key };
  if (token !== "") return { token };
  throw new UserError(
    "There is no ANTHROPIC_ADMIN_API_KEY in the environment; set it to an Admin API key, which an admin makes in the Console's settings.",
  );
}

const BASE_URL = "https://api.anthropic.com";

/**
 * Where the API is, without a slash at its end.
 * @param allowHttp also on another machine
 * @throws UsageError when it is no address that a key may be sent to.
 */
export function baseUrlOf(text: string | undefined, allowHttp: boolean): string {
  if (text === undefined) return BASE_URL;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url?.username === "" && url.search === "" && url.hash === "";
  if (url === undefined || !isPlain || !/^https?:$/.test(url.protocol)) {
    throw new UsageError(`--base-url takes an address such as ${BASE_URL}, not "${text}".`);
  }
  const isHere = ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  if (url.protocol === "http:" && !isHere && !allowHttp) {
    throw new UsageError(
      `--base-url ${text} would send the key in the clear; use https, or add --allow-http.`,
    );
  }
  return url.href.replace(/\/+$/, "");
}

const TYPES = ["usage", "cost", "claude-code", "all"] as const;

/** @throws UsageError when it is none. */
export function reportsOf(text: string | undefined): Report[] {
  const type = TYPES.find((one) => one === (text ?? "all"));
  if (type === undefined) {
    throw new UsageError(`--type takes ${TYPES.join(", ")}, not "${text}".`);
  }
  return type === "all" ? ["usage", "cost", "claude-code"] : [type];
}

/** @throws UsageError when it is none. */
export function apiOf(text: string | undefined): Api {
  const api = APIS.find((one) => one === (text ?? "legacy"));
  if (api !== undefined) return api;
  throw new UsageError(`--api takes ${APIS.join(" or ")}, not "${text}".`);
}

/** @throws UsageError when it is none. */
export function widthOf(text: string | undefined): BucketWidth {
  if (text === undefined || text === "1d") return "1d";
  if (text === "1h") return "1h";
  throw new UsageError(`--bucket takes 1d or 1h, not "${text}".`);
}

interface DayFlags {
  days?: string | undefined;
  since?: string | undefined;
  until?: string | undefined;
  date?: string | undefined;
}

/** More than a year at once is asked for by mistake. */
const MOST_DAYS = 366;

/**
 * The days that were asked for; null: from where the last pull ended.
 * @param today the day of UTC
 * @throws UsageError when they contradict each other, are in the future, or too many.
 */
export function utcDaysOf({ days, since, until, date }: DayFlags, today: string): UtcDays | null {
  const given = Object.entries({ days, since, until, date }).filter(
    ([, value]) => value !== undefined,
  );
  if (given.length === 0) return null;
  if (date !== undefined) {
    if (given.length > 1) throw new UsageError("--date is one day; leave the other dates out.");
    const day = past(dateFlag(date, "date", today), "date", today);
    return { since: day, until: day };
  }
  if (days !== undefined && since !== undefined) {
    throw new UsageError("--days and --since both say where to begin; give one of them.");
  }
  const last = until === undefined ? today : past(dateFlag(until, "until", today), "until", today);
  const many = days === undefined ? FEW : wholeNumber(days, "days", 1);
  if (many > MOST_DAYS) throw tooMany();
  const first =
    since === undefined
      ? addDays(last, 1 - many)
      : past(dateFlag(since, "since", today), "since", today);
  if (first > last) throw new UsageError(`--since ${first} is after --until ${last}; swap them.`);
  if (addDays(first, MOST_DAYS) <= last) throw tooMany();
  return { since: first, until: last };
}

/** How many days are meant where only the last is given. */
const FEW = 30;

function past(date: string, flag: string, today: string): string {
  if (date <= today) return date;
  throw new UsageError(`--${flag} ${date} is in the future: today is ${today} in UTC.`);
}

function tooMany(): UsageError {
  return new UsageError(`A pull takes at most ${MOST_DAYS} days; pull them in parts.`);
}

/**
 * The user's names of keys, by their ids.
 * @throws UserError when the variable holds something else.
 */
export function keyLabelsIn(environment: NodeJS.ProcessEnv): Record<string, string> {
  const text = environment["ANTHROPIC_AGENT_MAP_JSON"]?.trim() ?? "";
  if (text === "") return {};
  const wrong = new UserError(
    'ANTHROPIC_AGENT_MAP_JSON is no object of names by key ids, such as {"apikey_01…": "ci"}; correct it, or unset it.',
  );
  let labels: unknown;
  try {
    labels = JSON.parse(text);
  } catch {
    throw wrong;
  }
  if (typeof labels !== "object" || labels === null || Array.isArray(labels)) throw wrong;
  const entries = Object.entries(labels).map(([id, label]): [string, string] => {
    if (typeof label !== "string" || label.trim() === "" || label.length > 100) throw wrong;
    return [id, label.trim()];
  });
  return Object.fromEntries(entries);
}
