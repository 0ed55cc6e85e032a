import { closeSync, fstatSync, futimesSync, mkdirSync, openSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { converse, type Line, type Session } from "./conversation.ts";
import { Dice } from "./dice.ts";
import { sessionModel } from "./models.ts";
import { pickTask, projectOf } from "./work.ts";

/** How large a history is, and how it lies over the days. */
export interface Shape {
  /** Days (UTC), the day of `until` included. */
  days: number;
  /** Sessions begun on a usual day. */
  sessionsPerDay: number;
  /** A session has 1 to this many answers, besides those of its subagents. */
  mostMessages: number;
  /** Bytes of a typical answer, up to 8,000. Prompts are shorter, tool results longer. */
  padBytes: number;
  /** Projects the sessions belong to, the first ones more often. */
  projects: number;
  /** Quiet weekends, a rising trend and a few dear days; otherwise all days are alike. */
  lively?: boolean;
}

/** A history to show, and histories to measure with, from under 1 MiB to about 1.5 GiB. */
export const shapes = {
  demo: { days: 28, sessionsPerDay: 8, mostMessages: 40, padBytes: 80, projects: 5, lively: true },
  tiny: { days: 3, sessionsPerDay: 2, mostMessages: 4, padBytes: 60, projects: 3 },
  small: { days: 30, sessionsPerDay: 4, mostMessages: 20, padBytes: 970, projects: 6 },
  medium: { days: 180, sessionsPerDay: 8, mostMessages: 40, padBytes: 1060, projects: 6 },
  large: { days: 365, sessionsPerDay: 9, mostMessages: 100, padBytes: 1170, projects: 8 },
  sessions: { days: 200, sessionsPerDay: 113, mostMessages: 3, padBytes: 50, projects: 8 },
} satisfies Record<string, Shape>;

/** What was written, each answer counted once however many lines and files repeat it. */
export interface Written {
  files: number;
  bytes: number;
  sessions: number;
  /** Answers that cost something, those of subagents included. */
  messages: number;
  tokens: { input: number; output: number; cacheCreation: number; cacheRead: number };
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const SATURDAY = 6;
const SUNDAY = 0;

/**
 * Writes the transcripts Claude Code would have left in its config folder: a file for each
 * session, `projects/<project>/<session>.jsonl`, and one for each subagent it sent out,
 * `projects/<project>/<session>/subagents/agent-<id>.jsonl`.
 *
 * The same options give the same bytes on every machine. Nothing is later than `until`; a later
 * `until` on the same day (UTC) only adds lines. A file is as old as its last line.
 */
export function writeTranscripts(
  folder: string,
  options: Shape & { seed: number; until: Date },
): Written {
  const { seed, until, days } = options;
  const tokens = { input: 0, output: 0, cacheCreation: 0, cacheRead: 0 };
  const written: Written = { files: 0, bytes: 0, sessions: 0, messages: 0, tokens };
  const tails = new Map<string, Tail>();
  const today = Math.floor(until.getTime() / DAY);
  for (let day = today - days + 1; day <= today; day++) {
    const progress = 1 - (today - day) / days;
    for (const [number, start] of startsOf(day, progress, options).entries()) {
      const dice = new Dice(seed, day, number);
      const session = newSession(dice, start, progress, options);
      const story = resume(dice, session, tails.get(session.cwd));
      tails.set(session.cwd, writeSession(folder, session, story, until, written));
    }
  }
  return written;
}

/** When the sessions of a day begin, in working hours and in order. */
function startsOf(day: number, progress: number, shape: Shape & { seed: number }): number[] {
  const dice = new Dice(shape.seed, day);
  const sessions = Math.round(shape.sessionsPerDay * busyness(dice, day, progress, shape));
  const start = () => day * DAY + dice.between(7 * HOUR, 20 * HOUR);
  return Array.from({ length: sessions }, start).toSorted((a, b) => a - b);
}

function busyness(dice: Dice, day: number, progress: number, shape: Shape): number {
  if (!shape.lively) return 1;
  const weekday = new Date(day * DAY).getUTCDay();
  const trend = 0.5 + progress;
  if (weekday === SATURDAY || weekday === SUNDAY) return 0.2 * trend;
  return dice.chance(0.12) ? 2.2 * trend : trend;
}

function newSession(dice: Dice, start: number, progress: number, shape: Shape): Session {
  const project = projectOf(dice.mostly(0, shape.projects - 1));
  const { branch, title } = pickTask(dice, project);
  return {
    id: dice.uuid(),
    cwd: `/home/dev/${project.name}`,
    gitBranch: branch,
    title,
    version: `2.1.${Math.floor(280 + 50 * progress)}`,
    model: sessionModel(dice, start),
    start,
    messages: dice.between(1, shape.mostMessages),
    agents: dice.chance(0.14) ? dice.between(1, 2) : 0,
    padBytes: shape.padBytes,
  };
}

/** How a session ended, should another go on from there. */
interface Tail {
  session: string;
  lines: Line[];
}

const TAIL_LINES = 12;

/** Now and then a session begins with a copy of what an older one in its project said last. */
function* resume(dice: Dice, session: Session, tail: Tail | undefined): Generator<Line> {
  if (dice.chance(0.04) && tail) {
    for (const { at, json } of tail.lines) {
      // The older one may still be running, and only what it has said by now can be copied.
      if (at < session.start) yield { at, json: json.replace(tail.session, session.id) };
    }
  }
  yield* converse(dice, session);
}

function writeSession(
  folder: string,
  session: Session,
  story: Iterable<Line>,
  until: Date,
  written: Written,
): Tail {
  const project = join(folder, "projects", session.cwd.replaceAll(/[^A-Za-z0-9]/g, "-"));
  const transcripts = new Map<string | undefined, Transcript>();
  const lines: Line[] = [];
  for (const line of story) {
    // Even a session cut short is told to its end: what is copied from it must not depend on
    // `until`.
    if (!line.agent && !line.isAbout) lines.push(line);
    if (lines.length > TAIL_LINES) lines.shift();
    if (line.at > until.getTime()) continue;

    let transcript = transcripts.get(line.agent);
    if (!transcript) {
      const helper = `${session.id}/subagents/agent-${line.agent}`;
      transcript = new Transcript(join(project, `${line.agent ? helper : session.id}.jsonl`));
      transcripts.set(line.agent, transcript);
    }
    transcript.add(line);
    count(line, written);
  }
  for (const transcript of transcripts.values()) written.bytes += transcript.close();
  written.files += transcripts.size;
  if (transcripts.size > 0) written.sessions += 1;
  return { session: session.id, lines };
}

function count({ usage }: Line, written: Written): void {
  if (!usage) return;
  written.messages += 1;
  written.tokens.input += usage.input_tokens;
  written.tokens.output += usage.output_tokens;
  written.tokens.cacheCreation += usage.cache_creation_input_tokens;
  written.tokens.cacheRead += usage.cache_read_input_tokens;
}

/** A file being written, a piece at a time. */
class Transcript {
  readonly #file: number;
  #unwritten = "";
  #lastLineAt = 0;

  constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true });
    this.#file = openSync(path, "w");
  }

  add({ at, json }: Line): void {
    this.#unwritten += `${json}\n`;
    this.#lastLineAt = at;
    if (this.#unwritten.length > 1 << 20) this.#write();
  }

  /** Gives the file the age of its last line. Returns its bytes. */
  close(): number {
    this.#write();
    futimesSync(this.#file, this.#lastLineAt / 1000, this.#lastLineAt / 1000);
    const { size } = fstatSync(this.#file);
    closeSync(this.#file);
    return size;
  }

  #write(): void {
    writeFileSync(this.#file, this.#unwritten);
    this.#unwritten = "";
  }
}
