import { defineCommand } from "citty";

import { machineTimezone } from "../config/machine.ts";
import { UsageError } from "../errors.ts";
import { counted } from "../format/figures.ts";
import { fitTop } from "../terminal/fit.ts";
import { drawScreen, rowsForText } from "../terminal/screen.ts";
import { newsWords, watchJson, watchScreen } from "../terminal/watch-words.ts";
import { watchUsage, type Sight } from "../watch/watch.ts";
import { spanOf } from "./flags/check.ts";
import { dbFlag, offlineFlag } from "./flags/shared.ts";

export default defineCommand({
  meta: { name: "watch", description: "What goes on now: fetch, draw and tell until Ctrl-C" },
  args: {
    every: { type: "string", valueHint: "TIME", description: "How often: 30s (default), 2m" },
    burn: { type: "string", valueHint: "USD", description: "Tell when an hour costs that much" },
    "session-max": {
      type: "string",
      valueHint: "USD",
      description: "Tell when a session has cost that much",
    },
    offline: offlineFlag,
    db: dbFlag,
    json: { type: "boolean", description: "A line of JSON for each look" },
  },
  async run({ args }) {
    const every = spanOf(args.every ?? "30s", "--every");
    const burn = usdFlag(args.burn, "burn");
    const sessionMax = usdFlag(args["session-max"], "session-max");
    const isJson = args.json === true;
    if (!isJson && !process.stdout.isTTY) {
      throw new UsageError("`ccbooks watch` draws on a terminal, and this is none; add --json.");
    }
    const stop = new AbortController();
    // Not once: whoever else listens takes a signal that nobody holds for the end of the program.
    process.on("SIGINT", () => stop.abort());
    process.on("SIGTERM", () => stop.abort());
    await watchUsage(
      { db: args.db, offline: args.offline === true, every, burn, sessionMax, signal: stop.signal },
      isJson ? printLine : drawer(every, burn),
    );
  },
});

/** @throws UsageError when it is no sum of money above zero. */
function usdFlag(text: string | undefined, flag: string): number | null {
  if (text === undefined) return null;
  const usd = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
  if (usd > 0 && usd <= MOST) return usd;
  throw new UsageError(`--${flag} takes US dollars above 0 and up to a billion, not "${text}".`);
}

const MOST = 1e9;

function printLine(sight: Sight): void {
  process.stdout.write(`${JSON.stringify(watchJson(sight))}\n`);
}

/** How many of the last news stay on the screen. */
const NEWS = 5;

function drawer(every: number, burn: number | null): (sight: Sight) => void {
  let news: string[] = [];
  return (sight) => {
    const timezone = machineTimezone();
    news = [...news, ...newsWords(sight, timezone)].slice(-NEWS);
    const width = process.stdout.columns || 80;
    const rows = rowsForText();
    const words = fitTop(watchScreen(sight, news, { width, rows, timezone, burn }), rows);
    const at = new Date().toLocaleTimeString("en-GB");
    drawScreen(words, `At ${at}; looks every ${counted(every, "second")} until Ctrl-C.`);
  };
}
