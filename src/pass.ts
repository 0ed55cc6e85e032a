import type { Fingerprint, LastRun } from "./ledger/runs.ts";
import type { Present } from "./ledger/transcripts.ts";
import type { Transcript } from "./usage.ts";

/**
 * How much of the transcripts a fetch has to look at. Usage of a day is only in files written since that
 * day began, so once a day has been fetched whole, the files written since its midnight say all there is
 * to say of it, and no earlier day can have grown.
 */
export type Pass =
  | { kind: "full"; because: string }
  | { kind: "recent"; transcripts: Transcript[] }
  | { kind: "idle" };

/** What a fetch knows before it asks ccusage anything. */
export interface Sight {
  fingerprint: Fingerprint;
  transcripts: readonly Transcript[];
  /** When this day began, by the machine's zone: milliseconds since 1970. */
  midnight: number;
  /** Milliseconds since 1970. */
  now: number;
}

/** Clocks of disks are coarser than those of programs, in milliseconds. */
const CLOCK_TOLERANCE = 2000;

/**
 * Decides it. Anything odd makes a full pass, which is always right.
 * @param last the machine's last good run, on this day
 * @param present the transcripts as that run saw them; asked for only when they have changed
 * @param hasVanished whether a path was seen before that run and has vanished since
 */
export function decidePass(
  { fingerprint, transcripts, midnight, now }: Sight,
  last: LastRun,
  present: () => ReadonlyMap<string, Present>,
  hasVanished: (path: string) => boolean,
): Pass {
  if (last.question_fingerprint !== fingerprint.question) return full("it is asked another way");
  if (last.transcripts_fingerprint === fingerprint.transcripts) return { kind: "idle" };
  if (Date.parse(last.started_at) > now) return full("the clock went backwards");
  const known = present();
  let same = 0;
  for (const { path, size, modifiedAt } of transcripts) {
    if (modifiedAt > now + CLOCK_TOLERANCE) return full("a transcript is dated in the future");
    const before = known.get(path);
    if (before !== undefined) same += 1;
    if (before?.size === size && before.modified_at === modifiedAt) continue;
    if (modifiedAt < midnight) return full("an older transcript is new or has changed");
    if (before === undefined && hasVanished(path)) return full("a transcript came back");
    if (before !== undefined && (size < before.size || modifiedAt < before.modified_at)) {
      return full("a transcript was not only added to");
    }
  }
  if (same < known.size) return full("a transcript has vanished");
  const recent = transcripts.filter(({ modifiedAt }) => modifiedAt >= midnight);
  if (2 * bytesOf(recent) > bytesOf(transcripts)) return full("most of it is recent");
  return { kind: "recent", transcripts: recent };
}

export function bytesOf(transcripts: readonly Transcript[]): number {
  return transcripts.reduce((sum, { size }) => sum + size, 0);
}

function full(because: string): Pass {
  return { kind: "full", because };
}
