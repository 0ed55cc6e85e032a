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
}

/** The disk a life is lived on, and the books that watch it. */
export interface World {
  /** Creates or rewrites a transcript. */
  put(file: LifeFile): void;
  remove(file: LifeFile): void;
  /** Fetches at a moment of the life's own clock; gives the tokens the books show for each day. */
  fetch(at: Date): Promise<Map<string, Tokens>>;
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

/**
 * Lives a random life: messages, forks and resumed sessions, deletions, folders hidden and brought
 * back, midnights, fetches. After each fetch the books must equal every message ever written, day by
 * day. Two things are never done, since no tool that only looks now and then could notice them: a
 * transcript goes before a fetch has read it, or a day loses and gains between two fetches.
 * @throws Error naming the first day that is wrong.
 */
export async function live(world: World, roll: Dice, steps: number): Promise<Lived> {
  const files: LifeFile[] = [];
  let hidden: LifeFile[] = [];
  const written = new Map<string, LifeMessage>();
  const events: Record<string, number> = {};
  let clock = Date.parse("2026-11-02T20:00:00Z");
  let count = { fetches: 0, messages: 0, files: 0 };
  /** What has changed on disk since the last fetch. */
  let since: "nothing" | "gain" | "loss" = "nothing";

  const note = (event: string): void => void (events[event] = (events[event] ?? 0) + 1);
  const fetch = async (): Promise<void> => {
    clock += 1000 + roll(60_000);
    count.fetches += 1;
    since = "nothing";
    const shown = await world.fetch(new Date(clock));
    const truth = sumByDay(written.values());
    for (const day of new Set([...truth.keys(), ...shown.keys()])) {
      const [expected, got] = [JSON.stringify(truth.get(day)), JSON.stringify(shown.get(day))];
      if (expected !== got) {
        throw new Error(
          `${day} after fetch ${count.fetches}: written ${expected}, in the books ${got} (${JSON.stringify(events)})`,
        );
      }
    }
  };
  const before = async (change: "gain" | "loss"): Promise<void> => {
    if (since !== "nothing" && since !== change) await fetch();
    since = change;
  };
  const newFile = (messages: LifeMessage[]): LifeFile => {
    count.files += 1;
    // Names sort in random order: ccusage credits a copied message to the file that sorts first.
    const name = roll(2 ** 31).toString(16);
    return { project: `-home-p${roll(3)}`, session: `s${name}-${count.files}`, messages };
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
    written.set(message.id, message);
  };
  const someFile = (): LifeFile | undefined => files[roll(Math.max(1, files.length))];

  for (let step = 0; step < steps; step++) {
    const event = roll(100);
    const file = someFile();
    if (event < 30 || file === undefined) {
      await before("gain");
      const target = file === undefined || roll(3) === 0 ? newFile([]) : file;
      for (let left = 1 + roll(3); left > 0; left--) say(target);
      if (!files.includes(target)) files.push(target);
      world.put(target);
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
      files.splice(files.indexOf(file), 1);
      world.remove(file);
      note("delete");
    } else if (event < 60 && hidden.length === 0) {
      await before("loss");
      hidden = files.filter(({ project }) => project === file.project);
      for (const one of hidden) {
        files.splice(files.indexOf(one), 1);
        world.remove(one);
      }
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
    } else {
      await fetch();
    }
  }
  await fetch();
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
