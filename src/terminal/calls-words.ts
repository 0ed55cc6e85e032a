import { localMinute } from "../dates.ts";
import { csvLine } from "../export/csv.ts";
import { compact, count, counted, money, percent } from "../format/figures.ts";
import { printable } from "../format/printable.ts";
import { beginningOf, endOf, wrapped } from "../format/width.ts";
import type { CallFilter, CallGroup, CallRow } from "../readers/calls.ts";
import { toldShare, type Coverage } from "../readers/coverage.ts";
import { snakeCase } from "./table-data.ts";
import { table } from "./table.ts";
import { asMarkdown } from "./table-words.ts";

/** A table as it is written into files: with every column. */
export interface FileTable {
  heads: string[];
  rows: (string | number | null)[][];
}

const GROUP_HEADS = [
  ...["by", "name", "calls", "failedCalls", "inputTokens", "outputTokens", "totalCost"],
  ...["unpricedTokens", "averageDurationMs", "p95DurationMs", "averageTimeToFirstTokenMs"],
  ...["p95TimeToFirstTokenMs", "averageTokensPerSecond", "p5TokensPerSecond"],
] as const satisfies (keyof CallGroup)[];

export function groupTable(groups: readonly CallGroup[]): FileTable {
  return {
    heads: [...GROUP_HEADS],
    rows: groups.map((group) => GROUP_HEADS.map((head) => group[head])),
  };
}

const CALL_HEADS = [
  ...["at", "source", "project", "model", "worker", "task", "sessionId", "isSuccess", "error"],
  ...["statusCode", "attempts", "inputTokens", "outputTokens", "totalCost", "unpricedTokens"],
  ...["durationMs", "timeToFirstTokenMs"],
] as const satisfies (keyof CallRow)[];

export function callTable(calls: readonly CallRow[]): FileTable {
  return {
    heads: [...CALL_HEADS],
    rows: calls.map((call) => CALL_HEADS.map((head) => call[head])),
  };
}

export function fileCsv({ heads, rows }: FileTable): string {
  return [heads.map(snakeCase), ...rows].map((row) => csvLine(row)).join("");
}

export function fileMarkdown({ heads, rows }: FileTable): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const cell = (value: string | number | null): string =>
    asMarkdown(printable(String(value ?? "")));
  return [
    line(heads),
    line(heads.map(() => "---")),
    ...rows.map((row) => line(row.map(cell))),
  ].join("\n");
}

/** What the calls came to: in all, by model, by worker and by project. */
export function groupsWords(
  groups: readonly CallGroup[],
  filter: CallFilter,
  coverage: Coverage | null,
): string {
  const all = groups.find(({ by }) => by === "all");
  if (all === undefined) return nothing(filter);
  const parts = (["model", "worker", "project"] as const).flatMap((by) => {
    const found = groups.filter((group) => group.by === by);
    return found.length === 0 ? [] : [groupsTable(by, found)];
  });
  return [summary(all, filter), ...parts, ...notes(groups, filter, coverage)].join("\n\n");
}

function nothing(filter: CallFilter): string {
  const { since, until, source, failed, project, model, task, worker } = filter;
  const days =
    since === until ? `on ${since}` : `from ${since ?? "the beginning"} to ${until ?? "now"}`;
  const what = failed ? "failed call" : "call";
  const isPart = (project ?? model ?? task ?? worker) !== null;
  if (isPart) return `No ${what} of that ${days}; leave a limit out, or choose other days.`;
  if (source === "apps") {
    return `No ${what} of an app ${days}; \`ccbooks serve\` and \`ccbooks run\` take them in.`;
  }
  return failed
    ? `No failed call ${days} that telemetry tells of; \`ccbooks telemetry\` says how that stands.`
    : `No call ${days}; \`ccbooks fetch\` takes them in.`;
}

function summary(all: CallGroup, { since, until, source }: CallFilter): string {
  const days = since === until ? (since ?? "") : `${since ?? "the beginning"} to ${until ?? "now"}`;
  const ok = all.calls - all.failedCalls;
  return [
    `${counted(all.calls, "call")} of ${source}, ${days}: ${count(ok)} successful, ${count(all.failedCalls)} failed.`,
    `${count(all.inputTokens)} tokens in, ${count(all.outputTokens)} out, ${money(all)}.`,
    ...(all.averageDurationMs === null ? [] : times(all)),
  ].join("\n");
}

function times(all: CallGroup): string[] {
  return [
    `Duration     ${spread(all.averageDurationMs, all.p95DurationMs)}`,
    `First token  ${spread(all.averageTimeToFirstTokenMs, all.p95TimeToFirstTokenMs)}`,
    `Speed        ${speed(all)}`,
  ];
}

function spread(average: number | null, p95: number | null): string {
  return average === null || p95 === null
    ? "not told"
    : `${seconds(average)} on average, 95% within ${seconds(p95)}`;
}

function speed({ averageTokensPerSecond: average, p5TokensPerSecond: p5 }: CallGroup): string {
  return average === null || p5 === null
    ? "not told"
    : `${count(Math.round(average))} tokens a second on average, 95% with ${count(Math.round(p5))} or more`;
}

function seconds(milliseconds: number): string {
  const all = milliseconds / 1000;
  if (all >= 5400) return `${(all / 3600).toFixed(1)} h`;
  if (all >= 90) return `${Math.round(all / 60)} min`;
  return `${all.toFixed(milliseconds < 9950 ? 1 : 0)} s`;
}

/** What the columns besides the name take at most, and how long a name is worth showing. */
const OTHERS_WIDTH = 63;
const LONGEST_NAME = 36;

/** A name that fits beside the figures: of a model the beginning says most, of anything else the end. */
function named(by: "model" | "worker" | "project", name: string): string {
  const room = Math.min(LONGEST_NAME, Math.max(16, (process.stdout.columns || 80) - OTHERS_WIDTH));
  const text = printable(name === "" ? `<no ${by}>` : name);
  return by === "model" ? beginningOf(text, room) : endOf(text, room);
}

/** What is no table is as wide as the narrowest terminal. */
const WIDTH = 80;

function groupsTable(by: "model" | "worker" | "project", groups: readonly CallGroup[]): string {
  const title = { model: "Model", worker: "Worker", project: "Project" }[by];
  return table(
    [
      { title, align: "left" },
      ...["Calls", "Failed", "Out", "Cost", "Average", "95%", "First"].map((head) => ({
        title: head,
      })),
    ],
    groups
      .slice(0, SHOWN)
      .map((group) => [
        named(by, group.name),
        count(group.calls),
        count(group.failedCalls),
        compact(group.outputTokens),
        money(group),
        group.averageDurationMs === null ? "–" : seconds(group.averageDurationMs),
        group.p95DurationMs === null ? "–" : seconds(group.p95DurationMs),
        group.averageTimeToFirstTokenMs === null ? "–" : seconds(group.averageTimeToFirstTokenMs),
      ]),
  );
}

/** How many models, workers and projects a terminal is given; --json has all. */
const SHOWN = 10;

function notes(
  groups: readonly CallGroup[],
  { source }: CallFilter,
  coverage: Coverage | null,
): string[] {
  const share = coverage === null ? null : toldShare(coverage.lines);
  const lines = [
    ...(share !== null && share < 1
      ? [
          `Telemetry told of ${percent(share)} of these sessions' tokens: times are of those calls alone.`,
        ]
      : []),
    ...(source === "claude-code" && coverage?.events.length === 0
      ? ["Transcripts tell no times and no failures; `ccbooks telemetry on` has Claude Code do so."]
      : []),
    ...(groups.some(({ unpricedTokens }) => unpricedTokens > 0)
      ? [
          source === "apps"
            ? "≥ means at least: some tokens have no known price yet."
            : "≥ means at least: some tokens have no known price yet; `ccbooks fetch` prices what is new.",
        ]
      : []),
  ];
  return lines.length === 0 ? [] : [lines.flatMap((line) => wrapped(line, WIDTH)).join("\n")];
}

/** Calls one by one. */
export function callsWords(
  calls: readonly CallRow[],
  filter: CallFilter,
  timezone: string,
): string {
  if (calls.length === 0) return nothing(filter);
  const drawn = table(
    [
      ...["Ended", "Model", "Project"].map((title) => ({ title, align: "left" as const })),
      ...["Out", "Cost", "Took", "First"].map((title) => ({ title })),
    ],
    calls.map((call) => [
      // Month and day tell enough apart.
      localMinute(call.at, timezone).slice(5),
      beginningOf(printable(call.model), 18),
      endOf(printable(call.project || "–"), 16),
      compact(call.outputTokens),
      call.isSuccess === 1 ? money(call) : "failed",
      call.durationMs === null ? "–" : seconds(call.durationMs),
      call.timeToFirstTokenMs === null ? "–" : seconds(call.timeToFirstTokenMs),
    ]),
  );
  const errors = calls.flatMap(({ at, error, statusCode }) =>
    error === null
      ? []
      : wrapped(
          `${localMinute(at, timezone)}: ${statusCode === null ? "" : `${statusCode} `}${printable(error)}`,
          WIDTH,
        ),
  );
  return errors.length === 0 ? drawn : `${drawn}\n\n${errors.join("\n")}`;
}
