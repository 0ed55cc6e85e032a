import { formatWithOptions } from "node:util";

/** What a line of a transcript says of a call. */
export interface LifeLine {
  message: string;
  /** Null: a gateway wrote it. */
  request: string | null;
  /** Milliseconds since 1970. */
  at: number;
  /** As reports name it. */
  model: string;
  input: number;
  output: number;
  cacheCreation5m: number;
  cacheCreation1h: number;
  cacheRead: number;
  isSidechain: boolean;
}

/** A transcript as a scan finds it. */
export interface Found {
  path: string;
  /** The session by the file's place: what a line without a request is known by. */
  place: string;
  session: string;
  project: string;
  lines: LifeLine[];
}

/** Who fetches. */
export interface LifeMachine {
  uid: string;
  name: string;
  timezone: string;
}

interface Session {
  uid: string;
  id: string;
  project: string;
  firstSeen: number;
}

export interface KnownCall {
  line: LifeLine;
  /** Every line of it that was seen. */
  lines: LifeLine[];
  /** The key of its transcript. */
  owner: string;
}

/** Input, output, cache creation, cache read. */
export type Sums = [number, number, number, number];

/** What books must hold. */
export interface Expected {
  /** How many calls there are, and how many of them count. */
  calls: number;
  counting: number;
  /** By date, machine, project and model. */
  cells: Record<string, Sums>;
  /** By machine and session: project, first and last date, tokens. */
  sessions: Record<string, [string, string, string, ...Sums]>;
}

/**
 * What one file of books must hold, reckoned the plainest way there is: every line that any fetch saw.
 * Shares no code with the program.
 */
export class Truth {
  readonly machines = new Map<string, LifeMachine & { changedAt: number }>();
  /** The key of the session of each transcript. */
  readonly transcripts = new Map<string, string>();
  readonly sessions = new Map<string, Session>();
  readonly calls = new Map<string, KnownCall>();

  clone(): Truth {
    const clone = new Truth();
    clone.merge(this, Infinity, Infinity);
    return clone;
  }

  /** A machine is called so, and counts in that zone, from now on. */
  admit(machine: LifeMachine, at: number): void {
    const known = this.machines.get(machine.uid);
    if (known?.name === machine.name && known.timezone === machine.timezone) return;
    const changedAt = known === undefined ? at : Math.max(at, known.changedAt + 1);
    this.machines.set(machine.uid, { ...machine, changedAt });
  }

  /** @param latest the instant after which a line is not let in */
  scan(machine: LifeMachine, found: readonly Found[], seenAt: number, latest: number): void {
    this.admit(machine, seenAt);
    const { uid } = machine;
    for (const file of found.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
      const lines = file.lines.filter(({ at }) => at <= latest);
      const key = `${file.path} ${uid}`;
      const session = `${uid} ${file.session}`;
      this.transcripts.set(key, session);
      if (lines.length > 0 && !this.sessions.has(session)) {
        const { session: id, project } = file;
        this.sessions.set(session, { uid, id, project, firstSeen: seenAt });
      }
      for (const line of lines) this.#take(identityOf(line, file.place), [line], key);
    }
  }

  /** Takes other books in, as a merge does that happens at that moment. */
  merge(other: Truth, at: number, latest: number): void {
    for (const [uid, theirs] of other.machines) {
      const ours = this.machines.get(uid);
      const changedAt = Math.min(theirs.changedAt, at);
      const isLater =
        ours === undefined ||
        changedAt > ours.changedAt ||
        (changedAt === ours.changedAt &&
          [theirs.name, theirs.timezone].join("\0") > [ours.name, ours.timezone].join("\0"));
      if (isLater) this.machines.set(uid, { ...theirs, changedAt });
    }
    for (const [key, session] of other.transcripts) this.transcripts.set(key, session);
    for (const [key, theirs] of other.sessions) {
      const ours = this.sessions.get(key);
      const isFirst =
        ours === undefined ||
        theirs.firstSeen < ours.firstSeen ||
        (theirs.firstSeen === ours.firstSeen && theirs.project < ours.project);
      if (isFirst) this.sessions.set(key, theirs);
    }
    for (const [key, call] of other.calls) {
      if (call.line.at > latest) continue;
      this.#take(key, call.lines, call.owner);
      const known = this.calls.get(key);
      if (known !== undefined && call.owner < known.owner) known.owner = call.owner;
    }
  }

  #take(key: string, lines: readonly LifeLine[], owner: string): void {
    const known = this.calls.get(key);
    const all = [...(known?.lines ?? []), ...lines];
    const different = [...new Map(all.map((line) => [JSON.stringify(line), line])).values()];
    this.calls.set(key, {
      line: bestOf(different),
      lines: different,
      owner: known?.owner ?? owner,
    });
  }

  /** The calls that count: each answer of the API once. */
  counting(): KnownCall[] {
    const messages = Map.groupBy(this.calls.values(), ({ line }) => line.message);
    return [...messages.values()].flatMap((calls) =>
      calls.length === 1 ? calls : this.#standing(calls),
    );
  }

  /** Of one message: the answers of the conversation, else one of a subagent's; and those of gateways. */
  #standing(calls: readonly KnownCall[]): KnownCall[] {
    const withRequest = calls.filter(({ line }) => line.request !== null);
    const conversation = withRequest.filter(({ line }) => !line.isSidechain);
    const replayed = conversation.length > 0 || withRequest.length === 0 ? [] : [withRequest];
    const gateway = this.#answers(calls.filter(({ line }) => line.request === null));
    return [...conversation, ...[...replayed, ...gateway].map((group) => this.#first(group))];
  }

  /** Lines without a request are one answer where they share their session or their moment. */
  #answers(calls: readonly KnownCall[]): KnownCall[][] {
    const groups: KnownCall[][] = [];
    for (const call of calls) {
      const isSame = (other: KnownCall): boolean =>
        other.line.at === call.line.at || this.#sessionOf(other) === this.#sessionOf(call);
      const mine = groups.filter((group) => group.some(isSame));
      for (const group of mine) groups.splice(groups.indexOf(group), 1);
      groups.push([...mine.flat(), call]);
    }
    return groups;
  }

  /** Of several calls that are one answer the one that says most, then that of the session seen first. */
  #first(calls: readonly KnownCall[]): KnownCall {
    const rank = (call: KnownCall) => [
      ...[Number(call.line.isSidechain), -totalOf(call.line), call.line.at],
      ...[this.whose(call).firstSeen, call.owner],
    ];
    const [first] = calls.toSorted((a, b) => compare(rank(a), rank(b)));
    if (first === undefined) throw new Error("nothing to choose from");
    return first;
  }

  /** The session id, which two machines may share. */
  #sessionOf(call: KnownCall): string {
    return this.whose(call).id;
  }

  /** The session of a call, and the machine and project it belongs to. */
  whose({ owner }: KnownCall): Session {
    const session = this.sessions.get(this.transcripts.get(owner) ?? "");
    if (session === undefined) throw new Error(`${owner} has no session`);
    return session;
  }

  dateOf(call: KnownCall): string {
    return dateIn(this.machines.get(this.whose(call).uid)?.timezone ?? "UTC", call.line.at);
  }

  expected(): Expected {
    const counting = this.counting();
    const cells: Expected["cells"] = {};
    const sessions: Expected["sessions"] = {};
    for (const call of counting) {
      const { uid, id, project } = this.whose(call);
      const date = this.dateOf(call);
      const sums = sumsOf(call.line);
      const cell = (cells[`${date} ${uid} ${project} ${call.line.model}`] ??= [0, 0, 0, 0]);
      const [, first, last, ...before] = (sessions[`${uid} ${id}`] ??= [
        ...([project, date, date, 0, 0, 0, 0] as const),
      ]);
      const added = before.map((sum, index) => sum + (sums[index] ?? 0));
      const [input = 0, output = 0, creation = 0, read = 0] = added;
      sessions[`${uid} ${id}`] = [
        ...([project, date < first ? date : first, date > last ? date : last] as const),
        ...([input, output, creation, read] as const),
      ];
      for (const [index, sum] of sums.entries()) cell[index] = (cell[index] ?? 0) + sum;
    }
    return { calls: this.calls.size, counting: counting.length, cells, sessions };
  }
}

/** Throws where two differ, and says in what. */
export function expectSame(got: Expected, truth: Expected, when: string): void {
  const differing: unknown[] = [];
  for (const part of ["cells", "sessions"] as const) {
    const keys = new Set([...Object.keys(truth[part]), ...Object.keys(got[part])]);
    for (const key of keys) {
      const [written, shown] = [truth[part][key], got[part][key]];
      if (JSON.stringify(written) !== JSON.stringify(shown)) {
        differing.push({ [part]: key, written, shown });
      }
    }
  }
  const isSame = got.calls === truth.calls && got.counting === truth.counting;
  if (isSame && differing.length === 0) return;
  const calls = `${got.calls} calls of ${truth.calls}, ${got.counting} counting of ${truth.counting}`;
  throw new Error(`${when}: ${calls} ${formatWithOptions({ depth: 4 }, differing.slice(0, 6))}`);
}

function identityOf({ message, request, at }: LifeLine, place: string): string {
  return `${message} ${request ?? `${place} ${at}`}`;
}

/** A line of the conversation before a subagent's copy, then the one with more tokens, then the earlier. */
function bestOf(lines: readonly LifeLine[]): LifeLine {
  const rank = (line: LifeLine) => [Number(line.isSidechain), -totalOf(line), line.at];
  const [best] = lines.toSorted((a, b) => compare(rank(a), rank(b)));
  if (best === undefined) throw new Error("a call has a line");
  return best;
}

function compare(a: readonly (number | string)[], b: readonly (number | string)[]): number {
  const index = a.findIndex((value, at) => value !== b[at]);
  if (index === -1) return 0;
  return (a[index] ?? 0) < (b[index] ?? 0) ? -1 : 1;
}

export function sumsOf(line: LifeLine): Sums {
  return [line.input, line.output, line.cacheCreation5m + line.cacheCreation1h, line.cacheRead];
}

function totalOf(line: LifeLine): number {
  return sumsOf(line).reduce((sum, tokens) => sum + tokens, 0);
}

const formats = new Map<string, Intl.DateTimeFormat>();
const dates = new Map<string, string>();

/** The local date of an instant, by way of Intl. */
function dateIn(timeZone: string, at: number): string {
  const key = `${timeZone} ${Math.floor(at / 900_000)}`;
  const known = dates.get(key);
  if (known !== undefined) return known;
  const parts = { year: "numeric", month: "2-digit", day: "2-digit" } as const;
  const format = formats.get(timeZone) ?? new Intl.DateTimeFormat("sv", { timeZone, ...parts });
  formats.set(timeZone, format);
  const date = format.format(at);
  dates.set(key, date);
  return date;
}
