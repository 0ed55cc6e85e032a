import { localMinute } from "../dates.ts";
import { count, counted, money, percent } from "../format/figures.ts";
import type { RangeData } from "../readers/page-range.ts";
import type { PageData } from "../readers/page.ts";
import { tells, type Selection } from "../readers/selection.ts";
import type { Source } from "../usage.ts";
import { version } from "../version.ts";
import { billFigure } from "./charts/bill.ts";
import { cacheFigure } from "./charts/cache.ts";
import { calendarFigure } from "./charts/calendar.ts";
import { costFigure } from "./charts/cost.ts";
import { hoursFigure } from "./charts/hours.ts";
import { modelsFigure } from "./charts/models.ts";
import { projectCostsFigure } from "./charts/project-costs.ts";
import { branchesFigure, projectsFigure, sessionsFigure } from "./charts/ranking.ts";
import { tokensFigure } from "./charts/tokens.ts";
import { weeksFigure } from "./charts/weeks.ts";
import { figureHtml } from "./figure-html.ts";
import type { Figure } from "./figure.ts";
import { Html, html } from "../format/html.ts";
import { currentHtml, rangeFiguresHtml } from "./key-figures.ts";
import { projectedCost } from "./projection.ts";
import { style } from "./style.ts";

/** The page: one HTML file that needs nothing else, no script either. `plan` is USD a month. */
export function page(data: PageData, plan: number | null): string {
  const { since, until } = data.all.span;
  const { title, origin } = WORDS[data.selection.source];
  const whose = whoseWords(data.selection);
  const ranges = [
    ...data.last.map((range) => ({ name: String(range.summary.days), range })),
    { name: ALL_DAYS, range: data.all },
  ];
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"
        />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <title>${title}${whose}, ${since} to ${until}</title>
        <style>
          ${style} ${ranges.length === 1 ? "" : switchStyle(ranges)}
        </style>
      </head>
      <body>
        <main>
          <header>
            <h1>${title}${whose}</h1>
            <p class="span">
              <time datetime="${since}">${since}</time> to <time datetime="${until}">${until}</time>
            </p>
            <p>${asOfWords(data)}</p>
            <p>
              Costs are estimates at list price in US dollars, not a
              bill.${unpricedWords(data)}${keptWords(data)}${besideWords(data)}${toldWords(data)}
            </p>
          </header>
          ${currentHtml(data, plan)} ${ranges.length === 1 ? "" : switchHtml(ranges)}
          ${ranges.map((shown) => rangeHtml(shown, plan, data))}
          <footer>
            <p>Made on ${data.all.today} by ccbooks ${version()} from ${origin}</p>
          </footer>
        </main>
      </body>
    </html> `.text.replaceAll(/\n\s+/g, "\n");
}

/** What a page says of the source that it is of. */
const WORDS: Record<Source, { title: string; origin: string }> = {
  "claude-code": {
    title: "What Claude Code cost",
    origin: "what ccusage reported. Days are those of each machine’s time zone.",
  },
  apps: {
    title: "What apps used",
    origin: "what they recorded. Days are those of the machine that took it in.",
  },
  anthropic: {
    title: "What the organisation used",
    origin: "Anthropic’s usage report. Days are days of UTC, projects are workspaces.",
  },
};

/** A range of the page, and the name that it has within it. */
interface Shown {
  name: string;
  range: RangeData;
}

const ALL_DAYS = "all";

function rangeHtml({ name, range }: Shown, plan: number | null, data: PageData): Html {
  const { since, until } = range.span;
  const suffix = name === ALL_DAYS ? "" : `-${name}`;
  return html`<section class="range" id="range-${name}" aria-label="${since} to ${until}">
    ${rangeFiguresHtml(range)}
    ${figuresOf(range, name === ALL_DAYS, plan, data).map((figure) => figureHtml(figure, suffix))}
  </section>`;
}

function figuresOf(
  range: RangeData,
  isAll: boolean,
  plan: number | null,
  { bill, selection: { source } }: PageData,
): Figure[] {
  const projectCosts = projectCostsFigure(range);
  return [
    modelsFigure(range),
    ...(projectCosts === null ? [] : [projectCosts]),
    costFigure(range),
    // A few weeks show nothing that their days do not.
    ...(isAll ? [calendarFigure(range), weeksFigure(range, plan)] : []),
    // Saved reports tell of no calls.
    ...(range.hours.length === 0 ? [] : [hoursFigure(range), branchesFigure(range)]),
    projectsFigure(range),
    ...(tells(source, ["session"]) ? [sessionsFigure(range)] : []),
    tokensFigure(range),
    cacheFigure(range),
    ...(isAll && bill !== null ? [billFigure(range, bill)] : []),
  ];
}

/** Which of the ranges is shown: all days until another is chosen. */
function switchHtml(ranges: readonly Shown[]): Html {
  const choices = ranges.map(({ name, range: { span, summary } }) => {
    const isAll = name === ALL_DAYS;
    const days = counted(summary.days, "day");
    return html`<label title="${span.since} to ${span.until}">
      <input type="radio" name="range" id="show-${name}" ${isAll ? "checked" : ""} />
      ${isAll ? `all ${days}` : `last ${days}`}
    </label>`;
  });
  return html`<fieldset class="switch">
    <legend>Show</legend>
    ${choices}
  </fieldset>`;
}

/** Hides the ranges that are not chosen, without a script. A browser that cannot shows them all. */
function switchStyle(ranges: readonly Shown[]): Html {
  const rules = ranges.map(
    ({ name }) => `main:has(#show-${name}:checked) .range:not(#range-${name}){display:none}`,
  );
  return new Html(rules.join("\n"));
}

function unpricedWords({ all: { summary }, month }: PageData): string {
  const { totalCost, unpricedTokens } = summary;
  if (unpricedTokens === 0) {
    return isMonthAtLeast(month)
      ? " ≥ means at least: tokens outside these days have no known price yet."
      : "";
  }
  const tokens = `${count(unpricedTokens)} tokens have no known price yet`;
  return totalCost === null ? ` ${tokens}.` : ` ${tokens}: ≥ means at least.`;
}

function keptWords({ kept }: PageData): string {
  return kept === null || kept.days === 0
    ? ""
    : ` Of this, ${money(kept)} is kept of deleted transcripts.`;
}

function besideWords({ beside }: PageData): string {
  return beside === null || beside.calls === 0
    ? ""
    : ` ${money(beside)} was called beside the conversations, as telemetry tells.`;
}

function toldWords({ told }: PageData): string {
  return told === null || told === 1
    ? ""
    : ` In the last 7 days telemetry told of ${percent(told)} of the tokens; transcripts count the rest.`;
}

/** The month so far and its projection look beyond the span. */
function isMonthAtLeast(month: PageData["month"]): boolean {
  if (month === null) return false;
  const { totalCost, unpricedTokens, projection } = month;
  return (
    (totalCost !== null && unpricedTokens > 0) ||
    (projectedCost(projection) !== null && projection.bySevenDaysUnpricedTokens > 0)
  );
}

/** What part of the usage the page is about. */
function whoseWords({ machine, agent, project, model, branch, session }: Selection): string {
  const parts: [word: string, name: string | null][] = [
    ["in", project],
    ["on branch", branch],
    ["in session", session],
    ["with", model],
    ["by", agent],
    ["on", machine],
  ];
  return parts.map(([word, name]) => (name === null ? "" : ` ${word} ${name}`)).join("");
}

function asOfWords({ fetchedAt, now, all: { today }, timezone }: PageData): string {
  if (fetchedAt === null) return "When the books were last fetched is not known.";
  const fetched = `As of ${localMinute(fetchedAt, timezone)}.`;
  return now === null || now.known >= today
    ? fetched
    : `${fetched} The days after ${now.known} are unknown: fetch, and draw the page again.`;
}
