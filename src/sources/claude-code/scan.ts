import { closeSync, constants, openSync, readSync } from "node:fs";
import { crc32 } from "node:zlib";

import type { Call, CostState, Identity } from "../../usage.ts";
import { decoded, isObject, readLine, SetAside } from "./line.ts";
import { better } from "../../calls/better.ts";
import type { Transcript } from "./transcripts.ts";

/** How far a transcript was read before. */
export interface ReadBefore {
  /** Bytes. */
  readTo: number;
  readHash: number;
}

/** What a scan read of one transcript. */
export interface Scanned {
  /** Bytes: the end of the last complete line. */
  readTo: number;
  /** The CRC-32 of the bytes before that. */
  readHash: number;
  /** Whether it was read from its start, so that what is said of it replaces what was said before. */
  fromStart: boolean;
  /** Each once. */
  calls: Call[];
  /** Lines with usage that were not let in, by reason. */
  setAside: Record<string, number>;
  /** The instant of the first line that is dated after tomorrow; null where none is. */
  earlyAt: number | null;
  /** The first folder that was worked in; null where no line says. */
  cwd: string | null;
  /** The session that the first call's line names; null where it names none. */
  sessionId: string | null;
  title: string | null;
  costState: CostState | null;
}

/** Nothing is known of Claude Code from before. */
export const FIRST_INSTANT = Date.parse("2023-01-01T00:00:00Z");

/** Files are read in pieces of this many bytes. */
const PIECE = 4 << 20;

/** A longer line is passed over. */
const LONGEST_LINE = 64 << 20;

/** How many reasons are told apart for one transcript. */
const MOST_REASONS = 20;

let buffer = Buffer.allocUnsafe(PIECE);

/**
 * Reads a transcript from where it was read to, if it only grew, else from its start. A last line without
 * an end is taken if it is whole, and read again by the next scan.
 * @param before null to read it from the start
 * @param latest calls after this instant (milliseconds since 1970) are set aside: the clock may be wrong
 * @throws the system's error when the file cannot be read.
 */
export function scanTranscript(
  { path, sessionId }: Pick<Transcript, "path" | "sessionId">,
  before: ReadBefore | null,
  latest: number,
): Scanned {
  // A pipe put in the place of a file must not make us wait for a writer.
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const grew = before !== null && before.readTo > 0 && isPrefix(fd, before);
    const start: ReadBefore = grew ? before : { readTo: 0, readHash: 0 };
    const reader = new TranscriptReader(sessionId, latest);
    return { ...readLines(fd, start, reader), ...reader.result(), fromStart: !grew };
  } finally {
    closeSync(fd);
  }
}

/**
 * Whether a file still begins with all that was read of it. A part would not do: a rewrite that takes a line
 * out and puts one of the same length in leaves the rest where it was.
 */
function isPrefix(fd: number, { readTo, readHash }: ReadBefore): boolean {
  let hash = 0;
  for (let offset = 0; offset < readTo;) {
    const length = Math.min(buffer.length, readTo - offset);
    const read = readSync(fd, buffer, 0, length, offset);
    if (read === 0) return false;
    hash = crc32(buffer.subarray(0, read), hash);
    offset += read;
  }
  return hash === readHash;
}

const NEWLINE = 10;
const SPACE = 32;
const COLON = 58;
const USAGE = Buffer.from('"usage":{');
/** As Python writes it by itself. */
const USAGE_WITH_SPACE = Buffer.from('"usage": {');
const ASSISTANT = Buffer.from('"type":"assistant"');
const TYPE_FIRST = Buffer.from('{"type":"');

/** How near to a line's end Claude Code writes its type. */
const END_OF_LINE = 400;

/** @returns how far the complete lines go, from the file's start */
function readLines(fd: number, start: ReadBefore, reader: TranscriptReader): ReadBefore {
  /** Of the file: where the buffer begins. */
  let offset = start.readTo;
  let hash = start.readHash;
  let filled = 0;
  for (;;) {
    if (filled === buffer.length) {
      if (buffer.length < LONGEST_LINE) {
        buffer = Buffer.concat([buffer], 2 * buffer.length);
      } else {
        reader.passOver();
        hash = crc32(buffer, hash);
        offset += filled;
        filled = 0;
      }
    }
    const read = readSync(fd, buffer, filled, buffer.length - filled, offset + filled);
    if (read === 0) break;
    filled += read;
    const used = reader.read(buffer.subarray(0, filled));
    hash = crc32(buffer.subarray(0, used), hash);
    buffer.copyWithin(0, used, filled);
    offset += used;
    filled -= used;
  }
  reader.readUnfinished(buffer.subarray(0, filled));
  // A process that goes on should not keep the memory of the longest line it has met.
  if (buffer.length > PIECE) buffer = Buffer.allocUnsafe(PIECE);
  return { readTo: offset, readHash: hash };
}

/** Takes what matters from the lines of one transcript. */
class TranscriptReader {
  readonly #sessionId: string;
  readonly #latest: number;
  readonly #calls = new Map<string, Call>();
  readonly #setAside: Record<string, number> = {};
  #isPassingOver = false;
  #earlyAt: number | null = null;
  #cwd: string | null = null;
  #namedSession: string | null = null;
  #title: string | null = null;
  #costState: CostState | null = null;

  constructor(sessionId: string, latest: number) {
    this.#sessionId = sessionId;
    this.#latest = latest;
  }

  result(): Omit<Scanned, "readTo" | "readHash" | "fromStart"> {
    return {
      calls: [...this.#calls.values()],
      setAside: this.#setAside,
      earlyAt: this.#earlyAt,
      cwd: this.#cwd,
      sessionId: this.#namedSession,
      title: this.#title,
      costState: this.#costState,
    };
  }

  /** What has been read so far is a part of a line that is too long. */
  passOver(): void {
    if (!this.#isPassingOver) this.#note("too long");
    this.#isPassingOver = true;
  }

  /** @returns how many bytes the complete lines are */
  read(data: Buffer): number {
    let start = 0;
    let usage = -1;
    for (;;) {
      const end = data.indexOf(NEWLINE, start);
      if (end === -1) return start;
      if (usage < start) {
        usage = data.indexOf(USAGE, start);
        if (usage === -1) usage = Infinity;
      }
      if (this.#isPassingOver) this.#isPassingOver = false;
      else if (usage < end) this.#readCall(data.toString("latin1", start, end));
      else this.#readOther(data, start, end);
      start = end + 1;
    }
  }

  /** A last line without an end counts if it is whole; what is cut off may be completed later. */
  readUnfinished(data: Buffer): void {
    if (this.#isPassingOver || !data.includes(USAGE)) return;
    const text = data.toString("latin1");
    try {
      JSON.parse(text);
    } catch {
      return;
    }
    this.#readCall(text);
  }

  #readCall(text: string): void {
    try {
      const { calls, cwd, sessionId } = readLine(text, this.#sessionId);
      this.#cwd ??= cwd;
      this.#namedSession ??= sessionId;
      for (const call of calls) this.#keep(call);
    } catch (error) {
      if (!(error instanceof SetAside)) throw error;
      this.#note(error.message);
    }
  }

  #keep(call: Call): void {
    if (call.at < FIRST_INSTANT || call.at > this.#latest) {
      this.#note(`dated ${new Date(call.at).toISOString().slice(0, 10)}`);
      if (call.at > FIRST_INSTANT) {
        this.#earlyAt = Math.min(call.at, this.#earlyAt ?? Infinity);
      }
      return;
    }
    const key = keyOf(call);
    const other = this.#calls.get(key);
    if (other === undefined || better(call, other)) this.#calls.set(key, call);
  }

  /** Lines without usage: a title, what the session cost, or an answer that lacks what it should have. */
  #readOther(data: Buffer, start: number, end: number): void {
    if (data.compare(TYPE_FIRST, 0, TYPE_FIRST.length, start, start + TYPE_FIRST.length) === 0) {
      // 's', 'a', 'c': summary, ai-title, cost-state.
      const first = data[start + TYPE_FIRST.length];
      if (first === 0x73 || first === 0x61 || first === 0x63) {
        this.#readAbout(data.toString("latin1", start, end));
      }
      return;
    }
    // ccusage passes over a line with spaces in its JSON.
    const isSpaced = data[data.indexOf(COLON, start) + 1] === SPACE;
    if (isSpaced && data.subarray(start, end).includes(USAGE_WITH_SPACE)) {
      this.#note("JSON with spaces");
      return;
    }
    const tail = data.subarray(Math.max(start, end - END_OF_LINE), end);
    if (tail.includes(ASSISTANT)) this.#note("no usage");
  }

  #readAbout(text: string): void {
    let line: unknown;
    try {
      line = JSON.parse(text);
    } catch {
      return;
    }
    if (!isObject(line)) return;
    if (line["type"] === "summary") this.#takeTitle(line["summary"]);
    else if (line["type"] === "ai-title") this.#takeTitle(line["aiTitle"] ?? line["title"]);
    else if (line["type"] === "cost-state") this.#takeCostState(costStateIn(line));
    else if (line["type"] === "assistant") this.#note("no usage");
  }

  #takeTitle(title: unknown): void {
    if (typeof title === "string" && title.trim() !== "") {
      this.#title = decoded(title).trim().slice(0, LONGEST_TITLE);
    }
  }

  /** It is a running total of the session: the highest is the last, in whichever order it is read. */
  #takeCostState(state: CostState | undefined): void {
    const isHigher = state !== undefined && state.totalCost > (this.#costState?.totalCost ?? -1);
    if (isHigher) this.#costState = state;
  }

  #note(reason: string): void {
    const isNew = !Object.hasOwn(this.#setAside, reason);
    const hasRoom = Object.keys(this.#setAside).length < MOST_REASONS;
    const name = isNew && !hasRoom ? "others" : reason;
    this.#setAside[name] = (this.#setAside[name] ?? 0) + 1;
  }
}

/** How much of a title is kept. */
const LONGEST_TITLE = 200;

function keyOf({ message, request }: Identity): string {
  return `${message} ${request}`;
}

function costStateIn(line: Record<string, unknown>): CostState | undefined {
  const { totalCostUSD, totalDuration, totalAPIDuration, hasUnknownModelCost } = line;
  const isAmount = (value: unknown): value is number =>
    typeof value === "number" && value >= 0 && value < Number.MAX_SAFE_INTEGER;
  if (!isAmount(totalCostUSD)) return undefined;
  return {
    totalCost: totalCostUSD,
    durationMs: isAmount(totalDuration) ? Math.round(totalDuration) : null,
    apiDurationMs: isAmount(totalAPIDuration) ? Math.round(totalAPIDuration) : null,
    hasUnknownCost: hasUnknownModelCost === true,
  };
}
