import { addDays } from "../dates.ts";
import {
  compact,
  count,
  counted,
  dollars,
  dollarsAbove,
  dollarsIfAny,
  money,
  moneyIfAny,
  styled,
} from "../format/figures.ts";
import { printable } from "../format/printable.ts";
import { endOf } from "../format/width.ts";
import type { PersonLine, ProjectLine, Reconciled, Reconciliation } from "../readers/bill.ts";
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
export function reconciliationWords(reconciliation: Reconciliation, today: string): string {
  const { since, until, lines, total } = reconciliation;
  if (total === null || (total.usageTokens === 0 && total.billedCost === null)) {
    return `Nothing of Anthropic's reports is known from ${since} to ${until}; \`ccbooks pull anthropic\` takes them in.`;
  }
  const dates = [...new Set(lines.map(({ date }) => date))];
  const first = dates.at(-DAYS) ?? since;
  const shown = lines.filter(({ date }) => date >= first);
  const rows = shown.map((line, index) => [
    shown[index - 1]?.date === line.date ? "" : line.date,
    endOf(printable(line.model), NAME_WIDTH),
    ...figuresOf(line),
  ]);
  const drawn = table(
    [
      { title: "Day (UTC)", align: "left" },
      { title: "Model", align: "left" },
      ...["Your calls", "Reported use", "Billed", "Gap"].map((title) => ({ title })),
    ],
    [...rows, ["Total", "", ...figuresOf(total)]],
  );
  return [drawn, styled("dim", notesOf(reconciliation, dates.length, today).join("\n"))].join(
    "\n\n",
  );
}

function figuresOf(line: Reconciled): string[] {
  const { localCost, localUnpricedTokens, usageCost, usageUnpricedTokens, gap } = line;
  return [
    line.localTokens === 0
      ? "–"
      : money({ totalCost: localCost, unpricedTokens: localUnpricedTokens }),
    line.usageTokens === 0
      ? "–"
      : money({ totalCost: usageCost, unpricedTokens: usageUnpricedTokens }),
    dollarsIfAny(line.billedCost),
    gap === null || localUnpricedTokens > 0 ? "–" : dollarsAbove(gap),
  ];
}

/** What is known of why they differ. */
function notesOf({ lines, models }: Reconciliation, days: number, today: string): string[] {
  const beside = models.flatMap(({ model, billedCost }) =>
    model.startsWith("<") && billedCost !== null
      ? [`Billed beside tokens: ${printable(model.slice(1, -1))} ${dollars(billedCost)}.`]
      : [],
  );
  const others = lines.some((line) => line.usageTokens > line.localTokens);
  const fewer = lines.some((line) => line.localTokens > line.usageTokens);
  const late = lines.some(({ date }) => date > addDays(today, -LATE_DAYS));
  return [
    ...(days > DAYS ? [`The last ${DAYS} of ${counted(days, "day")}; --json has all.`] : []),
    ...beside,
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
      moneyIfAny({ totalCost: line.localCost, unpricedTokens: line.localUnpricedTokens }),
      moneyIfAny({ totalCost: line.usageCost, unpricedTokens: line.usageUnpricedTokens }),
    ]),
  );
  const note =
    "Keys and workspaces stand beside the project they are called like: `ccbooks label KEY PROJECT` names one.";
  return `${drawn}\n\n${styled("dim", note)}`;
}
