import type { Fingerprint, LastRun } from "../ledger/runs.ts";
import type { Present } from "../ledger/transcripts.ts";
import type { Transcript } from "../usage.ts";

/**
 * How much of the transcripts a fetch has to look at. Usage of a day is only in files written since that
 * day began, so once a day has been fetched whole, the files written since its midnight say all there is
 * to say of it, and no earlier day can have grown.
 */
export type Pass =
  | { kind: "full" }
  | { kind: "recent"; transcripts: Transcript[] }
  | { kind: "idle" };

/** Clocks of disks are coarser than those of programs, in milliseconds. */
export const CLOCK_TOLERANCE = 2000;

/**
 * Decides it. Anything odd makes a full pass, which is always right.
 * @param moment when this day began, by the machine's zone, and when it is: milliseconds since 1970
 * @param last the machine's last good run, on this day
 * @param present the transcripts as that run saw them; asked for only when they have changed
 * @param hasVanished whether a path was seen before that run and has vanished since
 */
export function decidePass(
  { fingerprint, transcripts }: { fingerprint: Fingerprint; transcripts: readonly Transcript[] },
  { midnight, now }: { midnight: number; now: number },
  last: LastRun,
  present: () => ReadonlyMap<string, Present>,
  hasVanished: (path: string) => boolean,
): Pass {
  const isSameQuestion = last.question_fingerprint === fingerprint.question;
  if (!isSameQuestion) return FULL;
  if (last.transcripts_fingerprint === fingerprint.transcripts) return { kind: "idle" };
  const clockWentBack = Date.parse(last.started_at) > now;
  if (clockWentBack) return FULL;

  const known = present();
  let stillThere = 0;
  for (const { path, size, modifiedAt } of transcripts) {
    const before = known.get(path);
    if (before !== undefined) stillThere += 1;
    const isInFuture = modifiedAt > now + CLOCK_TOLERANCE;
    if (isInFuture) return FULL;
    if (before?.size === size && before.modified_at === modifiedAt) continue;
    const isOlder = modifiedAt < midnight;
    const cameBack = before === undefined && hasVanished(path);
    const lostSome =
      before !== undefined && (size < before.size || modifiedAt < before.modified_at);
    if (isOlder || cameBack || lostSome) return FULL;
  }
  const someVanished = stillThere < known.size;
  if (someVanished) return FULL;
  const recent = transcripts.filter(({ modifiedAt }) => modifiedAt >= midnight);
  const isMostOfAll = 2 * bytesOf(recent) > bytesOf(transcripts);
  return isMostOfAll ? FULL : { kind: "recent", transcripts: recent };
}

const FULL: Pass = { kind: "full" };

export function bytesOf(transcripts: readonly Transcript[]): number {
  return transcripts.reduce((sum, { size }) => sum + size, 0);
}
