import { Bill, type Usage } from "./bill.ts";
import { Dice } from "./dice.ts";
import { subagentModel, type Model } from "./models.ts";

/** What is settled about a session before its first line. Instants are milliseconds since 1970. */
export interface Session {
  id: string;
  /** The project's folder. */
  cwd: string;
  gitBranch: string;
  title: string;
  version: string;
  model: Model;
  start: number;
  /** Answers to come, those of subagents not counted. */
  messages: number;
  /** Subagents to send out, if it comes to using tools. */
  agents: number;
  /** Bytes of a typical answer. */
  padBytes: number;
}

/** One line of a transcript. */
export interface Line {
  at: number;
  json: string;
  /** The subagent in whose file it belongs. */
  agent?: string | undefined;
  /** Something about the session: nobody says it, and whoever resumes does not repeat it. */
  isAbout?: true;
  /** What the answer cost: on its first line only, though the text of each line repeats it. */
  usage?: Usage | undefined;
}

/** Whoever writes lines, the session itself or a subagent, and what is cached of them so far. */
interface Speaker {
  dice: Dice;
  session: Session;
  model: Model;
  /** Of the session, whoever speaks. */
  bill: Bill;
  now: number;
  /** Subagents it may still send out. */
  agents: number;
  /** Its own name, if it is one. */
  agent?: string;
  /** The line before, which the next one names. */
  parent: string | null;
  /** Tokens in the prompt cache. */
  cached: number;
  /** Tokens said since, not cached yet. */
  fresh: number;
  cachedUntil: number;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const SYSTEM_PROMPT_TOKENS = 16_000;
const MOST_CONTEXT_TOKENS = 155_000;
const TOOLS = ["Bash", "Read", "Edit", "Grep", "Write"] as const;

/** Everything a session says, in the order of time; each line is made when it is asked for. */
export function* converse(dice: Dice, session: Session): Generator<Line> {
  const { id, title, model, start, messages, agents } = session;
  const goesOn = dice.chance(0.3);
  if (goesOn) {
    const summary = { type: "summary", summary: title, leafUuid: dice.uuid() };
    yield { at: start, json: JSON.stringify(summary), isAbout: true };
  }
  const bill = new Bill();
  const speaker = newSpeaker({ dice, session, model, bill, now: start, agents });
  let hasTitle = goesOn || dice.chance(0.2);
  let left = messages;
  for (;;) {
    const answers = Math.min(left, dice.between(1, 8));
    yield* turn(speaker, answers);
    if (!hasTitle) {
      bill.add(subagentModel(start), titleCall(dice), SECOND);
      const named = { type: "ai-title", aiTitle: title, sessionId: id };
      yield { at: speaker.now, json: JSON.stringify(named), isAbout: true };
      hasTitle = true;
    }
    left -= answers;
    if (left === 0) break;
    speaker.now += pause(dice);
  }
  // A session that is killed does not come to its bill.
  if (dice.chance(0.6)) {
    yield { at: speaker.now, json: bill.line(id, start, speaker.now), isAbout: true };
  }
}

/** What a title costs is in no transcript. */
function titleCall(dice: Dice): Usage {
  return {
    input_tokens: dice.between(300, 1200),
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
    output_tokens: dice.between(12, 30),
    service_tier: "standard",
  };
}

type Newcomer = Omit<Speaker, "parent" | "cached" | "fresh" | "cachedUntil">;

function newSpeaker(newcomer: Newcomer): Speaker {
  // Another session may have sent the same system prompt a moment ago.
  const cachedUntil = newcomer.dice.chance(0.5) ? newcomer.now + 5 * MINUTE : 0;
  return { ...newcomer, parent: null, cached: SYSTEM_PROMPT_TOKENS, fresh: 0, cachedUntil };
}

/** The next prompt comes within minutes, or after lunch, when the cache has gone cold. */
function pause(dice: Dice): number {
  return dice.chance(0.1)
    ? dice.between(20 * MINUTE, 120 * MINUTE)
    : dice.mostly(10 * SECOND, 8 * MINUTE);
}

/** A prompt, answers that each call a tool, and a last one that does not. */
function* turn(speaker: Speaker, answers: number): Generator<Line> {
  const content = prose(speaker.dice, speaker.session.padBytes * 0.6);
  yield line(speaker, "user", { message: { role: "user", content } });
  for (let calls = answers - 1; calls > 0; calls--) yield* useTool(speaker);
  yield* answer(speaker);
}

/** An answer that calls a tool, the subagent if it called for one, and what came of it. */
function* useTool(speaker: Speaker): Generator<Line> {
  const { dice, session } = speaker;
  const delegates = speaker.agents > 0;
  const id = `toolu_01${dice.code(22)}`;
  const name = delegates ? "Task" : dice.pick(TOOLS);
  const input = { description: prose(dice, 40), command: prose(dice, session.padBytes * 0.5) };
  yield* answer(speaker, { type: "tool_use", id, name, input });
  if (delegates) {
    speaker.agents--;
    yield* delegate(speaker);
  }
  speaker.now += dice.mostly(50, 20 * SECOND);
  const content = prose(dice, dice.mostly(session.padBytes, session.padBytes * 9));
  yield line(speaker, "user", {
    message: { role: "user", content: [{ tool_use_id: id, type: "tool_result", content }] },
    toolUseResult: { stdout: content, stderr: "", interrupted: false, isImage: false },
  });
}

/** A subagent takes one turn of its own while the session waits. */
function* delegate(speaker: Speaker): Generator<Line> {
  const { dice, session, bill, now } = speaker;
  const model = dice.chance(0.7) ? subagentModel(now) : speaker.model;
  const helper = newSpeaker({ dice, session, model, bill, now, agents: 0, agent: dice.hex() });
  yield* turn(helper, dice.between(1, Math.ceil(session.messages / 3)));
  speaker.now = helper.now;
}

/** An answer takes a line for each of its blocks; all of them carry its id and its usage. */
function* answer(speaker: Speaker, toolUse?: object): Generator<Line> {
  const { dice, model, bill } = speaker;
  const { padBytes } = speaker.session;
  if (dice.chance(0.01)) yield overloaded(speaker);
  const ms = dice.mostly(2 * SECOND, 50 * SECOND);
  speaker.now += ms;

  const blocks: object[] = [];
  if (dice.chance(0.3)) {
    const thinking = prose(dice, padBytes * 0.5);
    blocks.push({ type: "thinking", thinking, signature: dice.code(120) });
  }
  if (!toolUse || dice.chance(0.5)) blocks.push({ type: "text", text: prose(dice, padBytes) });
  if (toolUse) blocks.push(toolUse);

  const id = `msg_01${dice.code(22)}`;
  const requestId = `req_011C${dice.code(20)}`;
  const usage = ask(speaker);
  bill.add(model, usage, ms);
  // A stream that breaks off is paid for as well, and leaves no line.
  if (dice.chance(0.02)) bill.add(model, usage, ms);
  for (const [number, block] of blocks.entries()) {
    const done = number === blocks.length - 1;
    const message = {
      model: model.name,
      id,
      type: "message",
      role: "assistant",
      content: [block],
      stop_reason: done ? (toolUse ? "tool_use" : "end_turn") : null,
      stop_sequence: null,
      usage,
    };
    const written = line(speaker, "assistant", { message, requestId });
    yield number === 0 ? { ...written, usage } : written;
    if (!done) speaker.now += dice.between(1, 2 * SECOND);
  }
}

/**
 * What one more request costs: what is cached is read, the rest is written to the cache, for an
 * hour or, by subagents, for five minutes; if that is over, everything is written again. The
 * tokens are thrown rather than counted, so that short texts still cost what real ones do.
 */
function ask(speaker: Speaker): Usage {
  const { dice } = speaker;
  if (speaker.cached > MOST_CONTEXT_TOKENS) {
    // Claude Code compacts: a summary takes the place of everything said so far.
    speaker.cached = SYSTEM_PROMPT_TOKENS;
    speaker.fresh = dice.between(4000, 9000);
  }
  const warm = speaker.now <= speaker.cachedUntil;
  const context = speaker.cached + speaker.fresh + dice.mostly(200, 11_000);
  const read = warm ? speaker.cached : 0;
  const written = context - read;
  const output = dice.mostly(40, 2600);
  speaker.cached = context;
  speaker.fresh = output;
  speaker.cachedUntil = speaker.now + (speaker.agent ? 5 : 60) * MINUTE;
  return {
    input_tokens: dice.mostly(2, 60),
    cache_creation_input_tokens: written,
    cache_read_input_tokens: read,
    cache_creation: {
      ephemeral_5m_input_tokens: speaker.agent ? written : 0,
      ephemeral_1h_input_tokens: speaker.agent ? 0 : written,
    },
    output_tokens: output,
    service_tier: "standard",
  };
}

/** When the service is down Claude Code answers in its place, for nothing. */
function overloaded(speaker: Speaker): Line {
  const text = 'API Error: 529 {"type":"error","error":{"type":"overloaded_error"}}';
  const message = {
    id: speaker.dice.uuid(),
    model: "<synthetic>",
    type: "message",
    role: "assistant",
    content: [{ type: "text", text }],
    stop_reason: "stop_sequence",
    stop_sequence: "",
    usage: {
      input_tokens: 0,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 0,
      output_tokens: 0,
      service_tier: null,
    },
  };
  return line(speaker, "assistant", { message, isApiErrorMessage: true });
}

/** One line, linked to the one before; compact, for ccusage passes over lines that are not. */
function line(speaker: Speaker, type: "user" | "assistant", rest: object): Line {
  const { dice, session, agent, now, parent } = speaker;
  const uuid = dice.uuid();
  speaker.parent = uuid;
  const json = JSON.stringify({
    parentUuid: parent,
    isSidechain: agent !== undefined,
    userType: "external",
    cwd: session.cwd,
    sessionId: session.id,
    version: session.version,
    gitBranch: session.gitBranch,
    agentId: agent,
    type,
    ...rest,
    uuid,
    timestamp: new Date(now).toISOString(),
  });
  return { at: now, json, agent };
}

// Nothing beyond Latin-1: one such sign makes V8 hold twice the bytes of all it is joined with.
const PHRASES = [
  "The test fails only on the last day of the month.",
  "I moved the rounding to the one place where money is shown.",
  "Can you find out why the second request waits for the first?",
  "Renamed the column, and the migration says why.",
  'The cache key forgot the locale, so "café" was served to everyone.',
  "Two of the three call sites never look at what is returned.",
  "export const total = (rows) => rows.reduce((sum, row) => sum + row.amount, 0);",
  "  if (error instanceof TimeoutError) return retry(request, { after: 250 });",
  "SELECT day, SUM(amount) FROM invoices GROUP BY day ORDER BY day;",
  "src/orders/basket.ts:42:17 - expected 3 arguments, but got 2.",
  "Tests: 214 passed, 214 in total, in 8.42 s",
  "Please keep the old name working for one more release.",
  "That is a good question: the lock is taken before the file exists.",
  "Nothing else reads this flag, so it can go.",
  "C:\\Users\\dev\\notes is found as well, with both kinds of slash.",
  "Done. The page opens in 90 ms instead of 640, and the diff is eleven lines.",
] as const;

/** A phrase a line, in so many orders that two stretches are seldom alike. */
const POOL = pool(new Dice(0), 1 << 18);

function pool(dice: Dice, length: number): string {
  let text = "";
  while (text.length < length) text += `${dice.pick(PHRASES)}\n`;
  return text;
}

/** Whole lines, of about a quarter to seven quarters as many bytes as asked for. */
function prose(dice: Dice, bytes: number): string {
  const length = Math.floor(bytes * (0.25 + 1.5 * dice.fraction()));
  const start = POOL.indexOf("\n", dice.between(0, POOL.length >> 1)) + 1;
  const end = POOL.indexOf("\n", start + length);
  return POOL.slice(start, end);
}
