import type { Change, Span } from "../readers/changes.ts";
import type { Comparison } from "../readers/comparison.ts";
import { count, dollars, money, percent, styled } from "../format/figures.ts";
import { printable } from "../format/printable.ts";
import { beginningOf, endOf } from "../format/width.ts";
import { asOfWords } from "./summary-words.ts";
import { columns, table } from "./table.ts";

const SECTIONS = [
  ["project", "Project"],
  ["model", "Model"],
  ["branch", "Branch"],
  ["session", "Session"],
] as const;

/** What rose and fell between two ranges, and why, in 80 columns. */
export function comparisonWords(
  comparison: Comparison,
  { timezone, today }: { timezone: string; today: string },
): string {
  const { range, before, total, totalBefore, why, changes } = comparison;
  const difference = (total.totalCost ?? 0) - (totalBefore.totalCost ?? 0);
  const isExact = total.unpricedTokens + totalBefore.unpricedTokens === 0;
  // Of two sums that are "at least" nobody knows the part.
  const part =
    isExact && totalBefore.totalCost
      ? Math.round((difference / totalBefore.totalCost) * 100)
      : null;
  const head = columns(
    ["left", "right", "left"],
    [
      [
        styled("bold", spanWords(range)),
        money(total),
        `${isExact ? "" : "about "}${signed(difference)}${part === null ? "" : ` (${part < 0 ? "−" : "+"}${count(Math.abs(part))}%)`}`,
      ],
      [spanWords(before), money(totalBefore), ""],
    ],
  );
  const reasons =
    why === null
      ? []
      : [
          `${styled("bold", isExact ? "Why" : "Why, of what has a price")}\n\n${columns(
            ["left", "right", "left"],
            [
              [
                why.byCalls < 0 ? "Fewer calls" : "More calls",
                signed(why.byCalls),
                `${count(why.calls)}, before ${count(why.callsBefore)}`,
              ],
              [
                why.byTokensPerCall < 0 ? "Fewer tokens a call" : "More tokens a call",
                signed(why.byTokensPerCall),
                `${count(why.tokens / why.calls)}, before ${count(why.tokensBefore / why.callsBefore)}`,
              ],
              [
                why.byModels < 0 ? "Cheaper models" : "More expensive models",
                signed(why.byModels),
                "",
              ],
              [
                why.byCache < 0 ? "Cheaper tokens" : "More expensive tokens",
                signed(why.byCache),
                `cache read ${percent(total.hitRate)}, before ${percent(totalBefore.hitRate)}`,
              ],
            ],
          )}`,
        ];
  const sections = SECTIONS.map(([by, title]) => changesTable(title, changes[by]));
  const notes = [
    ...(isExact ? [] : ["≥ means at least: some tokens have no known price yet."]),
    "Costs are estimates at list price, not a bill.",
    ...asOfWords({ today, asOf: comparison.asOf }, { width: 80, timezone }),
  ];
  return [
    head,
    ...reasons,
    ...sections.filter((text) => text !== ""),
    styled("dim", notes.join("\n")),
  ].join("\n\n");
}

function spanWords({ since, until }: Span): string {
  return since === until ? since : `${since} to ${until}`;
}

function changesTable(title: string, rises: readonly Change[]): string {
  if (rises.length === 0) return "";
  return table(
    [{ title, align: "left" }, { title: "Cost" }, { title: "Before" }, { title: "Change" }],
    rises.map((row) => [
      title === "Session" ? sessionName(row) : endOf(printable(row.name), 36),
      money(row),
      money({ totalCost: row.costBefore, unpricedTokens: row.unpricedTokensBefore }),
      row.totalCost === null && row.costBefore === null && row.unpricedTokens > 0
        ? "unknown"
        : signed(row.rise),
    ]),
  );
}

/** The beginning of its id, and what it was about where that is known. */
function sessionName({ name, title }: Change): string {
  const id = printable(name).slice(0, 8);
  return title === null ? id : `${id} ${beginningOf(printable(title), 27)}`;
}

function signed(value: number): string {
  const sum = dollars(Math.abs(value)).replace("< ", "");
  const isNothing = Math.abs(value) < 0.005;
  return isNothing ? "$0.00" : `${value < 0 ? "−" : "+"}${sum}`;
}
