import type { PageData } from "../readers/page.ts";
import type { Selection } from "../readers/selection.ts";
import { changeOf } from "../readers/summary.ts";
import { addDays, localMinute } from "../dates.ts";
import { change, count, counted, money, percent, timesPrice } from "../format/figures.ts";
import { version } from "../version.ts";
import { cacheFigure } from "./charts/cache.ts";
import { calendarFigure } from "./charts/calendar.ts";
import { costFigure } from "./charts/cost.ts";
import { hoursFigure } from "./charts/hours.ts";
import { projectCostsFigure } from "./charts/project-costs.ts";
import { modelsFigure } from "./charts/models.ts";
import { branchesFigure, projectsFigure, sessionsFigure } from "./charts/ranking.ts";
import { tokensFigure } from "./charts/tokens.ts";
import { weeksFigure } from "./charts/weeks.ts";
import type { Chart } from "./chart.ts";
import { draw } from "./draw.ts";
import type { Figure, FigureTable } from "./figure.ts";
import { type Html, html } from "./html.ts";
import { projectedCost } from "./projection.ts";
import { style } from "./style.ts";
import { compact, monthOf } from "./words.ts";

/** The page: one HTML file that needs nothing else, no script either. `plan` is USD a month. */
export function page(data: PageData, plan: number | null): string {
  const { since, until } = data.span;
  const whose = whoseWords(data.selection);
  const figures = [
    costFigure(data),
    modelsFigure(data),
    ...[projectCostsFigure(data)].filter((figure) => figure !== null),
    tokensFigure(data),
    cacheFigure(data),
    calendarFigure(data),
    weeksFigure(data, plan),
    projectsFigure(data),
    sessionsFigure(data),
    // Saved reports tell of no calls.
    ...(data.hours.length === 0 ? [] : [hoursFigure(data), branchesFigure(data)]),
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
        <title>What Claude Code cost${whose}, ${since} to ${until}</title>
        <style>
          ${style}
        </style>
      </head>
      <body>
        <main>
          <header>
            <h1>What Claude Code cost${whose}</h1>
            <p class="span">
              <time datetime="${since}">${since}</time> to <time datetime="${until}">${until}</time>
            </p>
            <p>${asOfWords(data)}</p>
            <p>
              Costs are estimates at list price in US dollars, not a
              bill.${unpricedWords(data)}${keptWords(data)}
            </p>
          </header>
          <section aria-label="Key figures">
            <dl class="key">${keyFigures(data, plan).map(keyHtml)}</dl>
            ${roseHtml(data)}
          </section>
          ${figures.map(figureHtml)}
          <footer>
            <p>
              Made on ${data.today} by ccbooks ${version()} from what ccusage reported. Days are
              those of each machine’s time zone.
            </p>
          </footer>
        </main>
      </body>
    </html> `.text.replaceAll(/\n\s+/g, "\n");
}

function unpricedWords({ summary, month }: PageData): string {
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
    : ` Of this, ${money(kept.totalCost, kept.unpricedTokens)} is kept of deleted transcripts.`;
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

interface KeyFigure {
  name: string;
  value: string;
  note: string;
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

function asOfWords({ fetchedAt, now, today, timezone }: PageData): string {
  if (fetchedAt === null) return "When the books were last fetched is not known.";
  const fetched = `As of ${localMinute(fetchedAt, timezone)}.`;
  return now === null || now.known >= today
    ? fetched
    : `${fetched} The days after ${now.known} are unknown: fetch, and draw the page again.`;
}

/** What cost most more in the last 7 whole days than in the 7 before. */
function roseHtml({ now }: PageData): Html | string {
  if (now === null || now.rose.length === 0) return "";
  const parts = now.rose.map(
    ({ by, name, rise, unpricedTokens, unpricedTokensBefore }) =>
      html`<li>
        <small>${by}</small> ${name}
        <strong>+${money(rise, unpricedTokens + unpricedTokensBefore)}</strong>
      </li>`,
  );
  return html`<div class="rose">
    <h2>What rose in 7 days</h2>
    <ul>
      ${parts}
    </ul>
  </div>`;
}

/** Today and this week, as far as they are known. */
function currentFigures({ now, today }: PageData): KeyFigure[] {
  if (now === null) return [];
  const { known, periods, yesterday } = now;
  const { thisWeek } = periods;
  const isKnown = known >= today;
  const { costOfWholeDays, costBefore, unpricedOfWholeDays, unpricedBefore } = thisWeek;
  const changed = changeOf(thisWeek);
  const part = changed === null ? "" : `, ${change(changed)}`;
  const against =
    !costBefore || costOfWholeDays === null
      ? "from Monday on"
      : `${money(costOfWholeDays, unpricedOfWholeDays)} up to ${isKnown ? "yesterday" : addDays(known, -1)}${part} (last week ${money(costBefore, unpricedBefore)})`;
  return [
    {
      name: "Today",
      value: isKnown ? money(periods.today.totalCost, periods.today.unpricedTokens) : "unknown",
      note: isKnown
        ? `yesterday ${money(yesterday.totalCost, yesterday.unpricedTokens)}`
        : `since ${known}`,
    },
    {
      name: "This week",
      value:
        thisWeek.isKnown === 1 ? money(thisWeek.totalCost, thisWeek.unpricedTokens) : "unknown",
      note: thisWeek.isKnown === 1 ? against : `since ${known}`,
    },
  ];
}

function planWords(totalCost: number | null, plan: number | null): string {
  if (plan === null || totalCost === null) return "";
  return `, ${timesPrice(totalCost, plan)} the plan's price`;
}

function keyFigures(data: PageData, plan: number | null): KeyFigure[] {
  const { summary, month, today } = data;
  const { totalCost, unpricedTokens, costPerDay, hitRate, totalTokens } = summary;
  const projected = month === null ? null : projectedCost(month.projection);
  const runningMonth = `${monthOf(today)} ${today.slice(0, 4)}`;
  return [
    ...currentFigures(data),
    ...(month === null
      ? []
      : [
          {
            name: "This month",
            value: money(month.totalCost, month.unpricedTokens),
            note: `${runningMonth} so far${planWords(month.totalCost, plan)}`,
          },
        ]),
    ...(projected === null
      ? []
      : [
          {
            name: "Projected",
            value: projected.bySevenDays,
            note: `${runningMonth}, at the average of the last 7 whole days`,
          },
        ]),
    {
      name: "Total cost",
      value: money(totalCost, unpricedTokens),
      note: `${count(summary.daysWithUsage)} of ${counted(summary.days, "day")} with usage`,
    },
    { name: "A day", value: money(costPerDay, unpricedTokens), note: "on average" },
    { name: "Cache hit rate", value: percent(hitRate), note: "of what went in" },
    { name: "Tokens", value: compact(totalTokens), note: count(totalTokens) },
  ];
}

function keyHtml({ name, value, note }: KeyFigure): Html {
  return html`<div>
    <dt>${name}</dt>
    <dd><strong>${value}</strong> <small>${note}</small></dd>
  </div>`;
}

function figureHtml(figure: Figure): Html {
  const { id, title, legend, summary, wide, narrow, figures, isHalf } = figure;
  return html`<figure id="${id}" class="${isHalf ? "half" : "whole"}">
    <h2 id="${id}-title">${title}</h2>
    <p class="unit wide">${wide.unit}</p>
    <p class="unit narrow">${narrow.unit}</p>
    ${legend.length > 0 ? legendHtml(legend) : ""} ${pictureHtml(id, "wide", wide)}
    ${pictureHtml(id, "narrow", narrow)}
    <figcaption id="${id}-summary">${summary}</figcaption>
    ${tableHtml(figures)}
  </figure> `;
}

function legendHtml(legend: Figure["legend"]): Html {
  return html`<ul class="legend">
    ${legend.map(
      ({ name, colour, isLine }) =>
        html`<li>
          <i class="${isLine ? "line" : "square"}" style="background:${colour}"></i>${name}
        </li>`,
    )}
  </ul>`;
}

/** The wide picture or the narrow one is shown, as the screen is. */
function pictureHtml(id: string, where: "wide" | "narrow", chart: Chart): Html {
  return html`<div
    class="chart ${where}"
    role="img"
    aria-labelledby="${id}-title"
    aria-describedby="${id}-summary"
  >
    ${draw(chart)}
  </div>`;
}

function tableHtml({ title, words, heads, rows }: FigureTable): Html {
  const cell = (text: string, column: number): Html =>
    column === 0
      ? html`<th scope="row">${text}</th>`
      : html`<td${column < words ? html` class="word"` : ""}>${text}</td>`;
  return html`<details>
    <summary>${title}</summary>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            ${heads.map((head, column) => html`<th scope="col" ${column < words ? html` class="word"` : ""}>${head}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            (row) =>
              html`<tr>
                ${row.map(cell)}
              </tr> `,
          )}
        </tbody>
      </table>
    </div>
  </details>`;
}
