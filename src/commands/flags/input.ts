/** More than Claude Code hands over, in characters. */
const MOST = 1_000_000;

/** How long it may take, in milliseconds. */
const PATIENCE = 500;

/**
 * What Claude Code hands a command of its settings; null where nothing does.
 * @param say is told why it could not be read
 */
export async function readInput(say: (error: unknown) => void): Promise<string | null> {
  if (process.stdin.isTTY) return null;
  const timer = setTimeout(() => process.stdin.destroy(), PATIENCE);
  let text = "";
  try {
    process.stdin.setEncoding("utf8");
    for await (const piece of process.stdin) {
      text += piece;
      if (text.length > MOST) break;
    }
  } catch (error) {
    say(error);
  } finally {
    clearTimeout(timer);
  }
  return text.trim() === "" ? null : text;
}
