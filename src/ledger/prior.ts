import type { Books } from "./open.ts";
import { knownProjects } from "./projects.ts";
import { readingStore, type Reading } from "./readings.ts";
import { lastRun, type LastRun, type Run } from "./runs.ts";
import { presentTranscripts, type Present } from "./transcripts.ts";

/** What the books hold of one machine and agent that a new report continues. */
export interface Prior {
  /** The last successful run. */
  run: LastRun | undefined;
  /** The latest readings whose last report still showed something, by `subjectKey`. */
  days: Map<string, Reading>;
  sessions: Map<string, Reading>;
  /** The transcripts that the last run saw, by path. */
  transcripts: Map<string, Present>;
  /** The slugs of the projects known by name. */
  projects: Set<string>;
  /** Tells whether another program has written since. */
  dataVersion: unknown;
}

/**
 * Loads what a report will be folded into. With 20,000 sessions this takes a while, so it is done
 * while ccusage works; `isFresh` tells in the transaction whether it still holds.
 * @param today the day that a report of recent transcripts is about; undefined for a report of all
 */
export function loadPrior(
  books: Books,
  { machine, agent }: Pick<Run, "machine" | "agent">,
  today?: string,
): Prior {
  const dataVersion = currentVersion(books);
  const store = readingStore(books);
  return {
    run: lastRun(books, machine, agent),
    days:
      today === undefined
        ? store.stillReported({ kind: "day", machine, agent })
        : store.latest({ kind: "day", subject: today, project_path: "", machine, agent }),
    sessions:
      today === undefined ? store.stillReported({ kind: "session", machine, agent }) : new Map(),
    transcripts: presentTranscripts(books, machine),
    projects: knownProjects(books),
    dataVersion,
  };
}

/** Whether nobody else has written since the prior was loaded. */
export function isFresh(books: Books, prior: Prior): boolean {
  return prior.dataVersion === currentVersion(books);
}

function currentVersion(books: Books): unknown {
  return books.pragma("data_version", { simple: true });
}
