import * as z from "zod/mini";

/** What Claude Code hands its hooks, as far as it is of use here. */
export interface HookInput {
  sessionId: string;
  /** The conversation's; those of its subagents are in a folder beside it. */
  transcriptPath: string;
}

const schema = z.object({
  session_id: z.string().check(z.minLength(1), z.maxLength(255)),
  transcript_path: z.string().check(z.endsWith(".jsonl"), z.maxLength(4096)),
});

/** @returns null when it is not what Claude Code hands over */
export function parseHookInput(text: string): HookInput | null {
  try {
    const { session_id, transcript_path } = z.parse(schema, JSON.parse(text));
    return { sessionId: session_id, transcriptPath: transcript_path };
  } catch {
    return null;
  }
}
