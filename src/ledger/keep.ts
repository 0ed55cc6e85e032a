import type { Call, CostState, Project, TranscriptState } from "../usage.ts";
import { callKeeper, rankOf, type KeptCalls, type Owner } from "./calls.ts";
import type { Books } from "./books.ts";
import { projectKeeper } from "./projects.ts";
import { sessionDays } from "./session-days.ts";
import { sessionKeeper } from "./sessions.ts";
import { transcriptKeeper } from "./transcripts.ts";

/** What was read of a transcript, to be kept. */
export interface ReadTranscript extends TranscriptState {
  sessionId: string;
  calls: readonly Call[];
  title: string | null;
  costState: CostState | null;
  /** The project of its session; asked for only when that is new. */
  project: () => Project;
}

/** Whose transcripts are kept, and when they were read. */
export interface Keeping {
  /** The machine's row. */
  machine: number;
  uid: string;
  /** ISO 8601 UTC. */
  seenAt: string;
}

/**
 * Keeps what was read of transcripts, all of it or nothing: calls, sessions, how far each file was read.
 * Reading a transcript again, in any order and any number of times, keeps the same.
 */
export function keepTranscripts(
  books: Books,
  { machine, uid, seenAt }: Keeping,
  transcripts: readonly ReadTranscript[],
): KeptCalls {
  const keepAll = books.transaction((): KeptCalls => {
    const kept: KeptCalls = { added: 0, changed: 0 };
    const sessions = sessionKeeper(books, machine);
    const keepProject = projectKeeper(books);
    const keepTranscript = transcriptKeeper(books, machine, seenAt);
    const days = sessionDays(books);
    const keeper = callKeeper(books, days, { mayMove: false });

    const sessionOf = ({ sessionId, project }: ReadTranscript): number => {
      const known = sessions.find(sessionId);
      if (known !== undefined && !sessions.hasNoProject(known)) return known;
      const where = project();
      keepProject(where);
      const { id, hasMoved } = sessions.join({
        ...{ sessionId, projectPath: where.slug, firstSeenAt: seenAt },
      });
      if (hasMoved) days.markAllChanged(id);
      return id;
    };

    for (const transcript of transcripts) {
      const { calls, title, costState, sessionId, project, ...state } = transcript;
      if (calls.length === 0 && sessions.find(sessionId) === undefined) {
        keepTranscript(state, null);
        continue;
      }
      const session = sessionOf(transcript);
      const owner: Owner = {
        transcript: keepTranscript(state, session),
        session,
        rank: rankOf(state.path, uid, sessionId),
      };
      for (const call of calls) keeper.keep(call, owner, kept);
      if (title !== null) sessions.title(session, title, seenAt);
      if (costState !== null) sessions.cost(session, costState);
    }
    return kept;
  });
  return keepAll.immediate();
}
