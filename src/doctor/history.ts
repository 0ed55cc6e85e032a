import { dayAt } from "../dates.ts";
import type { Health } from "../readers/health.ts";
import { counted } from "../format/figures.ts";
import type { Check } from "./check.ts";

/** How many gaps are named one by one. */
const NAMED_GAPS = 3;

/** Whether days may be lost between those the books have. */
export function checkHistory({ history, gaps }: Pick<Health, "history" | "gaps">): Check {
  const name = "history";
  const { firstDate, lastDate, daysWithUsage } = history;
  if (firstDate === null) {
    return { name, status: "ok", message: "No usage of this machine is in the books yet." };
  }
  if (gaps.length === 0) {
    const message = `${counted(daysWithUsage, "day")} with usage, ${firstDate} to ${lastDate}; no gap that may hide lost days.`;
    return { name, status: "ok", message };
  }
  const named = gaps
    .slice(0, NAMED_GAPS)
    .map((gap) => `${gap.firstDate} to ${gap.lastDate} (${counted(gap.days, "day")})`);
  if (gaps.length > NAMED_GAPS) named.push(`${gaps.length - NAMED_GAPS} more`);
  const message = `No usage and no fetch in time for ${named.join(", ")}: days may be lost there. If you have the transcripts in a backup, put them back and run \`ccbooks fetch\`.`;
  return { name, status: "warn", message };
}

/** Whether fetching goes on and succeeds. */
export function checkFetches(
  { fetches }: Pick<Health, "fetches">,
  { retentionDays, timezone, now }: { retentionDays: number; timezone: string; now: Date },
): Check {
  const name = "fetches";
  const { lastGoodAt, failedSince, lastError } = fetches;
  const why =
    failedSince === 1 ? `one failed: ${lastError}` : `${failedSince} failed: ${lastError}`;
  if (lastGoodAt === null) {
    const message = failedSince > 0 ? `None has succeeded on this machine, and ${why}` : none;
    return { name, status: "warn", message };
  }
  const age = Math.max(0, Math.floor((now.getTime() - Date.parse(lastGoodAt)) / 86_400_000));
  const ago = age === 0 ? "less than a day" : counted(age, "day");
  const last = `The last good one was ${ago} ago, on ${dayAt(Date.parse(lastGoodAt), timezone).date}`;
  if (failedSince > 0) return { name, status: "warn", message: `${last}; since then ${why}` };
  if (age < retentionDays) return { name, status: "ok", message: `${last}.` };
  const message = `${last}, longer than transcripts are kept; run \`ccbooks fetch\` now, and from a timer from then on.`;
  return { name, status: "warn", message };
}

const none = "There has been none on this machine; run `ccbooks fetch`.";
