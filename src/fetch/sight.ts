import { createHash } from "node:crypto";

import type { Fingerprint, Run } from "../ledger/runs.ts";
import { CLOCK_TOLERANCE } from "./pass.ts";
import { retentionDays } from "../sources/claude-code/retention.ts";
import { listTranscripts } from "../sources/claude-code/transcripts.ts";
import { questionMark } from "../sources/ccusage/question.ts";
import type { Transcript } from "../usage.ts";

/** The transcripts as a fetch finds them. */
export interface Sight {
  transcripts: Transcript[];
  /** Files and folders that may not be read. */
  unreadable: string[];
  /** How long Claude Code keeps them. */
  retentionDays: number;
  fingerprint: Fingerprint;
  /** How long the listing took. */
  listMs: number;
}

/**
 * Lists the transcripts and takes the fingerprint of what there is to read.
 * @param begunAt when ccusage began to read them, if it has
 */
export function look(
  run: Run,
  options: { ccusage: string | undefined; offline: boolean },
  begunAt = Infinity,
): Sight {
  const start = performance.now();
  const { transcripts, unreadable } = listTranscripts(run.logFolders);
  const mark = questionMark(options.ccusage, { ...options, timezone: run.timezone });
  const files = transcripts.map(({ path, size, modifiedAt }) => `${path}\0${size}\0${modifiedAt}`);
  const mayHaveGrown = transcripts.some(({ modifiedAt }) => modifiedAt > begunAt - CLOCK_TOLERANCE);
  return {
    transcripts,
    unreadable,
    retentionDays: retentionDays(run.logFolders),
    fingerprint: {
      // A ccusage that nothing can be told of without running it is never the same as before.
      question: mark === undefined ? run.id : hashed([mark, ...run.logFolders]),
      // What is written while ccusage reads may be listed here and not have been read: not the same either.
      transcripts: mayHaveGrown ? run.id : hashed(files),
    },
    listMs: Math.round(performance.now() - start),
  };
}

function hashed(lines: readonly string[]): string {
  return createHash("sha256").update(lines.join("\n")).digest("hex");
}

/** When the oldest goes. Claude Code deletes by a file's age, so a resumed session keeps its old lines longer. */
export function oldestGoesAt({ transcripts, retentionDays: days }: Sight): Date | null {
  if (transcripts.length === 0) return null;
  const oldest = transcripts.reduce(
    (least, { modifiedAt }) => Math.min(least, modifiedAt),
    Infinity,
  );
  return new Date(oldest + days * 86_400_000);
}
