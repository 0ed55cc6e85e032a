import { availableParallelism } from "node:os";
import { setImmediate as breathe } from "node:timers/promises";
import { Worker } from "node:worker_threads";

import { errorCode } from "../../errors.ts";
import { pack, unpack, type PackedCall } from "./packed.ts";
import { scanTranscript, type ReadBefore, type Scanned } from "./scan.ts";
import type { Transcript } from "./transcripts.ts";

/** A transcript to be read, and how far it was read before. */
export interface ToScan {
  transcript: Transcript;
  /** Null to read it from its start. */
  before: ReadBefore | null;
}

/** What became of it: read, deleted meanwhile, or not to be read. */
export type ScanResult = { scanned: Scanned } | { problem: "deleted" | "unreadable" };

/** From this many bytes on, threads of their own pay for their start. */
const WORTH_THREADS = 48 << 20;

/** More would wait for the one that keeps what they read. */
const MOST_THREADS = 4;

/**
 * Reads transcripts and gives what was read in their order.
 * @param latest calls after this instant (milliseconds since 1970) are set aside
 */
export async function* scanTranscripts(
  toScan: readonly ToScan[],
  latest: number,
): AsyncIterable<ToScan & ScanResult> {
  const bytes = toScan.reduce((sum, one) => sum + bytesOf(one), 0);
  const threads = Math.min(MOST_THREADS, availableParallelism(), toScan.length);
  if (bytes < WORTH_THREADS || threads < 2) yield* scanHere(toScan, latest);
  else yield* scanInThreads(toScan, latest, threads);
}

function bytesOf({ transcript, before }: ToScan): number {
  return transcript.size - (before?.readTo ?? 0);
}

async function* scanHere(toScan: readonly ToScan[], latest: number) {
  for (const [index, one] of toScan.entries()) {
    yield { ...one, ...tryToScan(one, latest) };
    // So that a signal is heard.
    if (index % BREATHER === 0) await breathe();
  }
}

/** Reads one; what may go wrong with a file is a result. */
export function tryToScan({ transcript, before }: ToScan, latest: number): ScanResult {
  try {
    return { scanned: scanTranscript(transcript, before, latest) };
  } catch (error) {
    const code = errorCode(error);
    if (code === undefined) throw error;
    return { problem: code === "ENOENT" ? "deleted" : "unreadable" };
  }
}

/** After so many transcripts. */
const BREATHER = 8;

/** What is handed to a thread at once: about so many bytes, in at most so many transcripts. */
const BATCH_BYTES = 4 << 20;
const BATCH_FILES = 200;

function batchesOf(toScan: readonly ToScan[]): ToScan[][] {
  const batches: ToScan[][] = [];
  let bytes = Infinity;
  for (const one of toScan) {
    const last = batches.at(-1);
    if (last === undefined || bytes >= BATCH_BYTES || last.length >= BATCH_FILES) {
      batches.push([one]);
      bytes = 0;
    } else {
      last.push(one);
    }
    bytes += bytesOf(one);
  }
  return batches;
}

/** How far the threads may be ahead of the one that keeps, in batches. */
const MOST_AHEAD = 32;

/** A result as threads send it. */
type PackedResult =
  | { problem: "deleted" | "unreadable" }
  | { scanned: Omit<Scanned, "calls">; calls: PackedCall[] };

export function packResult(result: ScanResult): PackedResult {
  if ("problem" in result) return result;
  const { calls, ...scanned } = result.scanned;
  return { scanned, calls: calls.map(pack) };
}

function unpackResult(result: PackedResult): ScanResult {
  if ("problem" in result) return result;
  return { scanned: { ...result.scanned, calls: result.calls.map(unpack) } };
}

/** What threads are told, and say. */
export interface ScanTask {
  batch: number;
  toScan: ToScan[];
  latest: number;
}
export interface ScanDone {
  batch: number;
  /** JSON of the results: it takes half the time of copying their objects. */
  results: string;
}

async function* scanInThreads(toScan: readonly ToScan[], latest: number, threads: number) {
  const batches = batchesOf(toScan);
  const done = new Map<number, PackedResult[]>();
  let given = 0;
  let failure: unknown;
  let wake = (): void => undefined;
  const workers = Array.from({ length: threads }, () => {
    const worker = new Worker(new URL(`./scan-worker.${EXTENSION}`, import.meta.url), {
      resourceLimits: { maxYoungGenerationSizeMb: 8 },
    });
    worker.on("message", ({ batch, results }: ScanDone) => {
      done.set(batch, JSON.parse(results));
      wake();
    });
    worker.on("error", (error) => {
      failure = error;
      wake();
    });
    return worker;
  });
  // In turns, and far ahead: while what was read is kept, nobody can hand out more.
  const handUpTo = (batch: number): void => {
    for (; given < Math.min(batch, batches.length); given++) {
      const task: ScanTask = { batch: given, toScan: batches[given] ?? [], latest };
      workers[given % threads]?.postMessage(task);
    }
  };
  try {
    for (const [index, batch] of batches.entries()) {
      handUpTo(index + MOST_AHEAD);
      while (!done.has(index)) {
        if (failure !== undefined) throw failure;
        await new Promise<void>((resolve) => (wake = resolve));
      }
      const results = done.get(index) ?? [];
      done.delete(index);
      for (const [place, one] of batch.entries()) {
        const result = results[place];
        if (result === undefined) throw new Error(`no result for ${one.transcript.path}`);
        yield { ...one, ...unpackResult(result) };
      }
    }
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

/** The source runs as it is, the bundle as what it was made into. */
const EXTENSION = import.meta.url.endsWith(".ts") ? "ts" : "js";
