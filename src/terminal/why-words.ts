import stringWidth from "fast-string-width";

import { inZone, localMinute } from "../dates.ts";
import { count, counted, money, styled } from "../format/figures.ts";
import { printable } from "../format/printable.ts";
import { endOf, wrapped } from "../format/width.ts";
import type {
  Count,
  Doubts,
  Figure,
  Listed,
  Revision,
  SavedFigure,
  SessionFacts,
  TranscriptFigure,
  WhyDay,
  WhySession,
} from "../readers/why.ts";
import { table, type Column } from "./table.ts";

/** The width every line fits in. */
const WIDTH = 80;

/** What a name may take of a line. */
const NAME_WIDTH = 34;

/** How many revisions are shown, and how many branches or versions. */
const REVISIONS = 10;
const NAMES = 5;

/** @param timezone the zone that instants are shown in */
export function whyWords(why: WhyDay | WhySession, timezone: string): string {
  const clock = clockOf(timezone);
  const sections = [
    why.kind === "day" ? dayHead(why) : sessionHead(why, clock),
    ...doubtWords(why),
    ...savedWords(why, clock),
    ...(why.kind === "day" ? sessionTable(why.sessions) : dayTable(why.days)),
    ...modelTable(why.models),
    ...machineTable(why.machines),
    ...transcriptTable(why.transcripts, clock),
    ...countedWords(why, clock),
    ...revisionTable(why.revisions, clock),
  ];
  const hasInstants = why.total.calls > 0 || why.revisions.length > 0;
  return [...sections, ...footnotes(why, hasInstants ? timezone : undefined)].join("\n\n");
}

interface Clock {
  /** YYYY-MM-DD HH:MM */
  minute(instant: string): string;
  /** YYYY-MM-DD */
  day(instant: string): string;
}

function clockOf(timezone: string): Clock {
  const day = (instant: string): string => inZone(timezone, (dayOf) => dayOf(new Date(instant)));
  return {
    day,
    minute: (instant) => localMinute(instant, timezone),
  };
}

function dayHead({ date, total }: WhyDay): string {
  return headed(date, totalWords(total));
}

function sessionHead({ sessionId, total, about, savedReports }: WhySession, clock: Clock): string {
  const [saved] = savedReports;
  const facts = [
    ["Title", about.title],
    ["Project", projectWords(about)],
    ["Branches", nameWords(about.branches)],
    ["Claude Code", nameWords(about.clientVersions)],
    ["Subagents", subagentWords(about)],
    ["Active", activeWords(about, saved, clock)],
  ] as const;
  const lines = facts.flatMap(([name, text]) => (text === null ? [] : indented(name, text)));
  const head = headed(`Session ${startOf(printable(sessionId), 60)}`, totalWords(total));
  return [head, lines.join("\n"), ...costStateWords(total, about)].join("\n\n");
}

function headed(name: string, words: string): string {
  const gap = stringWidth(`${name}: ${words}`) > WIDTH ? "\n" : " ";
  return `${styled("bold", name)}:${gap}${words}`;
}

function totalWords(total: Figure): string {
  if (isEmpty(total)) return "no calls";
  const calls = total.calls > 0 ? ` in ${counted(total.calls, "call")}` : "";
  if (isUncounted(total)) return `not counted yet,${calls.replace(" in", "")}`;
  return `${money(total)}, ${count(total.totalTokens)} tokens${calls}`;
}

function isEmpty({ calls, totalTokens }: Figure): boolean {
  return calls === 0 && totalTokens === 0;
}

/** Calls come to something as soon as they are counted. */
function isUncounted({ calls, totalTokens, totalCost }: Figure): boolean {
  return calls > 0 && totalTokens === 0 && totalCost === null;
}

/** A fact below the heading, its lines in a column of their own. */
function indented(name: string, text: string): string[] {
  const indent = 13;
  const lines = wrapped(startOf(printable(text), 3 * (WIDTH - indent - 2)), WIDTH - indent - 2);
  return lines.flatMap((line, index) =>
    pieces(line, WIDTH - indent - 2).map(
      (piece, part) => `  ${(index + part === 0 ? name : "").padEnd(indent)}${piece}`,
    ),
  );
}

function projectWords({ project, projectPath }: SessionFacts): string | null {
  if (project === "") return null;
  const isPath = projectPath === null || projectPath === project;
  return isPath ? project : `${project} (${printable(projectPath)})`;
}

function nameWords(names: readonly { name: string; calls: number }[]): string | null {
  if (names.length === 0) return null;
  const shown = names.slice(0, NAMES).map(({ name }) => startOf(printable(name), NAME_WIDTH));
  const others = names.length - shown.length;
  return `${shown.join(", ")}${others > 0 ? ` and ${count(others)} more` : ""}`;
}

function subagentWords({ subagents: { transcripts, calls } }: SessionFacts): string | null {
  return transcripts === 0 ? null : `${count(transcripts)}, ${counted(calls, "call")}`;
}

function activeWords(
  { firstActivityAt, lastActivityAt }: SessionFacts,
  saved: SavedFigure | undefined,
  clock: Clock,
): string | null {
  const [first, last] =
    firstActivityAt === null || lastActivityAt === null
      ? [saved?.firstDate ?? saved?.lastDate ?? null, saved?.lastDate ?? null]
      : [clock.minute(firstActivityAt), clock.minute(lastActivityAt)];
  if (first === null || last === null || first === last) return first;
  return `${first} to ${last}`;
}

/** The second witness: shown beside the figure, never added to it. */
function costStateWords(total: Figure, { costState }: SessionFacts): string[] {
  if (costState === null) return [];
  const own = money({
    totalCost: costState.totalCost,
    unpricedTokens: Number(costState.hasUnknownCost),
  });
  const calls = isUncounted(total) ? "are not counted yet" : money(total);
  const why = costState.hasUnknownCost ? " Claude Code had no price for one of its models." : "";
  return [
    paragraph(
      `Calls in the transcripts ${calls}, Claude Code itself says ${own}.${why} It knows calls that are in no transcript, such as for titles; they are not in the books.`,
    ),
  ];
}

/** What the reader should know before believing the figure. */
function doubtWords({ doubts, setAside, ...why }: WhyDay | WhySession): string[] {
  const sentences = [...uncountedWords(doubts), ...differenceWords(doubts, why.kind)];
  if (setAside.length > 0) {
    const lines = setAside.reduce((all, one) => all + one.lines, 0);
    const reasons = setAside
      .slice(0, NAMES)
      .map((one) => `${startOf(printable(one.reason), NAME_WIDTH)} (${count(one.lines)})`);
    const more = setAside.length > NAMES ? ", …" : "";
    sentences.push(
      `${counted(lines, "line")} with usage in its transcripts ${lines === 1 ? "is" : "are"} set aside and not counted: ${reasons.join(", ")}${more}.`,
    );
  }
  if (why.kind === "session" && isEmpty(why.total)) {
    sentences.push(
      "Its transcripts hold no call of its own: all are known from transcripts that were seen first, and counted there.",
    );
  }
  return sentences.map(paragraph);
}

function uncountedWords({ uncountedCalls }: Doubts): string[] {
  if (uncountedCalls === 0) return [];
  const are = uncountedCalls === 1 ? "call is" : "calls are";
  return [`${count(uncountedCalls)} ${are} still to be counted; run \`ccbooks fetch\`.`];
}

function differenceWords(doubts: Doubts, kind: "day" | "session"): string[] {
  const { differingParts, differingTokens, differingCallTokens } = doubts;
  if (differingParts === 0) return [];
  const where = counted(differingParts, kind === "day" ? "session" : "day");
  return [
    `In ${where} ccusage counts ${count(differingTokens)} tokens where the calls come to ${count(differingCallTokens)}; ccusage's figure is shown. \`ccbooks audit\` says more.`,
  ];
}

function savedWords({ savedReports, total }: WhyDay | WhySession, clock: Clock): string[] {
  return savedReports.map((saved) => {
    const { machine, savedAt, counts } = saved;
    const whose = `of ${startOf(printable(machine), NAME_WIDTH)}, saved ${clock.day(savedAt)}`;
    const figure = `${money(saved)}, ${count(saved.totalTokens)} tokens`;
    if (!counts) {
      return paragraph(
        `A ccusage report ${whose} says ${figure}; it is not used, as the calls are known.`,
      );
    }
    const isAll = total.calls === 0;
    return paragraph(
      `${isAll ? "Known only from" : `${figure} of this from`} a ccusage report ${whose}: no call of it was ever seen${isAll ? "" : " there"}.`,
    );
  });
}

function sessionTable({ listed, inAll }: WhyDay["sessions"]): string[] {
  const heads: Column[] = [
    { title: "Session", align: "left" },
    { title: "Calls" },
    { title: "Tokens" },
    { title: "Cost" },
    { title: "Project", align: "left" },
    { title: "Title", align: "left" },
  ];
  const rows = listed.map((row) => [
    startOf(printable(row.sessionId), 8, ""),
    ...figureCells(row),
    endOf(printable(row.project), 16),
    startOf(printable(row.title ?? ""), 200),
  ]);
  return section("Sessions", fitted(heads, rows, startOf), inAll - listed.length, "session");
}

function dayTable({ listed, inAll }: WhySession["days"]): string[] {
  const heads: Column[] = [
    { title: "Day", align: "left" },
    { title: "Calls" },
    { title: "Tokens" },
    { title: "Cost" },
  ];
  const rows = listed.map((row) => [row.date, ...figureCells(row)]);
  return section("Days", fitted(heads, rows, startOf), inAll - listed.length, "day");
}

function figureCells(figure: Figure): [calls: string, tokens: string, cost: string] {
  const { calls, totalTokens } = figure;
  if (isUncounted(figure)) return [count(calls), "–", "not counted"];
  return [count(calls), count(totalTokens), money(figure)];
}

const PRICES: Record<string, string> = {
  ccusage: "ccusage",
  settings: "your settings",
  list: "ccbooks' list",
  "genai-prices": "genai-prices",
};

function modelTable({ listed, inAll }: WhyDay["models"]): string[] {
  const heads: Column[] = [
    { title: "Model", align: "left" },
    { title: "Tokens" },
    { title: "Cost" },
    { title: "Price from", align: "left" },
  ];
  const rows = listed.map((row) => [
    endOf(printable(row.model), NAME_WIDTH),
    count(row.totalTokens),
    money(row),
    row.pricedBy === null ? "–" : (PRICES[row.pricedBy] ?? printable(row.pricedBy)),
  ]);
  return section("Models", fitted(heads, rows, startOf), inAll - listed.length, "model");
}

function machineTable(machines: WhyDay["machines"]): string[] {
  const heads: Column[] = [
    { title: "Machine", align: "left" },
    { title: "Calls" },
    { title: "Tokens" },
    { title: "Cost" },
    { title: "Replays" },
  ];
  const rows = machines.map((row) => [
    startOf(printable(row.machine), NAME_WIDTH),
    ...figureCells(row),
    count(row.replays),
  ]);
  return section("Machines", fitted(heads, rows, startOf), 0, "machine");
}

function transcriptTable(
  {
    listed,
    inAll,
    onDisk,
    deleted,
  }: Listed<TranscriptFigure> & { onDisk: number; deleted: number },
  clock: Clock,
): string[] {
  const folder = commonFolder(listed.map(({ path }) => path));
  const heads: Column[] = [
    { title: "Calls" },
    { title: "Deleted", align: "left" },
    { title: endOf(`In ${printable(folder)}`, 60), align: "left" },
  ];
  const rows = listed.map(({ calls, deletedAt, path }) => [
    count(calls),
    deletedAt === null ? "no" : clock.day(deletedAt),
    printable(path.slice(folder.length)),
  ]);
  const title = `Transcripts: ${count(onDisk)} on disk, ${count(deleted)} deleted`;
  return section(title, fitted(heads, rows, endOf), inAll - listed.length, "transcript");
}

/** The folder that paths have in common, with the slash at its end. */
function commonFolder([first = "", ...others]: readonly string[]): string {
  let folder = first.slice(0, first.lastIndexOf("/") + 1);
  while (!others.every((path) => path.startsWith(folder))) {
    folder = folder.slice(0, folder.lastIndexOf("/", folder.length - 2) + 1);
  }
  return folder;
}

function countedWords({ counted: counts, kind, total }: WhyDay | WhySession, clock: Clock) {
  const lines = counts.map((one) => `  ${countWords(one, counts.length > 1, kind, clock)}`);
  if (total.replays > 0) {
    const which =
      total.replays === 1
        ? "is kept and not counted: another call stands for its message"
        : "are kept and not counted: other calls stand for their messages";
    lines.push(`  ${counted(total.replays, "replay")} ${which}.`);
  }
  return section("Counted", lines.join("\n"), 0, "");
}

function countWords(
  { ccusageVersion, prices, command, firstAt, lastAt, ...parts }: Count,
  isOneOfSeveral: boolean,
  kind: "day" | "session",
  clock: Clock,
): string {
  const what = kind === "day" ? counted(parts.sessions, "session") : counted(parts.days, "day");
  const by =
    ccusageVersion === null
      ? `by a ${command} that did not end`
      : `by ccusage ${printable(ccusageVersion)}${PRICES_OF[prices ?? ""] ?? ""}`;
  const [first, last] = [clock.minute(firstAt), clock.minute(lastAt)];
  const when = first === last ? last : `${first} to ${last}`;
  return `${when} ${by}${isOneOfSeveral ? `: ${what}` : ""}`;
}

const PRICES_OF: Record<string, string> = {
  downloaded: ", prices downloaded",
  "built in": ", built-in prices",
};

function revisionTable(revisions: readonly Revision[], clock: Clock): string[] {
  const heads: Column[] = [
    { title: "When", align: "left" },
    { title: "Day", align: "left" },
    { title: "Cost" },
    { title: "" },
    { title: "Tokens" },
    { title: "" },
    { title: "Why", align: "left" },
  ];
  const shown = revisions.slice(-REVISIONS);
  const rows = shown.map((one) => [
    clock.day(one.revisedAt),
    one.date,
    costOf(one.costBefore, one.tokensBefore),
    `→ ${costOf(one.costAfter, one.tokensAfter)}`,
    count(one.tokensBefore),
    `→ ${count(one.tokensAfter)}`,
    printable(one.detail === null ? one.reason : `${one.reason}, ${one.detail}`),
  ]);
  const earlier = revisions.length - shown.length;
  return section("Revisions", fitted(heads, rows, startOf), earlier, "earlier revision");
}

/** Tokens without any cost are of unknown cost: zero is not free. */
function costOf(cost: number | null, tokens: number): string {
  return money({ totalCost: cost, unpricedTokens: cost === null ? tokens : 0 });
}

function footnotes({ total }: WhyDay | WhySession, timezone: string | undefined): string[] {
  const notes = ["Costs are estimates at list price, not a bill."];
  if (total.unpricedTokens > 0) {
    const meaning = total.totalCost === null ? "" : "≥ means at least: ";
    notes.push(`${meaning}${count(total.unpricedTokens)} tokens have no known price yet.`);
  }
  if (timezone !== undefined) notes.push(`Times are in ${printable(timezone)}.`);
  return [styled("dim", notes.join("\n"))];
}

/** Nothing where there is no body. */
function section(title: string, body: string, more: number, noun: string): string[] {
  if (body === "") return [];
  const rest = more > 0 ? [`  … and ${counted(more, noun)} more`] : [];
  return [[styled("bold", title), body, ...rest].join("\n")];
}

/** A table whose last column is cut to the room that the others leave. */
function fitted(
  heads: readonly Column[],
  rows: readonly (readonly string[])[],
  cut: (text: string, width: number) => string,
): string {
  if (rows.length === 0) return "";
  const widthOf = (column: number): number =>
    Math.max(
      ...[heads[column]?.title, ...rows.map((row) => row[column])].map((text) =>
        stringWidth(text ?? ""),
      ),
    );
  const taken = heads.slice(0, -1).reduce((sum, _, column) => sum + widthOf(column) + 2, 2);
  const room = Math.max(10, WIDTH - taken);
  return table(
    heads,
    rows.map((row) => [...row.slice(0, -1), cut(row.at(-1) ?? "", room)]),
  );
}

/** Text of at most `width` columns, the beginning kept: that of an id or a title says the most. */
function startOf(text: string, width: number, mark = "…"): string {
  if (stringWidth(text) <= width) return text;
  const letters: string[] = [];
  let used = stringWidth(mark);
  for (const letter of text) {
    used += stringWidth(letter);
    if (used > width) break;
    letters.push(letter);
  }
  return letters.join("") + mark;
}

/** A word that is longer than its line, in parts. */
function pieces(word: string, width: number): string[] {
  const parts: string[] = [];
  let rest = word;
  while (stringWidth(rest) > width) {
    const part = startOf(rest, width, "");
    parts.push(part);
    rest = rest.slice(part.length);
  }
  return [...parts, rest];
}

function paragraph(text: string): string {
  return wrapped(text, WIDTH).join("\n");
}
