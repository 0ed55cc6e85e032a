import { vi } from "vitest";

import { fetchUsage, type FetchResult } from "../../src/fetch/fetch.ts";
import type { Home } from "./home.ts";

/** Fetches in this process, with a clock that says something else. */
export async function fetchAt(home: Home, now: string): Promise<FetchResult> {
  for (const [name, value] of Object.entries(home.env)) vi.stubEnv(name, value);
  vi.useFakeTimers({ toFake: ["Date"], now: Date.parse(now) });
  try {
    return await fetchUsage({
      ...{ db: home.db, machine: undefined, timezone: undefined, ccusage: undefined },
      ...{ offline: true, full: false, titles: undefined, check: true, timeout: 60 },
    });
  } finally {
    vi.useRealTimers();
    vi.unstubAllEnvs();
  }
}
