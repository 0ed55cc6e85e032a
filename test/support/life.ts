import {
  appendFileSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

import { oneOf, shuffled, type Dice } from "./dice.ts";
import { expectSame, Truth, type Expected, type Found, type LifeLine } from "./truth.ts";
import type { LifeMachine } from "./truth.ts";

/** A machine of a life: its folder has Claude Code's folders in it. */
export interface Computer extends LifeMachine {
  folder: string;
  configs: string[];
}

/** How a fetch goes. */
export interface Fetching {
  machine: Computer;
  /** Claude Code's folders. */
  folders: string[];
  /** By the machine's clock, milliseconds since 1970. */
  at: number;
  /** Everything is read again. */
  full: boolean;
}

/** The program: keeps books by their number. */
export interface Program {
  /** Whether a life can set its clock. */
  hasClock: boolean;
  fetch(books: number, how: Fetching): Promise<void>;
  /** Fetches and is killed somewhere. @returns whether it had kept what it read */
  kill(books: number, how: Fetching): Promise<"kept" | "nothing" | "perhaps">;
  /** Begins a fetch; others happen before it goes on to read, and before it writes what it counted. */
  slowly(books: number, how: Fetching): Promise<{ read(): Promise<void>; write(): Promise<void> }>;
  /** Another release of ccusage from now on; one that doubles is sure to be followed by one that is right. */
  release(doubles: boolean): void;
  copy(from: number, to: number): void;
  /** @param at by the clock of the one that merges */
  merge(into: number, from: readonly number[], by: Computer, at: number): Promise<void>;
  /** What the books hold. */
  shown(books: number): Expected;
  /** Everything in them but ids and when it was counted. */
  dump(books: number): string;
  /** What in them is no sum of what was counted. */
  inconsistencies(books: number): string[];
  /** Compares with what ccusage itself makes of every line that was seen. */
  audit?(truth: Truth, machines: readonly Computer[], books: number): Promise<void>;
}

/** What happened in a life. */
export interface Lived {
  fetches: number;
  calls: number;
  events: Record<string, number>;
}

interface Entry {
  text: string;
  /** Null: nobody can read it. */
  line: LifeLine | null;
}

interface LifeFile {
  machine: Computer;
  config: string;
  slug: string;
  /** Below the project's folder. */
  place: string;
  session: string;
  cwd: string;
  entries: Entry[];
  /** The beginning of a last line that is still being written. */
  cut: Entry | null;
  isAway: boolean;
}

const MODELS = ["claude-sonnet-4-5-20250929", "claude-opus-4-5-20251101", "claude-unheard-of-9"];

export const STABLE_ZONES = [
  ...["UTC", "Europe/Berlin", "Asia/Tokyo", "America/New_York", "Asia/Kolkata"],
  ...["Pacific/Auckland", "America/Sao_Paulo", "Australia/Lord_Howe", "Pacific/Apia"],
];
/** Zones whose rules have changed of late, or will. */
const OTHER_ZONES = [
  ...["America/Vancouver", "Africa/Casablanca", "Africa/El_Aaiun", "Pacific/Kiritimati"],
  ...["America/St_Johns", "Asia/Kathmandu", "Africa/Cairo", "America/Nuuk"],
];

const HOUR = 3_600_000;
const YEAR = 365 * 24 * HOUR;
const MAIN = 0;

/** Books that are one machine's own, and copies of others. */
interface Shelf {
  books: number;
  truth: Truth;
}

/**
 * Lives a random life, and after each fetch holds the books against every line that any fetch saw: no
 * precondition, no excuse.
 * @throws Error naming what is wrong.
 */
export class Life {
  readonly #program: Program;
  readonly #roll: Dice;
  readonly #machines: Computer[];
  #files: LifeFile[] = [];
  readonly #linked = new Set<string>();
  #shelf: Shelf[];
  #clock: number;
  #skew = 0;
  #names = 0;
  #fetches = 0;
  readonly #events: Record<string, number> = {};
  readonly #gateway: string[] = [];

  constructor(folder: string, program: Program, roll: Dice, start: number) {
    this.#program = program;
    this.#roll = roll;
    this.#clock = start;
    const zones = program.hasClock ? [...STABLE_ZONES, ...OTHER_ZONES] : STABLE_ZONES;
    const isOneName = roll(2) === 0;
    this.#machines = ["laptop", "desktop"].map((name, index) => {
      const place = join(folder, `machine-${index}`);
      const configs = ["claude", "second"].map((config) => join(place, config));
      for (const config of configs) mkdirSync(join(config, "projects"), { recursive: true });
      return {
        uid: [...Array(16)].map(() => roll(16).toString(16)).join(""),
        name: isOneName ? "laptop" : name,
        timezone: oneOf(roll, zones),
        folder: place,
        configs,
      };
    });
    this.#shelf = [{ books: MAIN, truth: new Truth() }];
  }

  async live(steps: number): Promise<Lived> {
    const events = this.#kinds().flatMap(([name, weight, event]) =>
      Array.from({ length: weight }, () => ({ name, event })),
    );
    for (let step = 0; step < steps; step++) {
      const { name, event } = oneOf(this.#roll, events);
      if ((await event()) === false) continue;
      this.#events[name] = (this.#events[name] ?? 0) + 1;
    }
    this.#skew = 0;
    await this.#fetch(MAIN);
    await this.#audit();
    await this.#mergeAll();
    const calls = this.#main().truth.calls.size;
    return { fetches: this.#fetches, calls, events: this.#events };
  }

  /** What may happen, and how often. An event that cannot happen says false. */
  #kinds(): [string, number, () => Promise<unknown> | unknown][] {
    return [
      ["write", 24, () => this.#write()],
      ["fetch", 20, () => this.#fetch(MAIN)],
      ["grow over midnight", 4, () => this.#growOverMidnight()],
      ["subagent", 6, () => this.#subagent()],
      ["replay in a sidechain", 5, () => this.#replay()],
      ["fork", 7, () => this.#fork()],
      ["rewrite", 9, () => this.#rewrite()],
      ["cut to a stub and put back", 4, () => this.#stub()],
      ["delete", 8, () => this.#delete()],
      ["rename a project", 4, () => this.#renameProject()],
      ["move a transcript", 4, () => this.#moveFile()],
      ["put away", 4, () => this.#putAway()],
      ["bring back", 5, () => this.#bringBack()],
      ["link a folder", 2, () => this.#link(false)],
      ["loop of links", 1, () => this.#link(true)],
      ["link a file", 2, () => this.#linkFile()],
      ["late transcript", 3, () => this.#lateTranscript()],
      ["broken lines", 4, () => this.#breakLines()],
      ["hours pass", 8, () => this.#hoursPass()],
      ["other folder's fetch", 5, () => this.#fetchOneFolder()],
      ["full fetch", 3, () => this.#fetch(MAIN, { full: true })],
      ["kill", 6, () => this.#kill()],
      ["fetch beside", 4, () => this.#fetchBeside()],
      ["release", 3, () => this.#release()],
      ["zone", 3, () => this.#zone()],
      ["other name", 2, () => this.#rename()],
      ["clock wrong", 2, () => this.#setClock()],
      ["other machine", 6, () => this.#otherMachine()],
      ["sync to the other machine", 3, () => this.#sync()],
      ["copy", 5, () => this.#copy()],
      ["drift", 8, () => this.#drift()],
      ["merge", 5, () => this.#merge()],
      ["restore a backup", 2, () => this.#restore()],
    ];
  }

  // What is written.

  #name(): string {
    this.#names += 1;
    return `${this.#roll(2 ** 28).toString(16)}-${this.#names}`;
  }

  #write(): void {
    const file = this.#roll(3) === 0 ? undefined : this.#some();
    const target = file ?? this.#newFile(this.#someMachine());
    for (let left = 1 + this.#roll(3); left > 0; left--) this.#say(target);
    this.#save(target);
  }

  #newFile(machine: Computer): LifeFile {
    const session = this.#name();
    const project = `/home/dev/p${this.#roll(3)}`;
    const cwd = this.#roll(8) === 0 ? `${project}/.claude/worktrees/w${this.#roll(2)}` : project;
    const file: LifeFile = {
      machine,
      config: oneOf(this.#roll, machine.configs),
      slug: cwd.replaceAll(/[^a-zA-Z0-9]/g, "-"),
      place: `${session}.jsonl`,
      session,
      cwd,
      entries: [],
      cut: null,
      isAway: false,
    };
    this.#files.push(file);
    return file;
  }

  /** One answer, as one line or as several that grow. */
  #say(file: LifeFile): void {
    const line = this.#newLine(file);
    const lines = this.#roll(3) === 0 ? [{ ...line, output: 1 + this.#roll(8) }, line] : [line];
    for (const [index, one] of lines.entries()) {
      this.#add(file, { ...one, at: line.at + index * this.#roll(5) * 1000 });
    }
  }

  #newLine(file: LifeFile): LifeLine {
    const roll = this.#roll;
    this.#clock += 1000 + roll(20 * 60_000);
    const isGateway = roll(8) === 0;
    const model = oneOf(roll, MODELS);
    return {
      message: isGateway ? this.#gatewayMessage() : `msg_${this.#name()}`,
      request: isGateway ? null : `req_${this.#name()}`,
      at: this.#now(),
      model: model.includes("opus") && roll(4) === 0 ? `${model}-fast` : model,
      input: roll(500),
      output: 10 + roll(500),
      cacheCreation5m: roll(3) === 0 ? roll(5000) : 0,
      cacheCreation1h: roll(3) === 0 ? roll(5000) : 0,
      cacheRead: roll(3) === 0 ? roll(50_000) : 0,
      isSidechain: file.place.includes("agent-"),
    };
  }

  /** Gateways give several sessions one message id. */
  #gatewayMessage(): string {
    if (this.#gateway.length > 0 && this.#roll(2) === 0) return oneOf(this.#roll, this.#gateway);
    const message = `chatcmpl-${this.#name()}`;
    this.#gateway.push(message);
    return message;
  }

  #add(file: LifeFile, line: LifeLine): void {
    const entry = { text: textOf(file, line), line };
    if (file.cut === null) {
      file.entries.push(entry);
      return;
    }
    file.entries.push(file.cut, entry);
    file.cut = null;
  }

  #growOverMidnight(): Promise<void> | false {
    const file = this.#some();
    if (file === undefined) return false;
    const line = this.#newLine(file);
    this.#add(file, { ...line, output: 1 });
    this.#save(file);
    const grow = async (): Promise<void> => {
      if (this.#roll(2) === 0) await this.#fetch(MAIN);
      this.#clock += this.#roll(14) * HOUR;
      if (this.#files.includes(file)) {
        this.#add(file, { ...line, at: this.#now() });
        this.#save(file);
      }
    };
    return grow();
  }

  #subagent(): false | void {
    const parent = this.#some();
    if (parent === undefined || parent.place.includes("agent-")) return false;
    const name = this.#name();
    const places = [
      `${parent.session}/subagents/agent-${name}.jsonl`,
      `${parent.session}/subagents/workflows/${name}/agent-${name}.jsonl`,
      `agent-${name}.jsonl`,
    ];
    const agent: LifeFile = { ...parent, place: oneOf(this.#roll, places), entries: [], cut: null };
    this.#files.push(agent);
    this.#say(agent);
    this.#save(agent);
  }

  /** Lines of a conversation again in a subagent's transcript, some under other request ids. */
  #replay(): false | void {
    const agent = this.#some(({ place }) => place.includes("agent-"));
    const lines = this.#some()?.entries.flatMap(({ line }) => line ?? []) ?? [];
    if (agent === undefined || lines.length === 0) return false;
    const line = oneOf(this.#roll, lines);
    const isOther = line.request !== null && this.#roll(2) === 0;
    this.#clock += 1000;
    this.#add(agent, {
      ...line,
      request: isOther ? `req_${this.#name()}` : line.request,
      at: line.request === null ? line.at : this.#now(),
      isSidechain: true,
    });
    this.#save(agent);
  }

  /** A new session that begins with the lines of another one. */
  #fork(): false | void {
    const parent = this.#some(({ place }) => !place.includes("agent-"));
    if (parent === undefined) return false;
    const session = this.#name();
    const fork: LifeFile = {
      ...parent,
      session,
      place: `${session}.jsonl`,
      entries: [],
      cut: null,
    };
    const upTo = this.#roll(parent.entries.length + 1);
    for (const { line, text } of parent.entries.slice(0, upTo)) {
      fork.entries.push(line === null ? { text, line } : { text: textOf(fork, line), line });
    }
    this.#files.push(fork);
    if (this.#roll(2) === 0) this.#say(fork);
    this.#save(fork);
  }

  /** Drops some lines and adds some, anywhere. */
  #rewrite(): false | void {
    const file = this.#some();
    if (file === undefined) return false;
    file.entries = file.entries.filter(() => this.#roll(3) > 0);
    for (let left = this.#roll(5); left > 0; left--) {
      const line = this.#newLine(file);
      const at = this.#roll(2) === 0 ? file.entries.length : this.#roll(file.entries.length + 1);
      file.entries.splice(at, 0, { text: textOf(file, line), line });
    }
    this.#save(file);
  }

  async #stub(): Promise<false | void> {
    const file = this.#some();
    if (file === undefined) return false;
    const whole = file.entries;
    file.entries = whole.slice(0, this.#roll(2));
    file.cut = null;
    if (this.#roll(3) === 0) this.#say(file);
    this.#save(file);
    if (this.#roll(3) > 0) await this.#fetch(MAIN);
    this.#clock += this.#roll(40) * HOUR;
    if (this.#roll(4) === 0 || !this.#files.includes(file)) return;
    file.entries = whole;
    this.#save(file);
  }

  #delete(): false | void {
    const file = this.#some();
    if (file === undefined) return false;
    rmSync(pathOf(file));
    this.#files = this.#files.filter((one) => one !== file);
  }

  #renameProject(): false | void {
    const file = this.#some();
    if (file === undefined) return false;
    const slug = `-home-dev-renamed-${this.#name()}`;
    for (const one of this.#visible()) {
      if (one.config === file.config && one.slug === file.slug && one !== file) {
        this.#move(one, { slug });
      }
    }
    this.#move(file, { slug });
  }

  /** To another project, as with a worktree there and back, or to the other account's folder. */
  #moveFile(): false | void {
    const file = this.#some();
    if (file === undefined) return false;
    const { slug } = oneOf(this.#roll, this.#files);
    const config = this.#roll(2) === 0 ? file.config : oneOf(this.#roll, file.machine.configs);
    this.#move(file, { slug, config });
  }

  #move(file: LifeFile, to: Partial<Pick<LifeFile, "slug" | "config" | "isAway">>): void {
    const target = { ...file, ...to };
    const isTaken = this.#files.some((one) => one !== file && pathOf(one) === pathOf(target));
    if (isTaken) return;
    mkdirSync(dirname(pathOf(target)), { recursive: true });
    renameSync(pathOf(file), pathOf(target));
    Object.assign(file, to);
  }

  #putAway(): false | void {
    const file = this.#some();
    if (file === undefined) return false;
    const isWhole = this.#roll(3) === 0;
    for (const one of this.#visible()) {
      const isIn = one.config === file.config && (isWhole || one.slug === file.slug);
      if (isIn) this.#move(one, { isAway: true });
    }
  }

  #bringBack(): false | void {
    const away = this.#files.filter(({ isAway }) => isAway);
    if (away.length === 0) return false;
    for (const file of away) if (this.#roll(5) > 0) this.#move(file, { isAway: false });
  }

  #link(isLoop: boolean): false | void {
    const file = this.#some();
    if (file === undefined) return false;
    const { config, slug } = file;
    const target = join(config, "projects", slug);
    if (this.#linked.has(target)) return false;
    const name = isLoop ? "zz-loop" : `${oneOf(this.#roll, ["-a", "-z"])}-link-${this.#name()}`;
    const projects = join(config, "projects");
    symlinkSync(target, join(projects, ...(isLoop ? [slug] : []), name));
    this.#linked.add(target);
  }

  #linkFile(): false | void {
    const file = this.#some();
    if (file === undefined) return false;
    const elsewhere = join(file.machine.folder, "elsewhere", this.#name());
    mkdirSync(dirname(elsewhere), { recursive: true });
    renameSync(pathOf(file), elsewhere);
    symlinkSync(elsewhere, pathOf(file));
  }

  #lateTranscript(): void {
    const file = this.#newFile(this.#someMachine());
    const now = this.#clock;
    this.#clock -= (1 + this.#roll(500)) * HOUR;
    for (let left = 1 + this.#roll(3); left > 0; left--) this.#say(file);
    this.#clock = Math.max(this.#clock, now);
    this.#save(file);
  }

  #breakLines(): false | void {
    const file = this.#some();
    if (file === undefined) return false;
    const line = this.#newLine(file);
    const whole = textOf(file, line);
    const other = textOf(file, this.#newLine(file));
    const half = whole.length >> 1;
    const broken = [
      whole.slice(0, half),
      whole + other,
      whole.slice(0, half) + other,
      "\0".repeat(1 + this.#roll(3000)),
      changed(whole, (record) => (record.timestamp = "yesterday")),
      changed(whole, (record) => (record.timestamp = "1999-12-31T23:59:59.000Z")),
      changed(whole, (record) => (record.timestamp = "9999-12-31T23:59:59.000Z")),
      changed(whole, (record) => (record.message.usage = null)),
      changed(
        whole,
        (record) => (record.message.usage = { ...record.message.usage, output_tokens: -5 }),
      ),
      changed(
        whole,
        (record) => (record.message.usage = { ...record.message.usage, input_tokens: 2 ** 53 }),
      ),
      changed(whole, (record) => (record.message.model = "m".repeat(10_000))),
      '{"type":"ai-title","aiTitle":"Some work"}',
      `{"type":"cost-state","totalCostUSD":${this.#roll(100) / 4},"totalDuration":5}`,
      '{"type":"user","message":{"content":"\\"usage\\":{"}}',
    ];
    for (let left = 1 + this.#roll(3); left > 0; left--) {
      file.entries.push({ text: oneOf(this.#roll, broken), line: null });
    }
    // A last line that is completed later, perhaps.
    if (this.#roll(2) === 0) {
      this.#completeCut(file);
      file.cut = { text: whole, line };
    }
    this.#save(file);
  }

  #completeCut(file: LifeFile): void {
    if (file.cut !== null) file.entries.push(file.cut);
    file.cut = null;
  }

  #save(file: LifeFile): void {
    const path = pathOf(file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, file.entries.map(({ text }) => `${text}\n`).join(""));
    if (file.cut !== null) {
      appendFileSync(path, file.cut.text.slice(0, file.cut.text.length >> 1));
    }
    this.#clock += 1 + this.#roll(1000);
    utimesSync(path, this.#now() / 1000, this.#now() / 1000);
  }

  // What passes.

  #hoursPass(): void {
    this.#clock += (4 + this.#roll(24)) * HOUR;
  }

  #setClock(): false | void {
    if (!this.#program.hasClock) return false;
    this.#skew = this.#skew === 0 ? oneOf(this.#roll, [YEAR, -YEAR, 30 * 24 * HOUR]) : 0;
  }

  #now(): number {
    return this.#clock + this.#skew;
  }

  #zone(): void {
    const machine = this.#someMachine();
    machine.timezone = oneOf(this.#roll, STABLE_ZONES);
  }

  #rename(): void {
    this.#someMachine().name = oneOf(this.#roll, ["laptop", "desktop", "old-laptop"]);
  }

  async #release(): Promise<void> {
    const doubles = this.#roll(2) === 0;
    this.#program.release(doubles);
    if (!doubles) return;
    await this.#fetch(MAIN, { isWrong: true });
    if (this.#roll(2) === 0) this.#delete();
    this.#program.release(false);
    await this.#fetch(MAIN);
  }

  // Who fetches.

  #main(): Shelf {
    return this.#shelfOf(MAIN);
  }

  #shelfOf(books: number): Shelf {
    const found = this.#shelf.find((one) => one.books === books);
    if (found === undefined) throw new Error(`there are no books ${books}`);
    return found;
  }

  #fetching(machine: Computer, folders = machine.configs, full = false): Fetching {
    this.#clock += 1000 + this.#roll(60_000);
    return { machine, folders, at: this.#now(), full };
  }

  #seen(truth: Truth, { machine, folders, at }: Fetching): void {
    const { timezone, ...rest } = machine;
    const listing = this.#listing(machine, folders);
    truth.scan({ ...rest, timezone }, listing, at, this.#latest(at, timezone));
  }

  /** The end of tomorrow: found by walking there, as days have 23 to 25 hours. */
  #latest(at: number, timeZone: string): number {
    if (!this.#program.hasClock) return Infinity;
    const format = new Intl.DateTimeFormat("sv", { timeZone, dateStyle: "short" });
    const afterTomorrow = format.format(at + 48 * HOUR);
    let instant = at + 20 * HOUR;
    while (format.format(instant) < afterTomorrow) instant += 15 * 60_000;
    instant -= instant % (15 * 60_000);
    return instant - 1;
  }

  async #fetch(books: number, how: Partial<Fetching> & { isWrong?: boolean } = {}): Promise<void> {
    const { isWrong = false, ...rest } = how;
    const machine = how.machine ?? this.#someOf(books);
    const fetching = { ...this.#fetching(machine), ...rest };
    await this.#program.fetch(books, fetching);
    const { truth } = this.#shelfOf(books);
    this.#seen(truth, fetching);
    this.#fetches += 1;
    if (!isWrong) this.#check(books, `after fetch ${this.#fetches}`);
  }

  /** The main books are the first machine's. */
  #someOf(books: number): Computer {
    const [first] = this.#machines;
    return books === MAIN && first !== undefined ? first : oneOf(this.#roll, this.#machines);
  }

  #check(books: number, when: string): void {
    const { truth } = this.#shelfOf(books);
    expectSame(this.#program.shown(books), truth.expected(), `books ${books} ${when}`);
  }

  #fetchOneFolder(): Promise<void> {
    const machine = this.#someOf(MAIN);
    return this.#fetch(MAIN, { machine, folders: [oneOf(this.#roll, machine.configs)] });
  }

  async #kill(): Promise<void> {
    const fetching = this.#fetching(this.#someOf(MAIN));
    const kept = await this.#program.kill(MAIN, fetching);
    const { truth } = this.#main();
    if (kept === "nothing") truth.admit(fetching.machine, fetching.at);
    else if (kept === "kept") this.#seen(truth, fetching);
    else await this.#fetch(MAIN);
  }

  /** A fetch that looked, read and counted while others came and went. */
  async #fetchBeside(): Promise<void> {
    // Nobody can tell what a process of its own has seen of what changes meanwhile.
    if (!this.#program.hasClock) await this.#fetch(MAIN);
    const fetching = this.#fetching(this.#someOf(MAIN));
    this.#main().truth.admit(fetching.machine, fetching.at);
    const slow = await this.#program.slowly(MAIN, fetching);
    if (this.#roll(2) === 0) this.#write();
    else this.#rewrite();
    await this.#fetch(MAIN);
    await slow.read();
    if (this.#roll(2) === 0) {
      this.#write();
      await this.#fetch(MAIN);
    }
    await slow.write();
    this.#check(MAIN, "after a fetch beside another");
  }

  // Other books.

  #otherMachine(): Promise<void> {
    const machine = this.#machines[1];
    if (machine === undefined) throw new Error("there are two machines");
    const own = this.#shelf.find(({ truth }) => truth.machines.has(machine.uid));
    const shelf = own ?? this.#newShelf(new Truth());
    return this.#fetch(shelf.books, { machine });
  }

  /** Transcripts of one machine are copied to the other. */
  #sync(): false | void {
    const file = this.#some();
    const other = this.#machines.find((machine) => machine !== file?.machine);
    if (file === undefined || other === undefined) return false;
    const config = oneOf(this.#roll, other.configs);
    const copy = { ...file, machine: other, config, entries: [...file.entries] };
    if (this.#files.some((one) => pathOf(one) === pathOf(copy))) return false;
    this.#files.push(copy);
    this.#save(copy);
  }

  #newShelf(truth: Truth): Shelf {
    this.#names += 1;
    const shelf = { books: this.#names, truth };
    this.#shelf.push(shelf);
    return shelf;
  }

  #copy(): false | void {
    if (this.#fetches === 0 || this.#shelf.length > 4) return false;
    const from = this.#main();
    const { books } = this.#newShelf(from.truth.clone());
    this.#program.copy(from.books, books);
  }

  async #drift(): Promise<false | void> {
    const others = this.#shelf.filter(({ books }) => books !== MAIN);
    if (others.length === 0) return false;
    if (this.#roll(2) === 0) this.#write();
    await this.#fetch(oneOf(this.#roll, others).books);
  }

  async #merge(): Promise<false | void> {
    const others = this.#shelf.filter(({ books }) => books !== MAIN);
    if (others.length === 0) return false;
    await this.#mergeInto(this.#main(), [...others, ...others.filter(() => this.#roll(3) === 0)]);
    if (this.#roll(2) === 0) this.#shelf = [this.#main()];
  }

  async #mergeInto(
    shelf: Shelf,
    others: readonly Shelf[],
    at = this.#fetching(this.#someOf(MAIN)).at,
  ): Promise<void> {
    const some = shuffled(this.#roll, others);
    const by = this.#someOf(MAIN);
    shelf.truth.admit(by, at);
    for (const { truth } of some) shelf.truth.merge(truth, at, this.#latest(at, "UTC"));
    await this.#program.merge(
      shelf.books,
      some.map(({ books }) => books),
      by,
      at,
    );
    this.#check(shelf.books, "after a merge");
  }

  #restore(): false | void {
    const others = this.#shelf.filter(({ books }) => books !== MAIN);
    if (others.length === 0) return false;
    const backup = oneOf(this.#roll, others);
    const main = this.#main();
    main.truth = backup.truth.clone();
    this.#program.copy(backup.books, MAIN);
  }

  /** What ccusage itself makes of all that was seen. */
  async #audit(): Promise<void> {
    await this.#program.audit?.(this.#main().truth, this.#machines, MAIN);
  }

  /** At the end all books are merged, in several orders, and must come to the same. */
  async #mergeAll(): Promise<void> {
    const all = [...this.#shelf];
    const dumps: string[] = [];
    const at = this.#now();
    for (let left = all.length > 1 ? 3 : 1; left > 0; left--) {
      const again = all.filter(() => this.#roll(2) === 0);
      const merged = this.#newShelf(new Truth());
      await this.#mergeInto(merged, [...all, ...again], at);
      dumps.push(this.#program.dump(merged.books));
      const wrong = this.#program.inconsistencies(merged.books);
      if (wrong.length > 0) throw new Error(`merged books: ${wrong.slice(0, 5).join("; ")}`);
    }
    const [first = "", ...others] = dumps;
    for (const dump of others) expectSameLines(dump, first);
    const wrong = this.#program.inconsistencies(MAIN);
    if (wrong.length > 0) throw new Error(`the books: ${wrong.slice(0, 5).join("; ")}`);
  }

  // What is on disk.

  #visible(): LifeFile[] {
    return this.#files.filter(({ isAway }) => !isAway);
  }

  #some(isWanted: (file: LifeFile) => boolean = () => true): LifeFile | undefined {
    const files = this.#visible().filter(isWanted);
    return files.length === 0 ? undefined : oneOf(this.#roll, files);
  }

  #someMachine(): Computer {
    const [first] = this.#machines;
    return this.#roll(4) > 0 && first !== undefined ? first : oneOf(this.#roll, this.#machines);
  }

  /** What a scan of these folders finds: each transcript once, in its own place. */
  #listing(machine: Computer, folders: readonly string[]): Found[] {
    return this.#visible()
      .filter((file) => file.machine === machine && folders.includes(file.config))
      .map(foundAt);
  }
}

export function expectSameLines(a: string, b: string): void {
  if (a === b) return;
  const [one, other] = [new Set(a.split("\n")), new Set(b.split("\n"))];
  const only = [
    ...[...one].filter((line) => !other.has(line)).slice(0, 4),
    "-- and in another order --",
    ...[...other].filter((line) => !one.has(line)).slice(0, 4),
  ];
  throw new Error(`merged in another order the books are others:\n${only.join("\n")}`);
}

function pathOf({ config, slug, place, isAway }: Omit<LifeFile, "machine">): string {
  return isAway ? join(config, "away", slug, place) : join(config, "projects", slug, place);
}

function foundAt(file: LifeFile): Found {
  const { place, session, cwd, slug } = file;
  const isBeside = place.startsWith("agent-");
  const worktree = /^(.*)\/\.claude\/worktrees\//.exec(cwd)?.[1];
  const isOwn = cwd.replaceAll(/[^a-zA-Z0-9]/g, "-") === slug;
  const project = isOwn && worktree !== undefined ? worktree.replaceAll("/", "-") : slug;
  return {
    path: pathOf(file),
    place: isBeside ? place.replace(".jsonl", "") : session,
    session,
    project,
    lines: file.entries.flatMap(({ line }) => line ?? []),
  };
}

/** A line that says something else. */
function changed(text: string, change: (record: Line) => unknown): string {
  const record: Line = JSON.parse(text);
  change(record);
  return JSON.stringify(record);
}

interface Line {
  timestamp: string;
  message: { model: string; usage: Record<string, number> | null };
}

/** A line as Claude Code writes it. */
export function textOf(file: Pick<LifeFile, "session" | "cwd">, line: LifeLine): string {
  const isFast = line.model.endsWith("-fast");
  const creation = line.cacheCreation5m + line.cacheCreation1h;
  return JSON.stringify({
    parentUuid: line.message,
    isSidechain: line.isSidechain,
    cwd: file.cwd,
    sessionId: file.session,
    version: "2.1.240",
    gitBranch: "main",
    message: {
      model: isFast ? line.model.slice(0, -"-fast".length) : line.model,
      id: line.message,
      type: "message",
      role: "assistant",
      content: [{ type: "text", text: "é…" }],
      usage: {
        input_tokens: line.input,
        output_tokens: line.output,
        cache_creation_input_tokens: creation,
        cache_read_input_tokens: line.cacheRead,
        cache_creation: {
          ephemeral_5m_input_tokens: line.cacheCreation5m,
          ephemeral_1h_input_tokens: line.cacheCreation1h,
        },
        service_tier: "standard",
        ...(isFast ? { speed: "fast" } : {}),
      },
    },
    ...(line.request === null ? {} : { requestId: line.request }),
    type: "assistant",
    timestamp: new Date(line.at).toISOString(),
  });
}
