/** Something to be timed against others. */
export interface Contestant {
  /** What must be done before each run and is not timed. */
  prepare(): void;
  run(): Promise<unknown>;
}

/** One that needs nothing done before. */
export function contestant(run: () => Promise<unknown>): Contestant {
  return { prepare: () => undefined, run };
}

/**
 * The time each contestant takes, in milliseconds: medians of runs in turns, so that a slow moment of the
 * machine hits all. A first round, which fills the caches, is not counted.
 */
export async function medians(
  contestants: readonly Contestant[],
  rounds: number,
): Promise<number[]> {
  const times = contestants.map((): number[] => []);
  for (let round = 0; round <= rounds; round++) {
    for (const [index, { prepare, run }] of contestants.entries()) {
      prepare();
      const start = performance.now();
      await run();
      if (round > 0) times[index]?.push(performance.now() - start);
    }
  }
  return times.map(median);
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
