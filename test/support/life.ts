import type { Tokens } from "../../src/usage.ts";

/** A message of a life, with everything a transcript says of it. */
export interface LifeMessage {
  id: string;
  /** ISO 8601 UTC. */
  at: string;
  model: string;
  tokens: Tokens;
}

/** A transcript: which messages it holds. A fork or a resumed session holds copies of another's. */
export interface LifeFile {
  project: string;
  session: string;
  messages: LifeMessage[];
  /** When it was last written, by the life's clock. */
  writtenAt: Date;
}

/** A release of ccusage: the real one counts, and this one says so many times as much; 0: nothing. */
export interface Release {
  version: string;
  times: number;
}

/** The disk a life is lived on, and the books that watch it. */
export interface World {
  /** Creates or rewrites a transcript. */
  put(file: LifeFile): void;
  remove(file: LifeFile): void;
  /** Fetches at a moment of the life's own clock. */
  fetch(at: Date, release: Release): Promise<void>;
  /** Fetches slowly: looks at a moment and writes at another. */
  beginFetch(at: Date, release: Release): Promise<(end: Date) => void>;
  /** Fetches and is killed at some moment of it, perhaps just before or after. */
  killFetch(at: Date, release: Release): Promise<void>;
  /** Tries to fetch in another time zone. */
  fetchElsewhere(at: Date, release: Release): Promise<void>;
  /** The tokens the books show for each day. */
  shown(): Map<string, Tokens>;
  /** Copies the books, as a user would to another folder. */
  copy(): void;
  /** Fetches into the copy made last. */
  fetchIntoCopy(at: Date, release: Release): Promise<void>;
  /** Merges every copy into the books in some order, some of them twice, and lets go of them. */
  mergeCopies(roll: Dice): void;
  /** Throws unless rebuilding makes no difference and the parts of every day add up to it. */
  inspect(): void;
  /** Lets go of what the life took up. */
  end(): void;
}

/** What happened in a life. */
export interface Lived {
  fetches: number;
  messages: number;
  /** How often each kind of thing happened. */
  events: Record<string, number>;
}

/** A number from 0 up to (not including) `below`. */
export type Dice = (below: number) => number;

/** A small seeded generator (mulberry32), so that a failing life can be lived again. */
export function dice(seed: number): Dice {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const MODELS = ["claude-sonnet-4-5-20250929", "claude-opus-4-5-20251101", "claude-unheard-of-9"];

/** Two releases that count alike, though under two names. */
const RELEASES: Release[] = [
  { version: "20.0.20", times: 1 },
  { version: "20.0.19", times: 1 },
];

/**
 * Lives a random life: messages, forks and resumed sessions, deletions, folders hidden and brought
 * back, midnights, new releases of ccusage and some that count everything twice, three times or not at all, kills,
 * attempts to count in another time zone, copies of the books that drift apart and are merged, fetches.
 * After each fetch the books must equal every message ever written, day by day. Three things are never
 * done, since no tool that only looks now and then could put them right: a transcript goes before a
 * fetch has read it, a day loses and gains between two fetches, or logs go after a release miscounted
 * them and before another has counted them again.
 * @throws Error naming the first day that is wrong.
 */
export async function live(world: World, roll: Dice, steps: number): Promise<Lived> {
  const files: LifeFile[] = [];
  let hidden: LifeFile[] = [];
  const written = new Map<string, LifeMessage>();
  const events: Record<string, number> = {};
  let clock = Date.parse("2026-11-02T20:00:00Z");
  // What order readings of other releases or copies were made in, only a right clock can tell.
  const clockIsBad = roll(3) === 0;
  let release = RELEASES[0]!;
  const count = { fetches: 0, messages: 0, files: 0, miscounts: 0, copies: 0 };
  /** What has changed on disk since the last fetch. */
  let since: "nothing" | "gain" | "loss" = "nothing";

  const note = (event: string): void => void (events[event] = (events[event] ?? 0) + 1);
  const later = (): Date => new Date((clock += 1000 + roll(60_000)));
  const expectTruth = (): void => {
    const [truth, shown] = [sumByDay(written.values()), world.shown()];
    for (const day of new Set([...truth.keys(), ...shown.keys()])) {
      const [expected, got] = [JSON.stringify(truth.get(day)), JSON.stringify(shown.get(day))];
      if (expected !== got) {
        throw new Error(
          `${day} after fetch ${count.fetches}: written ${expected}, in the books ${got} (${JSON.stringify(events)})`,
        );
      }
    }
  };
  const fetch = async (): Promise<void> => {
    count.fetches += 1;
    since = "nothing";
    await world.fetch(later(), release);
    expectTruth();
  };
  const before = async (change: "gain" | "loss"): Promise<void> => {
    if (since !== "nothing" && since !== change) await fetch();
    since = change;
  };
  const newFile = (messages: LifeMessage[]): LifeFile => {
    count.files += 1;
    // Names sort in random order: ccusage credits a copied message to the file that sorts first.
    const name = roll(2 ** 31).toString(16);
    const writtenAt = new Date(clock);
    return {
      project: `-home-p${roll(3)}`,
      session: `s${name}-${count.files}`,
      messages,
      writtenAt,
    };
  };
  const say = (file: LifeFile): void => {
    clock += 1000 + roll(20 * 60_000);
    count.messages += 1;
    const message = {
      id: `m${count.messages}`,
      at: new Date(clock).toISOString(),
      model: MODELS[roll(MODELS.length)] ?? "",
      tokens: {
        inputTokens: roll(500),
        outputTokens: 1 + roll(500),
        cacheCreationTokens: roll(3) === 0 ? roll(5000) : 0,
        cacheReadTokens: roll(3) === 0 ? roll(50_000) : 0,
      },
    };
    file.messages.push(message);
    file.writtenAt = new Date(clock);
    written.set(message.id, message);
  };
  const someFile = (): LifeFile | undefined => files[roll(Math.max(1, files.length))];

  const write = (file: LifeFile | undefined): void => {
    const target = file === undefined || roll(3) === 0 ? newFile([]) : file;
    for (let left = 1 + roll(3); left > 0; left--) say(target);
    if (!files.includes(target)) files.push(target);
    world.put(target);
  };
  const remove = (file: LifeFile): void => {
    files.splice(files.indexOf(file), 1);
    world.remove(file);
  };
  /** A release that miscounts comes in after a loss, or while logs grow, and another mends it. */
  const miscount = async (): Promise<void> => {
    await fetch();
    count.miscounts += 1;
    // A release is mended once: the next one that miscounts is another.
    const [lost, grows] = [someFile(), roll(2) === 0];
    const times = grows && roll(3) === 0 ? 0 : 2 + roll(2);
    const wrong = { version: `20.1.${count.miscounts}`, times };
    if (!grows && lost !== undefined) remove(lost);
    for (let left = 1 + roll(3); left > 0; left--) {
      if (grows) write(someFile());
      await world.fetch(later(), wrong);
    }
    await fetch();
  };

  /** A fetch that looked before another one writes after it. */
  const fetchBeside = async (): Promise<void> => {
    await fetch();
    const end = await world.beginFetch(later(), release);
    const file = someFile();
    if (file === undefined || roll(2) === 0) write(file);
    else remove(file);
    await fetch();
    end(later());
    expectTruth();
  };

  for (let step = 0; step < steps; step++) {
    const event = roll(140);
    const file = someFile();
    if (event < 30 || file === undefined) {
      await before("gain");
      write(file);
      note("write");
    } else if (event < 40) {
      await before("gain");
      const copy = newFile(file.messages.slice(0, 1 + roll(file.messages.length)));
      if (roll(2) === 0) say(copy);
      files.push(copy);
      world.put(copy);
      note("fork");
    } else if (event < 55) {
      await before("loss");
      remove(file);
      note("delete");
    } else if (event < 60 && hidden.length === 0) {
      await before("loss");
      hidden = files.filter(({ project }) => project === file.project);
      hidden.forEach(remove);
      note("hide a folder");
    } else if (event < 66 && hidden.length > 0) {
      if (since !== "nothing") await fetch();
      for (const one of hidden) world.put(one);
      files.push(...hidden);
      hidden = [];
      await fetch();
      note("bring a folder back");
    } else if (event < 75) {
      clock += (4 + roll(24)) * 3_600_000;
      note("hours pass");
    } else if (event < 80 && !clockIsBad) {
      release = RELEASES[roll(RELEASES.length)]!;
      note("choose a release");
    } else if (event < 85 && !clockIsBad) {
      await miscount();
      note("miscount");
    } else if (event < 90) {
      await world.killFetch(later(), release);
      note("kill");
    } else if (event < 95 && count.fetches > 0) {
      await world.fetchElsewhere(later(), release);
      note("travel");
    } else if (event < 100 && count.fetches > 0 && !clockIsBad) {
      if (count.copies === 0 || roll(3) === 0) {
        world.copy();
        count.copies += 1;
        note("copy");
      } else {
        await world.fetchIntoCopy(later(), release);
        note("drift");
      }
    } else if (event < 104 && count.copies > 0) {
      await fetch();
      world.mergeCopies(roll);
      expectTruth();
      count.copies = 0;
      note("merge");
    } else if (event < 110) {
      await fetchBeside();
      note("fetch beside another");
    } else if (event < 114 && clockIsBad) {
      if (since !== "nothing") await fetch();
      await world.fetch(new Date(clock + (1 + roll(40)) * 3_600_000), release);
      await fetch();
      note("set the clock wrong");
    } else {
      await fetch();
    }
  }
  await fetch();
  world.inspect();
  return { fetches: count.fetches, messages: count.messages, events };
}

/** The tokens of messages by the UTC day they are stamped with. */
export function sumByDay(messages: Iterable<LifeMessage>): Map<string, Tokens> {
  const days = new Map<string, Tokens>();
  for (const { at, tokens } of messages) {
    const day = at.slice(0, 10);
    const sum = days.get(day);
    days.set(day, sum === undefined ? { ...tokens } : add(sum, tokens));
  }
  return new Map([...days].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function add(a: Tokens, b: Tokens): Tokens {
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    cacheCreationTokens: a.cacheCreationTokens + b.cacheCreationTokens,
    cacheReadTokens: a.cacheReadTokens + b.cacheReadTokens,
  };
}
