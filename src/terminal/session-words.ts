import type { Session, SessionShare } from "../readers/session.ts";
import { localMinute } from "../dates.ts";
import { count, counted, dollars, duration, money, percent, styled } from "../format/figures.ts";
import { printable } from "../format/printable.ts";
import { beginningOf, endOf } from "../format/width.ts";
import { columns, table } from "./table.ts";

/** The width every line fits in. */
const WIDTH = 80;

/** What names of facts, and the gaps, take of a line. */
const FACT = 14;

/** What a name may take of a table. */
const NAME = 34;

/** What a session did, and what that cost. */
export function sessionWords(session: Session, timezone: string): string {
  const { sessionId, about, total, calls, models, branches } = session;
  const title =
    about.title === null ? [] : [styled("bold", beginningOf(printable(about.title), WIDTH))];
  const facts = columns(["left", "left"], factsOf(session, timezone));
  const notes = [
    ...(total.unpricedTokens > 0 ? ["≥ means at least: some tokens have no known price yet."] : []),
    "Costs are estimates at list price, not a bill.",
    `\`ccbooks why ${printable(sessionId).slice(0, 8)}\` says what was counted, and how.`,
  ];
  return [
    [...title, `Session ${beginningOf(printable(sessionId), WIDTH - 8)}`].join("\n"),
    facts,
    sharesTable("Model", models),
    ...(branches.length > 1 ? [sharesTable("Branch", branches)] : []),
    ...(calls.length === 0
      ? []
      : [
          table(
            [
              { title: "Largest calls", align: "left" },
              { title: "Model", align: "left" },
              { title: "Cost" },
              { title: "Tokens" },
              { title: "Output" },
              { title: "", align: "left" },
            ],
            calls.map((call) => [
              localMinute(call.at, timezone),
              endOf(printable(call.model), 26),
              money(call),
              count(call.totalTokens),
              count(call.outputTokens),
              call.isSubagent === 1 ? "subagent" : "",
            ]),
          ),
        ]),
    styled("dim", notes.join("\n")),
  ].join("\n\n");
}

function factsOf(session: Session, timezone: string): string[][] {
  const { about, total, parts, branches, transcripts } = session;
  const place = about.projectPath === null ? "" : ` (${about.projectPath})`;
  const told =
    about.toldCost === null ? "" : `; Claude Code itself says ${dollars(about.toldCost)}`;
  const ofSubagents =
    parts.subagentCalls === 0
      ? ""
      : `, ${count(parts.subagentCalls)} of them by ${parts.subagents === 0 ? "subagents" : counted(parts.subagents, "subagent")}: ${money({ totalCost: parts.subagentCost, unpricedTokens: parts.subagentUnpricedTokens })}`;
  const searches = parts.webSearches === 0 ? [] : [["Web searches", count(parts.webSearches)]];
  const [transcript] = transcripts;
  const where =
    transcript === undefined
      ? []
      : [
          [
            "Transcript",
            transcript.deletedAt === null
              ? printable(transcript.path)
              : `deleted by ${localMinute(transcript.deletedAt, timezone)}; what it used is kept`,
          ],
        ];
  return [
    ["Project", endOf(printable(`${about.project}${place}`), WIDTH - FACT - 4)],
    ...branches
      .filter(({ name }) => name !== "<no branch>")
      .slice(0, 1)
      .map(({ name }) => ["Branch", endOf(printable(name), WIDTH - FACT - 4)]),
    ["Active", activity(session, timezone)],
    ["Machine", endOf(printable(about.machine), WIDTH - FACT - 4)],
    ["Cost", `${money(total)}${told}`],
    ...(parts.calls === 0 ? [] : [["Calls", `${count(parts.calls)}${ofSubagents}`]]),
    ["Tokens", `${count(total.totalTokens)}, ${count(total.outputTokens)} of them output`],
    ["Cache", `${percent(total.hitRate)} of what went in was read from it`],
    ...searches,
    ...where,
  ];
}

function activity({ about }: Session, timezone: string): string {
  const { startedAt, lastActivityAt, firstActivity, lastActivity, minutes } = about;
  if (startedAt === null || lastActivityAt === null || minutes === null) {
    return firstActivity === null || firstActivity === lastActivity
      ? lastActivity
      : `${firstActivity} to ${lastActivity}`;
  }
  const from = localMinute(startedAt, timezone);
  const until = localMinute(lastActivityAt, timezone);
  const end = until.slice(0, 10) === from.slice(0, 10) ? until.slice(11) : until;
  return `${from} to ${end}, ${duration(minutes)}`;
}

function sharesTable(title: string, shares: readonly SessionShare[]): string {
  return table(
    [{ title, align: "left" }, { title: "Cost" }, { title: "Tokens" }, { title: "Output" }],
    shares.map((share) => [
      endOf(printable(share.name), NAME),
      money(share),
      count(share.totalTokens),
      count(share.outputTokens),
    ]),
  );
}
