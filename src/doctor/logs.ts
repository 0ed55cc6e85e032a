import { dayAt, inZone } from "../dates.ts";
import type { Retention } from "../sources/claude-code/retention.ts";
import type { Listing } from "../sources/claude-code/transcripts.ts";
import { counted, fileSize } from "../format/figures.ts";
import { printable } from "../format/printable.ts";
import type { FetchedTranscript, Health } from "../readers/health.ts";
import type { SetAside } from "../readers/set-aside.ts";
import type { Check } from "./check.ts";

/** Milliseconds. */
const DAY = 86_400_000;

/** How many days before a sweep to warn of it. */
const NOTICE_DAYS = 2;

/** Whether there is anything to read, and nothing that cannot be. */
export function checkTranscripts(
  folders: readonly string[],
  { transcripts, unreadable, notFiles, links }: Listing,
): Check {
  const name = "transcripts";
  if (folders.length === 0) {
    const given = process.env["CLAUDE_CONFIG_DIR"];
    const message = given
      ? `CLAUDE_CONFIG_DIR (${given}) names no folder with Claude Code's projects/ in it; correct or unset it.`
      : "No folder of Claude Code was found; use Claude Code, or set CLAUDE_CONFIG_DIR to where it keeps its files.";
    return { name, status: "fail", message };
  }
  if (unreadable.length > 0) {
    const list = unreadable.map(printable).join(", ");
    const message = `What cannot be read is not counted: ${list}; let this user read it.`;
    return { name, status: "warn", message };
  }
  if (notFiles.length > 0) {
    const list = notFiles.map(printable).join(", ");
    const message = `Called like transcripts, but no files, and so never opened: ${list}; remove them.`;
    return { name, status: "warn", message };
  }
  const where = folders.join(", ");
  if (transcripts.length === 0) {
    const message = `There are none in ${where}; if Claude Code keeps its files elsewhere, set CLAUDE_CONFIG_DIR.`;
    return { name, status: "warn", message };
  }
  const size = transcripts.reduce((sum, transcript) => sum + transcript.size, 0);
  const linked = links.length === 0 ? "" : ` ${counted(links.length, "link")} in there followed.`;
  const message = `${counted(transcripts.length, "transcript")}, ${fileSize(size)}, in ${where}.${linked}`;
  return { name, status: "ok", message };
}

/** Whether Claude Code's settings are clear about how long it keeps transcripts. */
export function checkRetention({ days, file, mistakes }: Retention): Check {
  const name = "retention";
  if (mistakes.length > 0) {
    const wrong = mistakes.map((mistake) => `${mistake.file} ${mistake.what}`).join("; ");
    const message = `${wrong}. Correct it: until then Claude Code may sweep by another setting or not at all, and ${counted(days, "day")} are assumed here.`;
    return { name, status: "warn", message };
  }
  const source = file === null ? "its default" : `cleanupPeriodDays in ${file}`;
  const message = `Claude Code deletes transcripts after ${counted(days, "day")}: ${source}.`;
  return { name, status: "ok", message };
}

/**
 * Whether the next sweep takes what no fetch has read.
 * @param fetched the transcripts as a fetch last saw them
 */
export function checkSweep(
  transcripts: readonly FetchedTranscript[],
  fetched: readonly FetchedTranscript[],
  { retention, timezone, now }: { retention: Retention; timezone: string; now: Date },
): Check {
  const name = "sweep";
  const seen = new Map(fetched.map((transcript) => [transcript.path, transcript]));
  const unfetched = transcripts.filter(({ path, size, modifiedAt }) => {
    const before = seen.get(path);
    return before?.size !== size || before.modifiedAt !== modifiedAt;
  });
  const goneBy = (when: number): FetchedTranscript[] =>
    unfetched.filter(({ modifiedAt }) => modifiedAt + retention.days * DAY <= when);

  const due = goneBy(now.getTime());
  if (due.length > 0) {
    const message = `The next sweep will delete usage of ${words(due, timezone)}; run \`ccbooks fetch\` before you use Claude Code again.`;
    return { name, status: "fail", message };
  }
  const noticeEnds = now.getTime() + NOTICE_DAYS * DAY;
  const soon = goneBy(noticeEnds);
  if (soon.length > 0) {
    const message = `By ${dayAt(noticeEnds, timezone).date} a sweep will delete usage of ${words(soon, timezone)}; run \`ccbooks fetch\`.`;
    return { name, status: "warn", message };
  }
  const message =
    unfetched.length === 0
      ? "Every transcript is fetched as it is now."
      : `${counted(unfetched.length, "transcript")} changed since the last fetch; no sweep is near.`;
  return { name, status: "ok", message };
}

/** Transcripts by the days they were last written on: those are sure to be in them. */
function words(transcripts: readonly FetchedTranscript[], timezone: string): string {
  const all = inZone(timezone, (dayOf) =>
    transcripts.map(({ modifiedAt }) => dayOf(new Date(modifiedAt))),
  );
  const days = [...new Set(all)];
  const [first, last] = [days.toSorted()[0], days.toSorted().at(-1)];
  const when = first === last ? first : `${first} to ${last}`;
  return `${counted(days.length, "day")} you have not fetched (${when}, ${counted(transcripts.length, "transcript")})`;
}

/** How many transcripts with lines that were set aside are named. */
const NAMED = 3;

/** Whether every line with usage was let in. */
export function checkLines(setAside: readonly SetAside[]): Check {
  const name = "lines";
  if (setAside.length === 0) {
    return { name, status: "ok", message: "Every line with usage was read." };
  }
  const byPath = [...Map.groupBy(setAside, ({ path }) => path)];
  const named = byPath.slice(0, NAMED).map(([path, some]) => {
    const reasons = some.map(({ reason, lines }) => `${lines} ${printable(reason)}`);
    return `${printable(path)} (${reasons.join(", ")})`;
  });
  if (byPath.length > NAMED) named.push(counted(byPath.length - NAMED, "other transcript"));
  const lines = setAside.reduce((sum, one) => sum + one.lines, 0);
  const message = `${counted(lines, "line")} set aside, as ccusage does or as the date cannot be: ${named.join("; ")}. What is dated ahead is read again when its day has come; the rest only a restored transcript can mend.`;
  return { name, status: "warn", message };
}

/** Whether transcripts go earlier than Claude Code says. */
export function checkEarlyDeletions(
  { transcripts, youngestDays }: Health["earlyDeletions"],
  { days }: Retention,
): Check[] {
  if (transcripts === 0) return [];
  const message = `${counted(transcripts, "transcript")} of the last 60 days were deleted before they were ${counted(days, "day")} old, the youngest after ${counted(Math.max(0, youngestDays ?? 0), "day")}; fetch at least that often.`;
  return [{ name: "deletions", status: "warn", message }];
}

/** Whether ccusage's figures are the sums of the calls. */
export function checkCounts(differing: readonly string[]): Check {
  const name = "counts";
  const [first] = differing;
  if (first === undefined) {
    return { name, status: "ok", message: "ccusage's figures are the sums of the calls." };
  }
  const message = `ccusage's figures of ${counted(differing.length, "day")} are not the sums of the calls, first of ${first}; \`ccbooks why ${first}\` says more.`;
  return { name, status: "warn", message };
}
