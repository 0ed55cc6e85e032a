import { addDays } from "../dates.ts";
import { change, compact, count, counted, money, percent, timesPrice } from "../format/figures.ts";
import type { RangeData } from "../readers/page-range.ts";
import type { PageData } from "../readers/page.ts";
import { changeOf } from "../readers/summary.ts";
import { type Html, html } from "../format/html.ts";
import { projectedCost } from "./projection.ts";
import { monthOf } from "./words.ts";

interface KeyFigure {
  name: string;
  value: string;
  note: string;
}

/** Today, this week, the month and what rose: nothing of a page whose days end before today. */
export function currentHtml(data: PageData, plan: number | null): Html | string {
  const figures = [...currentFigures(data), ...monthFigures(data, plan)];
  if (figures.length === 0) return "";
  return html`<section aria-label="Now">${listHtml(figures)} ${roseHtml(data)}</section>`;
}

/** What a range of days came to. */
export function rangeFiguresHtml({ summary }: RangeData): Html {
  const { totalCost, unpricedTokens, costPerDay, hitRate, totalTokens } = summary;
  return listHtml([
    {
      name: "Total cost",
      value: money({ totalCost, unpricedTokens }),
      note: `${count(summary.daysWithUsage)} of ${counted(summary.days, "day")} with usage`,
    },
    { name: "A day", value: money({ totalCost: costPerDay, unpricedTokens }), note: "on average" },
    { name: "Cache hit rate", value: percent(hitRate), note: "of what went in" },
    { name: "Tokens", value: compact(totalTokens), note: count(totalTokens) },
  ]);
}

function listHtml(figures: readonly KeyFigure[]): Html {
  return html`<dl class="key">
    ${figures.map(
      ({ name, value, note }) =>
        html`<div>
          <dt>${name}</dt>
          <dd><strong>${value}</strong> <small>${note}</small></dd>
        </div>`,
    )}
  </dl>`;
}

/** What cost most more in the last 7 whole days than in the 7 before. */
function roseHtml({ now }: PageData): Html | string {
  if (now === null || now.rose.length === 0) return "";
  const parts = now.rose.map(
    ({ by, name, rise, unpricedTokens, unpricedTokensBefore }) =>
      html`<li>
        <small>${by}</small> ${name}
        <strong
          >+${money({ totalCost: rise, unpricedTokens: unpricedTokens + unpricedTokensBefore })}</strong
        >
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
function currentFigures({ now, all: { today } }: PageData): KeyFigure[] {
  if (now === null) return [];
  const { known, periods } = now;
  const { thisWeek } = periods;
  const isKnown = known >= today;
  const { costOfWholeDays, costBefore, unpricedOfWholeDays, unpricedBefore } = thisWeek;
  const changed = changeOf(thisWeek);
  const part = changed === null ? "" : `, ${change(changed)}`;
  const against =
    !costBefore || costOfWholeDays === null
      ? "from Monday on"
      : `${money({ totalCost: costOfWholeDays, unpricedTokens: unpricedOfWholeDays })} up to ${isKnown ? "yesterday" : addDays(known, -1)}${part} (last week ${money({ totalCost: costBefore, unpricedTokens: unpricedBefore })})`;
  return [
    {
      name: "Today",
      value: isKnown ? money(periods.today) : "unknown",
      note: todaysNote(now, isKnown),
    },
    {
      name: "This week",
      value: thisWeek.isKnown === 1 ? money(thisWeek) : "unknown",
      note: thisWeek.isKnown === 1 ? against : `since ${known}`,
    },
  ];
}

function todaysNote({ known, yesterday }: NonNullable<PageData["now"]>, isKnown: boolean): string {
  if (!isKnown) return `since ${known}`;
  return yesterday === null ? "the first day" : `yesterday ${money(yesterday)}`;
}

/** The month so far, and what it comes to. */
function monthFigures({ month, all: { today } }: PageData, plan: number | null): KeyFigure[] {
  if (month === null) return [];
  const projected = projectedCost(month.projection);
  const runningMonth = `${monthOf(today)} ${today.slice(0, 4)}`;
  return [
    {
      name: "This month",
      value: money(month),
      note: `${runningMonth} so far${planWords(month.totalCost, plan)}`,
    },
    ...(projected === null
      ? []
      : [
          {
            name: "Projected",
            value: projected.bySevenDays,
            note: `${runningMonth}, at the average of the last 7 whole days`,
          },
        ]),
  ];
}

function planWords(totalCost: number | null, plan: number | null): string {
  if (plan === null || totalCost === null) return "";
  return `, ${timesPrice(totalCost, plan)} the plan's price`;
}
