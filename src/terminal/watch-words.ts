import { localMinute } from "../dates.ts";
import {
  compact,
  count,
  counted,
  dollars,
  duration,
  money,
  percent,
  styled,
} from "../format/figures.ts";
import { printable } from "../format/printable.ts";
import { beginningOf, endOf, wrapped } from "../format/width.ts";
import { messageOf } from "../alerts/message.ts";
import { LATELY, type Running, type RunningSession } from "../readers/running.ts";
import type { TableRow } from "../readers/tables.ts";
import type { Sight } from "../watch/watch.ts";
import { failedWords } from "./alert-words.ts";
import { budgetTable, firedWords } from "./budget-words.ts";
import { table } from "./table.ts";

/** How many sessions a screen shows at most, and at least. */
const SESSIONS = 10;
const FEWEST = 2;

/** The lines around them: titles, and how many more there are. */
const AROUND = 2;

/** How many columns a terminal needs to have room for branches, and for titles. */
const WIDE = 100;
const WIDEST = 130;

/** How a screen is to be drawn. */
export interface ScreenOptions {
  width: number;
  /** How many rows there are for it. */
  rows: number;
  timezone: string;
  /** USD an hour from which on the pace is told; null: never. */
  burn: number | null;
}

/** What goes on: today, the 5-hour window, the sessions at work, the budgets, and what was told lately. */
export function watchScreen(
  { running, mishap }: Sight,
  told: readonly string[],
  options: ScreenOptions,
): string {
  const { width, rows } = options;
  const lines = (texts: readonly string[]): string =>
    texts.flatMap((text) => wrapped(text, width)).join("\n");
  const news = lines(told);
  const trouble =
    mishap === null ? "" : styled("yellow", lines([`The last fetch failed: ${printable(mishap)}`]));
  if (running === null) return joined([news, trouble]);
  const head = lines([todayWords(running), ...blockLines(running.blocks, options.timezone)]);
  const pace = lines([paceWords(running, options)]);
  const budgets = running.budgets.length === 0 ? "" : budgetTable(running.budgets);
  // Sessions have the room that the others leave.
  const others = joined([head, pace, budgets, news, trouble]).split("\n").length;
  const room = Math.max(FEWEST, Math.min(SESSIONS, rows - others - AROUND));
  const sessions = sessionLines(running.sessions, room, options);
  return joined([head, [pace, ...sessions].join("\n"), budgets, news, trouble]);
}

function joined(parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join("\n\n");
}

function todayWords({ today }: Running): string {
  const cache = today.hitRate === null ? "" : ` · cache ${percent(today.hitRate)}`;
  return `${styled("bold", `${money(today)} today`)} · ${compact(today.totalTokens)} tokens${cache}`;
}

/** "5-hour block until 19:00, 1 h 12 min left: $8.31, $4.20 an hour, heading for $14.90". */
function blockLines(blocks: readonly TableRow[], timezone: string): string[] {
  return blocks.map((block) => {
    const unpricedTokens = Number(block["unpricedTokens"]);
    const cost = (name: string): string => {
      const value = block[name] ?? null;
      return money({ totalCost: value === null ? null : Number(value), unpricedTokens });
    };
    const until = localMinute(String(block["endsAt"]), timezone).slice(11);
    const left = duration(Number(block["minutesLeft"]));
    const whose = blocks.length === 1 ? "" : ` of ${printable(String(block["machine"]))}`;
    return `5-hour block${whose} until ${until}, ${left} left: ${cost("totalCost")}, ${cost("costPerHour")} an hour, heading for ${cost("projectedCost")}`;
  });
}

function paceWords(
  { costPerHour, unpricedTokensLately, sessions }: Running,
  options: ScreenOptions,
): string {
  if (sessions.length === 0) return styled("dim", `Nothing in the last ${LATELY} minutes.`);
  const pace = `${money({ totalCost: costPerHour, unpricedTokens: unpricedTokensLately })} an hour`;
  const isOver = options.burn !== null && costPerHour >= options.burn;
  const limit = options.burn === null ? "" : ` (told from ${dollars(options.burn)} on)`;
  const words = `${pace}${limit} in the last ${LATELY} minutes, ${counted(sessions.length, "session")}`;
  return isOver ? styled("red", words) : words;
}

function sessionLines(
  sessions: readonly RunningSession[],
  room: number,
  { width, timezone }: ScreenOptions,
): string[] {
  if (sessions.length === 0) return [];
  const columns: {
    title: string;
    of: (session: RunningSession) => string;
    from?: number;
    right?: true;
  }[] = [
    { title: "Session", of: ({ sessionId }) => printable(sessionId.slice(0, 8)) },
    { title: "Project", of: ({ project }) => endOf(printable(project), 20) },
    { title: "Branch", of: ({ branch }) => endOf(printable(branch ?? "–"), 18), from: WIDE },
    {
      title: "Model",
      of: ({ model }) => beginningOf(printable(model).replaceAll(/^claude-|-20\d{6}$/g, ""), 16),
    },
    { title: "Title", of: ({ title }) => beginningOf(printable(title ?? "–"), 30), from: WIDEST },
    {
      title: "An hour",
      of: ({ costPerHour, unpricedTokensLately }) =>
        money({ totalCost: costPerHour, unpricedTokens: unpricedTokensLately }),
      right: true,
    },
    { title: "In all", of: (session) => money(session), right: true },
    {
      title: "Last",
      of: ({ lastCallAt }) => localMinute(lastCallAt, timezone).slice(11),
      right: true,
    },
  ];
  const shown = columns.filter(({ from = 0 }) => width >= from);
  const drawn = table(
    shown.map(({ title, right }) => ({
      title,
      align: right ? ("right" as const) : ("left" as const),
    })),
    sessions.slice(0, room).map((session) => shown.map(({ of }) => of(session))),
  );
  const more = sessions.length - room;
  return [drawn, ...(more > 0 ? [`… and ${count(more)} more`] : [])];
}

/** What was new in a look, a line each, with the time. */
export function newsWords(
  { running, budgets, pace, deliveries }: Sight,
  timezone: string,
): string[] {
  const at = running === null ? "" : `${localMinute(running.at, timezone).slice(11)} `;
  return [
    ...budgets.map(({ status }) => firedWords(status)),
    ...pace.map((alert) => paceNews(messageOf(alert).subject, alert.sessions)),
    ...deliveries.flatMap((delivery) => (delivery.error === null ? [] : [failedWords(delivery)])),
  ].map((line) => `${at}${line}`);
}

function paceNews(subject: string, sessions: readonly RunningSession[]): string {
  const names = sessions
    .slice(0, 3)
    .map(
      ({ sessionId, project }) => `${printable(sessionId.slice(0, 8))} in ${printable(project)}`,
    );
  return `${subject.charAt(0).toUpperCase()}${subject.slice(1)} (${names.join(", ")}).`;
}

/** What a program is handed of a look. The names are a promise. */
export function watchJson({ running, mishap, budgets, pace, deliveries }: Sight): object {
  return {
    ...running,
    mishap,
    fired: [...budgets.map(({ event }) => ({ type: "budget", ...event })), ...pace],
    deliveries: deliveries.map(({ channel, error }) => ({ channel, error })),
  };
}
