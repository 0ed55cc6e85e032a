import { appendFileSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";

/** One billed answer, as Claude Code writes it. */
export interface Message {
  id: string;
  /** ISO 8601 UTC. */
  at: string;
  model?: string;
  input?: number;
  output?: number;
  cacheCreation?: number;
  cacheRead?: number;
  /** The folder that was worked in. */
  cwd?: string;
  /** Null: the line has none. */
  requestId?: string | null;
  isSidechain?: boolean;
  /** What else the line and its usage say, or say otherwise; undefined: not at all. */
  line?: Record<string, unknown>;
  usage?: Record<string, unknown>;
}

/** A model whose price every supported ccusage has built in. */
export const PRICED = "claude-sonnet-4-5-20250929";

/** A model no ccusage has heard of. */
export const UNPRICED = "claude-unheard-of-9";

/** Where a session's transcript is. */
export function transcriptPath(claude: string, project: string, session: string): string {
  return join(claude, "projects", project, `${session}.jsonl`);
}

/** Appends messages to a session's transcript, as a working Claude Code does. */
export function say(
  claude: string,
  project: string,
  session: string,
  ...messages: Message[]
): void {
  const path = transcriptPath(claude, project, session);
  mkdirSync(dirname(path), { recursive: true });
  appendFileSync(path, messages.map((message) => `${transcriptLine(session, message)}\n`).join(""));
}

/** Deletes a session's transcript, as Claude Code's sweep does. */
export function sweep(claude: string, project: string, session: string): void {
  rmSync(transcriptPath(claude, project, session));
}

/** A message as a line of a transcript; ccusage 20 accepts compact ones only. */
export function transcriptLine(session: string, message: Message): string {
  return JSON.stringify({
    type: "assistant",
    sessionId: session,
    timestamp: message.at,
    requestId: message.requestId === null ? undefined : (message.requestId ?? `req_${message.id}`),
    version: "2.1.0",
    cwd: message.cwd ?? "/home/dev/app",
    isSidechain: message.isSidechain ?? false,
    ...message.line,
    message: {
      id: `msg_${message.id}`,
      type: "message",
      role: "assistant",
      model: message.model ?? PRICED,
      content: [{ type: "text", text: "…" }],
      usage: {
        input_tokens: message.input ?? 10,
        output_tokens: message.output ?? 100,
        cache_creation_input_tokens: message.cacheCreation ?? 0,
        cache_read_input_tokens: message.cacheRead ?? 0,
        ...message.usage,
      },
    },
  });
}
