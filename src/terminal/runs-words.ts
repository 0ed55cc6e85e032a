import { localMinute } from "../dates.ts";
import { count, counted, styled } from "../format/figures.ts";
import { printable } from "../format/printable.ts";
import { endOf } from "../format/width.ts";
import type { RunSummary } from "../readers/runs.ts";
import { table } from "./table.ts";

/** What a machine's name may take of the 80 columns. */
const NAME_WIDTH = 14;

const COLOURS = { ok: "green", failed: "red", running: "yellow" } as const;

/**
 * A table of runs, and below it why those that failed did.
 * @param timezone the zone that instants are shown in
 */
export function runsWords(runs: readonly RunSummary[], timezone: string, failed: boolean): string {
  if (runs.length === 0) {
    return failed ? "No run has failed." : "Nothing has run so far; `ccbooks fetch` does.";
  }
  const rows = runs.map((run) => [
    localMinute(run.startedAt, timezone),
    run.command,
    endOf(printable(run.machine), NAME_WIDTH),
    styled(COLOURS[run.status], run.status),
    run.status === "running" ? "" : ((run.scanMs + run.countMs) / 1000).toFixed(1),
    changesOf(run),
  ]);
  const drawn = table(
    [
      { title: "Started", align: "left" },
      { title: "Run", align: "left" },
      { title: "Machine", align: "left" },
      { title: "Result", align: "left" },
      { title: "Seconds" },
      { title: "What changed", align: "left" },
    ],
    rows,
  );
  const errors = runs.flatMap(({ startedAt, error }) =>
    error === null ? [] : [`${localMinute(startedAt, timezone)}: ${printable(error)}`],
  );
  return errors.length === 0 ? drawn : `${drawn}\n\n${errors.join("\n")}`;
}

/** In a few words: the table has no room for all that is kept. */
function changesOf(run: RunSummary): string {
  const times = run.fetches > 1 ? `${count(run.fetches)} times` : "";
  if (run.status !== "ok") return times;
  const days = run.daysAdded + run.daysGrown;
  const priced = run.daysRepriced + run.daysRecounted;
  const parts = [
    ...(run.callsAdded > 0 ? [counted(run.callsAdded, "call")] : []),
    ...(days > 0 ? [counted(days, "day")] : []),
    ...(priced > 0 ? [`${counted(priced, "day")} counted anew`] : []),
  ];
  const changes = parts.length === 0 ? ["nothing"] : parts;
  return [...changes, ...(times === "" ? [] : [times])].join(", ");
}
