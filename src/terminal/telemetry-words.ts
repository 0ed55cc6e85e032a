import { count, counted, moneyIfAny, percent } from "../format/figures.ts";
import { printable } from "../format/printable.ts";
import { toldShare, type Coverage, type CoverageLine } from "../readers/coverage.ts";
import { table } from "./table.ts";

/** How telemetry stands: what Claude Code's settings say, and what has come of it. */
export function telemetryWords(settings: Record<string, string>, coverage: Coverage): string {
  const names = Object.entries(settings);
  const set =
    names.length === 0
      ? ["Claude Code's settings have no telemetry; `ccbooks telemetry on` turns it on."]
      : [
          "In Claude Code's settings:",
          ...names.map(([name, value]) => `  ${name}=${printable(value)}`),
        ];
  return [...set, "", ...coverageWords(coverage)].join("\n");
}

function coverageWords({ lines, apart, events }: Coverage): string[] {
  const [latest] = events
    .map(({ lastAt }) => lastAt)
    .toSorted()
    .toReversed();
  if (latest === undefined) {
    return ["Nothing has come so far; `ccbooks serve` has to run while Claude Code does."];
  }
  const kept = events.reduce((sum, { events: times }) => sum + times, 0);
  const alone =
    apart === 0
      ? []
      : [`${counted(apart, "call")} without a request id: kept apart, and added to nothing.`];
  return [
    `${counted(kept, "event")} so far, the last at ${latest}.`,
    ...alone,
    ...linesWords(lines),
  ];
}

const SHOWN = 10;

function linesWords(lines: readonly CoverageLine[]): string[] {
  if (lines.length === 0) return [];
  const share = toldShare(lines);
  const all =
    share === null
      ? "None of these sessions has a transcript that was fetched."
      : `Told of ${percent(share)} of the tokens that transcripts have. What it leaves out, they count.`;
  return [
    "",
    table(
      [
        ...["Day", "Session"].map((title) => ({ title, align: "left" as const })),
        ...["Transcript tokens", "Told of", "Beside", "Cost beside"].map((title) => ({ title })),
      ],
      lines
        .slice(-SHOWN)
        .map((line) => [
          line.date,
          printable(line.sessionId).slice(0, 8),
          count(line.transcriptTokens),
          percent(toldShare([line])),
          counted(line.besideCalls, "call"),
          line.besideCalls === 0
            ? "–"
            : moneyIfAny({ totalCost: line.besideCost, unpricedTokens: line.besideUnpricedTokens }),
        ]),
    ),
    ...(lines.length > SHOWN ? [`  and ${counted(lines.length - SHOWN, "line")} before`] : []),
    "",
    all,
  ];
}
