import { resolve } from "node:path";

import { defineCommand } from "citty";

import { databasePath, expandHome } from "../config/paths.ts";
import { UsageError, UserError } from "../errors.ts";
import type { ProgramRun } from "../recorder/run.ts";
import type { RecordedCall } from "../recorded.ts";
import { sayWarning } from "../terminal/say.ts";
import { dbFlag } from "./flags/shared.ts";

export default defineCommand({
  meta: { name: "run", description: "Run `claude -p …` and record how it went" },
  args: {
    task: { type: "string", valueHint: "ID", description: "What it is for, such as gh-456" },
    worker: { type: "string", valueHint: "ID", description: "Who runs it" },
    project: {
      type: "string",
      valueHint: "NAME",
      description: "The project; else its folder's name",
    },
    jsonl: {
      type: "string",
      valueHint: "DIR",
      description: "Also a line in api-calls-DAY.jsonl there",
    },
    db: dbFlag,
    command: {
      type: "positional",
      required: false,
      handedOn: true,
      description: "Behind --: the program and its arguments",
    },
  },
  async run({ args, rawArgs }) {
    const end = rawArgs.indexOf("--");
    const [command, ...rest] = end === -1 ? [] : rawArgs.slice(end + 1);
    if (command === undefined) {
      throw new UsageError(
        "Missing the program: `ccbooks run -- claude -p … --output-format json`.",
      );
    }
    const { runProgram, codeOf } = await import("../recorder/run.ts");
    const { basename } = await import("node:path");
    const ran = await runProgram(command, rest);
    process.exitCode = codeOf(ran);
    const facts = {
      at: ran.startedAt,
      ...{ task: args.task ?? null, worker: args.worker ?? null },
      project: args.project ?? basename(ran.claude?.cwd ?? process.cwd()),
      ...{ exitCode: codeOf(ran), promptLength: ran.promptLength, promptFile: ran.promptFile },
    };
    if (ran.isCutOff) {
      sayWarning("The program printed no whole result, so that what it used is not known.");
    }
    // How the program went is its own: that it could not be recorded is no failure of it.
    try {
      const { recordCalls } = await import("../recorder/record.ts");
      const [recorded] = await recordCalls(
        databasePath(args.db),
        [
          ran.claude === null
            ? { call: plainRun(facts, ran, command) }
            : { run: ran.claude, facts },
        ],
        { writesLines: args.jsonl !== undefined },
      );
      if (args.jsonl !== undefined && recorded !== undefined) {
        const { appendCalls } = await import("../recorder/jsonl.ts");
        appendCalls(resolve(expandHome(args.jsonl)), [recorded.call]);
      }
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      sayWarning(`The run was not recorded: ${error.message}`);
    }
  },
});

const NO_RESULT = "no whole result was printed";

/** A program that tells nothing of itself: its time and exit code. */
function plainRun(
  facts: Pick<RecordedCall, "at" | "task" | "worker" | "project"> & {
    exitCode: number;
    promptLength: number | null;
    promptFile: string | null;
  },
  { startedAt, endedAt, isCutOff }: ProgramRun,
  command: string,
): RecordedCall {
  const error =
    facts.exitCode !== 0 ? `${command} ended with ${facts.exitCode}` : isCutOff ? NO_RESULT : null;
  return {
    ...facts,
    ...{
      key: null,
      place: null,
      provider: "",
      model: "",
      toldCost: null,
      durationMs: endedAt - startedAt,
    },
    ...{ inputTokens: 0, outputTokens: 0, cacheCreation5mTokens: 0, cacheCreation1hTokens: 0 },
    ...{ cacheReadTokens: 0, timeToFirstTokenMs: null, isSuccess: error === null },
    error: error?.slice(0, 200) ?? null,
    ...{ turns: null, sessionId: null, responseLength: null, settings: null, others: [] },
  };
}
