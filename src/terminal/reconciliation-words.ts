import { addDays } from "../dates.ts";
import { compact, count, counted, dollars, money, styled } from "../format/figures.ts";
import { printable } from "../format/printable.ts";
import { endOf } from "../format/width.ts";
import type { PersonLine, ProjectLine, ReconciledLine, Reconciliation } from "../readers/bill.ts";
import { signed } from "./pull-words.ts";
import { table } from "./table.ts";

/** How many of the last days are shown model by model. */
const DAYS = 14;

const NAME_WIDTH = 24;

/** Days of which costs may still come. */
const LATE_DAYS = 3;

/**
 * The calls of the books, the usage report and the bill, side by side, and why they differ.
 * @param today the day of UTC
 */
export function reconciliationWords(
  { since, until, lines }: Reconciliation,
  today: string,
): string {
  if (lines.every(({ usageTokens, billedCost }) => usageTokens === 0 && billedCost === null)) {
    return `Nothing of Anthropic's reports is known from ${since} to ${until}; \`ccbooks pull anthropic\` takes them in.`;
  }
  const dates = [...new Set(lines.map(({ date }) => date))];
  const first = dates.at(-DAYS) ?? since;
  const shown = lines.filter(({ date }) => date >= first);
  const rows = shown.map((line, index) => [
    shown[index - 1]?.date === line.date ? "" : line.date,
    endOf(printable(line.model), NAME_WIDTH),
    line.localTokens === 0 ? "–" : local(line),
    line.usageTokens === 0 ? "–" : estimate(line),
    line.billedCost === null ? "–" : dollars(line.billedCost),
    gapOf(line),
  ]);
  const drawn = table(
    [
      { title: "Day (UTC)", align: "left" },
      { title: "Model", align: "left" },
      ...["Your calls", "Reported use", "Billed", "Gap"].map((title) => ({ title })),
    ],
    [...rows, totalRow(lines)],
  );
  return [drawn, styled("dim", notesOf(lines, dates.length, today).join("\n"))].join("\n\n");
}

function local({ localCost, localUnpricedTokens }: ReconciledLine): string {
  return money({ totalCost: localCost, unpricedTokens: localUnpricedTokens });
}

function estimate({ usageCost, usageUnpricedTokens }: ReconciledLine): string {
  return money({ totalCost: usageCost, unpricedTokens: usageUnpricedTokens });
}

function gapOf({ gap, localUnpricedTokens }: ReconciledLine): string {
  return gap === null || localUnpricedTokens > 0 ? "–" : signed(gap);
}

function totalRow(lines: readonly ReconciledLine[]): string[] {
  const sum = (of: (line: ReconciledLine) => number | null): number =>
    lines.reduce((all, line) => all + (of(line) ?? 0), 0);
  const localUnpricedTokens = sum((line) => line.localUnpricedTokens);
  const [localCost, billed] = [sum((line) => line.localCost), sum((line) => line.billedCost)];
  return [
    "Total",
    "",
    money({ totalCost: localCost, unpricedTokens: localUnpricedTokens }),
    money({
      totalCost: sum((line) => line.usageCost),
      unpricedTokens: sum((line) => line.usageUnpricedTokens),
    }),
    dollars(billed),
    localUnpricedTokens > 0 ? "–" : signed(billed - localCost),
  ];
}

/** What is known of why they differ. */
function notesOf(lines: readonly ReconciledLine[], days: number, today: string): string[] {
  const beside = lines.filter(
    ({ model, billedCost }) => model.startsWith("<") && billedCost !== null,
  );
  const names = [...new Set(beside.map(({ model }) => model.slice(1, -1)))];
  const sumOf = (name: string): number =>
    beside.reduce(
      (sum, line) => sum + (line.model === `<${name}>` ? (line.billedCost ?? 0) : 0),
      0,
    );
  const others = lines.some((line) => line.usageTokens > line.localTokens);
  const fewer = lines.some((line) => line.localTokens > line.usageTokens);
  const late = lines.some(({ date }) => date > addDays(today, -LATE_DAYS));
  return [
    ...(days > DAYS ? [`The last ${DAYS} of ${counted(days, "day")}; --json has all.`] : []),
    ...names.map((name) => `Billed beside tokens: ${printable(name)} ${dollars(sumOf(name))}.`),
    ...(others
      ? [
          "More was used than your calls: other machines, people and apps, and calls that no transcript holds.",
        ]
      : []),
    ...(fewer
      ? [
          "Of some models your calls are more: a subscription's or a cloud's, which are not on this bill.",
        ]
      : []),
    ...(late ? [`Of the last ${count(LATE_DAYS)} days costs may still come.`] : []),
    "The gap is what was billed beyond your calls; batches and discounts are billed below list price.",
  ];
}

interface Span {
  since: string;
  until: string;
}

/** What people and keys did with Claude Code. */
export function peopleWords(people: readonly PersonLine[], { since, until }: Span): string {
  if (people.length === 0) {
    return `Nothing of Anthropic's Claude Code report is known from ${since} to ${until}. It is often empty for subscriptions; \`ccbooks pull anthropic --type claude-code\` asks for it.`;
  }
  const heads = ["Days", "Sessions", "Lines", "Commits", "PRs", "Tokens", "Estimated"];
  const drawn = table(
    [{ title: "Who", align: "left" }, ...heads.map((title) => ({ title }))],
    people.map((line) => [
      endOf(printable(line.actor), NAME_WIDTH),
      ...[count(line.daysWithUsage), count(line.sessions)],
      `+${compact(line.linesAdded)} -${compact(line.linesRemoved)}`,
      ...[count(line.commits), count(line.pullRequests), compact(line.totalTokens)],
      dollars(line.estimatedCost),
    ]),
  );
  const note = "As Anthropic reports it, estimated at list price; days of UTC.";
  return `${drawn}\n\n${styled("dim", note)}`;
}

/** Projects beside the keys and workspaces that are called like them. */
export function projectsWords(projects: readonly ProjectLine[], { since, until }: Span): string {
  if (projects.length === 0) return `Nothing was used from ${since} to ${until}.`;
  const drawn = table(
    [
      { title: "Project or key", align: "left" },
      { title: "Your calls" },
      { title: "Reported use" },
    ],
    projects.map(({ project, ...line }) => [
      endOf(printable(project), NAME_WIDTH),
      line.localCost === null && line.localUnpricedTokens === 0
        ? "–"
        : money({ totalCost: line.localCost, unpricedTokens: line.localUnpricedTokens }),
      line.usageCost === null && line.usageUnpricedTokens === 0
        ? "–"
        : money({ totalCost: line.usageCost, unpricedTokens: line.usageUnpricedTokens }),
    ]),
  );
  const note =
    "Keys and workspaces stand beside the project they are called like: `ccbooks label KEY PROJECT` names one.";
  return `${drawn}\n\n${styled("dim", note)}`;
}
