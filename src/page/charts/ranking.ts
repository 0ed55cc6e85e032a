import type { ProjectUsage, RangeData, SessionUsage } from "../../readers/page-range.ts";
import { count, counted, money, percent } from "../../format/figures.ts";
import type { Spent } from "../../usage.ts";
import { beginningOf, endOf } from "../../format/width.ts";
import { printable } from "../../format/printable.ts";
import { chartOf, type Size } from "../chart.ts";
import { coloursOf } from "../colours.ts";
import { HALF, NARROW, type Drawing, type Figure, type FigureTable } from "../figure.ts";
import { aloud } from "../words.ts";

/** What is compared: a name, and what it cost. */
interface Ranked extends Spent {
  label: string;
  colour: string;
}

/** What is neither a model nor a project has none of their colours. */
const OTHERS = "var(--other)";

/** The most expensive projects. */
export function projectsFigure({ projects, projectSlugs }: RangeData): Figure {
  const [first] = projects;
  const all = first?.projects ?? 0;
  const colours = coloursOf(
    projects.map(({ slug }) => slug),
    projectSlugs,
  );
  const ranked = projects.map((project) => ({
    ...project,
    label: labelOf(project, projects),
    colour: colours.get(project.slug) ?? "",
  }));
  return {
    id: "projects",
    title: "Top projects",
    legend: [],
    summary: projectsSummary(projects, all),
    ...drawings(ranked),
    figures: projectTable(projects, all),
    isHalf: true,
  };
}

export function projectsTitle(projects: readonly ProjectUsage[], all: number): string {
  return all > projects.length
    ? `The ${projects.length} most expensive projects`
    : "Cost by project";
}

function projectTable(projects: readonly ProjectUsage[], all: number): FigureTable {
  return {
    title: projectsTitle(projects, all),
    words: 2,
    heads: ["project", "path", "cost", "share", "tokens", "days with usage"],
    rows: projects.map((row) => [
      row.name,
      row.path,
      money(row),
      percent(row.share),
      count(row.totalTokens),
      count(row.daysWithUsage),
    ]),
  };
}

export function projectsSummary(projects: ProjectUsage[], all: number): string {
  const [first] = projects;
  const last = projects.at(-1);
  if (first === undefined || last === undefined || first.totalCost === null) {
    return `${counted(all, "project")}, none with a known price.`;
  }
  const { name, totalCost, unpricedTokens, share } = first;
  const top = `${name} was the most expensive of ${counted(all, "project")} with ${aloud(money({ totalCost, unpricedTokens }))}, ${percent(share)} of the whole.`;
  return all > projects.length
    ? `${top} The ${projects.length} shown are ${percent(last.runningShare)} of it.`
    : top;
}

/** The project's name; its path where another one has that name too. */
export function labelOf({ name, path }: ProjectUsage, projects: ProjectUsage[]): string {
  const isShared = projects.filter((other) => other.name === name).length > 1;
  return isShared ? path : name;
}

/** The most expensive git branches. */
export function branchesFigure({ branches, recentSince }: RangeData): Figure {
  const [top] = branches;
  const ranked = branches.map((branch) => ({ ...branch, label: branch.name, colour: OTHERS }));
  const isKnown = top !== undefined && top.totalCost !== null;
  return {
    id: "branches",
    title: "Top branches",
    legend: [],
    summary: isKnown
      ? `From ${recentSince} on, ${top.name} was the most expensive branch with ${aloud(money(top))}, ${percent(top.share)} of the whole.`
      : `No branch has a known price from ${recentSince} on.`,
    ...drawings(ranked),
    figures: {
      title: "Cost by branch",
      words: 1,
      heads: ["branch", "cost", "share", "tokens", "days with usage"],
      rows: branches.map((row) => [
        row.name,
        money(row),
        percent(row.share),
        count(row.totalTokens),
        count(row.daysWithUsage),
      ]),
    },
    isHalf: true,
  };
}

/** The most expensive sessions. */
export function sessionsFigure({ sessions, sessionCount }: RangeData): Figure {
  const ranked = sessions.map((session) => ({
    ...session,
    label: sessionLabel(session),
    colour: OTHERS,
  }));
  return {
    id: "sessions",
    title: "Top sessions",
    legend: [],
    summary: sessionsSummary(sessions, sessionCount),
    ...drawings(ranked),
    figures: {
      title: "The most expensive sessions",
      words: 4,
      heads: ["session", "title", "project", "last active", "cost", "tokens"],
      rows: sessions.map((row) => [
        row.sessionId,
        row.title ?? "–",
        row.project,
        row.lastActivity,
        money(row),
        count(row.totalTokens),
      ]),
    },
    isHalf: true,
  };
}

function sessionsSummary([top]: SessionUsage[], all: number): string {
  if (top === undefined) return "No session was last active on these days.";
  const { totalCost, unpricedTokens, project, lastActivity } = top;
  const summary =
    totalCost === null
      ? `${counted(all, "session")}, none with a known price.`
      : `The most expensive of ${counted(all, "session")} came to ${aloud(money({ totalCost, unpricedTokens }))} in ${project}, last active on ${lastActivity}.`;
  return `${summary} Each counts whole, with its days before these.`;
}

/** What it was about, where that is known. */
function sessionLabel({ title, project, lastActivity, sessionId }: SessionUsage): string {
  return title === null
    ? `${endOf(printable(project), 24)}, ${lastActivity}, ${shortId(sessionId)}`
    : `${beginningOf(printable(title), 29)}, ${shortId(sessionId)}`;
}

function shortId(sessionId: string): string {
  return [...printable(sessionId)].slice(0, 8).join("");
}

function drawings(ranked: Ranked[]): { wide: Drawing; narrow: Drawing } {
  const height = Math.max(1, ranked.length) * 44;
  return {
    wide: drawRanking(ranked, { width: HALF, height }),
    narrow: drawRanking(ranked, { width: NARROW, height }),
  };
}

/** Bars from left to right, each below its name. */
function drawRanking(ranked: Ranked[], size: Size): Drawing {
  const labels = ranked.map(({ label }) => endOf(printable(label), Math.floor(size.width / 8.5)));
  const costs = ranked.map((row) => money(row));
  const room = Math.max(0, ...costs.map((cost) => cost.length)) * 7.5 + 10;
  const chart = chartOf(
    {
      grid: { left: 0, right: room, top: 8, bottom: 0, outerBoundsMode: "none" },
      xAxis: { type: "value", show: false, min: 0 },
      yAxis: {
        type: "category",
        inverse: true,
        // Two names may be the same, and an axis would take them for one.
        data: ranked.map((_, place) => String(place)),
        axisLine: { show: false },
        axisTick: { show: false },
        axisLabel: {
          inside: true,
          margin: 0,
          align: "left",
          verticalAlign: "bottom",
          padding: [0, 0, 10, 0],
          color: "var(--ink)",
          interval: 0,
          formatter: (_, place) => labels[place] ?? "",
        },
        z: 3,
      },
      series: {
        type: "bar",
        data: ranked.map(({ totalCost, colour }) => ({
          value: totalCost ?? 0,
          itemStyle: { color: colour },
        })),
        barWidth: 9,
        label: {
          show: true,
          position: "right",
          color: "var(--ink)",
          formatter: ({ dataIndex }) => costs[dataIndex] ?? "",
        },
      },
    },
    size,
    (_, index) => `${ranked[index]?.label}: ${costs[index]}`,
  );
  return { unit: "US dollars", ...chart };
}
