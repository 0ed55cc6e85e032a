/** What settling needs to know of a reading. */
export interface Candidate {
  /** The user chose it. */
  pinned: boolean;
  /** First read before any sweep could have touched the subject, or inherited from such a reading. */
  whole: boolean;
  /** When a report by its method last showed the subject: ISO 8601 UTC. */
  readAt: string;
  /** Breaks a tie, so that merging in any order settles the same. */
  method: string;
  /** What the reading shows: reported and carried. */
  tokens: number;
}

/**
 * The one of a subject's readings (at least one) that the books show: the pinned one, else among those that are whole, the one read last,
 * so that a counting bug lasts no longer than the release that had it; if none is whole, the fullest.
 */
export function settle<T extends Candidate>(readings: readonly T[]): T {
  return readings.reduce((best, reading) => (prefers(reading, best) ? reading : best));
}

/** Why `settle` chose it, in words. */
export function whySettled(chosen: Candidate, readings: readonly Candidate[]): string {
  if (chosen.pinned) return "you pinned it";
  if (readings.length === 1) return "the only reading";
  if (!chosen.whole) return "the fullest, none being whole";
  return readings.filter(({ whole }) => whole).length === 1
    ? "the only whole one"
    : "of the whole ones the one read last";
}

function prefers(a: Candidate, b: Candidate): boolean {
  if (a.pinned !== b.pinned) return a.pinned;
  if (a.whole !== b.whole) return a.whole;
  if (!a.whole && a.tokens !== b.tokens) return a.tokens > b.tokens;
  if (a.readAt !== b.readAt) return a.readAt > b.readAt;
  return a.method > b.method;
}
