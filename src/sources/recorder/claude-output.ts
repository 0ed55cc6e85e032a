import { RunSoFar, type ClaudeRun } from "./claude-run.ts";

/**
 * What `claude -p` prints, read while it runs: an object (`--output-format json`), an array of messages (with
 * `--verbose`) or one message a line (`stream-json`). No content is kept, and most of it is never parsed.
 */

/** Takes in the output piece by piece. */
export class ClaudeOutput {
  readonly #messages = new Messages();
  readonly #run = new RunSoFar();

  /** @param chunk of any length: a message or a character may go on in the next */
  add(chunk: Buffer | string): void {
    const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
    for (const message of this.#messages.add(bytes)) this.#run.add(jsonIn(message));
  }

  /** @returns null when no result was printed */
  end(): ClaudeRun | null {
    return this.#run.end();
  }
}

function jsonIn(message: string): unknown {
  try {
    return JSON.parse(message);
  } catch {
    return undefined;
  }
}

const NEWLINE = 0x0a;
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/** What may stand around the messages: blanks, the signs of an array, a byte order mark. */
const AROUND = new Set(Buffer.from(" \t\r[],\ufeff"));

/** The longest messages that are kept until they are whole, in bytes; a result may have a long answer. */
const LONGEST_RESULT = 64 * 2 ** 20;
const LONGEST_OTHER = 2 ** 20;

/** Longer than any key and type that is looked for. */
const LONGEST_WORD = 16;

/**
 * Cuts bytes into messages, whatever the form, and gives those of a wanted type. The keys of a message have no fixed
 * order, so its own `type` is looked for as the bytes go by; from then on what is not wanted is not kept.
 */
class Messages {
  #kept = Buffer.alloc(0);
  #size = 0;
  #type: string | null = null;
  #isWanted = true;
  /** How many objects and arrays are open, from the message on. */
  #depth = 0;
  #isLineStart = true;
  /** In a line that is no JSON. */
  #isProse = false;
  #isText = false;
  #isEscaped = false;
  /** Of the message itself: the text that was last, the key before a value, and whether a value comes now. */
  #word = "";
  #key = "";
  #isValue = false;

  /** @returns the messages that are whole with these bytes */
  add(chunk: Buffer): string[] {
    const whole: string[] = [];
    let start = 0;
    for (let at = 0; at < chunk.length; at++) {
      const what = this.#step(chunk[at] ?? 0);
      if (what === undefined) continue;
      if (what === "ends") {
        this.#keep(chunk.subarray(start, at + 1));
        if (this.#isWanted && this.#type !== null) {
          whole.push(this.#kept.toString("utf8", 0, this.#size));
        }
      }
      this.#forget();
      start = at;
    }
    if (this.#depth > 0) this.#keep(chunk.subarray(start));
    return whole;
  }

  /** @returns whether a message begins or ends with this byte */
  #step(byte: number): "begins" | "ends" | undefined {
    const isFirst = this.#isLineStart;
    this.#isLineStart = byte === NEWLINE;
    // A message that was cut off: no text has a line break in it, and nothing within a message starts a line so.
    const isBroken = this.#isText ? byte === NEWLINE : isFirst && isOpening(byte);
    if (isBroken) this.#depth = 0;
    if (isBroken) this.#isText = false;
    if (this.#depth === 0) return this.#outside(byte);
    if (this.#isText) this.#inText(byte);
    else if (byte === QUOTE) this.#beginText();
    else if (isOpening(byte)) this.#depth++;
    else if (byte === CLOSE || byte === CLOSE_LIST) this.#depth--;
    else if (this.#depth === 1 && byte === COLON) this.#isValue = true;
    else if (this.#depth === 1 && byte === COMMA) this.#isValue = false;
    return this.#depth === 0 ? "ends" : undefined;
  }

  #outside(byte: number): "begins" | undefined {
    if (byte === NEWLINE) this.#isProse = false;
    else if (!this.#isProse && byte === OPEN) {
      this.#depth = 1;
      return "begins";
    } else if (!AROUND.has(byte)) this.#isProse = true;
    return undefined;
  }

  #beginText(): void {
    this.#isText = true;
    this.#word = "";
  }

  #inText(byte: number): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (byte === BACKSLASH) this.#isEscaped = true;
    else if (byte === QUOTE) return this.#endText();
    if (this.#depth === 1 && this.#word.length < LONGEST_WORD) {
      this.#word += String.fromCharCode(byte);
    }
  }

  #endText(): void {
    this.#isText = false;
    if (this.#depth !== 1) return;
    if (!this.#isValue) this.#key = this.#word;
    else if (this.#key === "type") this.#learnType(this.#word);
  }

  #learnType(type: string): void {
    this.#type = type;
    if (type !== "result" && type !== "system") this.#drop();
  }

  #keep(bytes: Buffer): void {
    if (!this.#isWanted) return;
    const size = this.#size + bytes.length;
    if (size > (this.#type === "system" ? LONGEST_OTHER : LONGEST_RESULT)) return this.#drop();
    if (size > this.#kept.length) {
      const larger = Buffer.alloc(Math.min(Math.max(size, 2 * this.#kept.length), LONGEST_RESULT));
      this.#kept.copy(larger, 0, 0, this.#size);
      this.#kept = larger;
    }
    bytes.copy(this.#kept, this.#size);
    this.#size = size;
  }

  /** Goes on to the end of the message without keeping it. */
  #drop(): void {
    this.#isWanted = false;
    this.#size = 0;
    if (this.#kept.length > LONGEST_OTHER) this.#kept = Buffer.alloc(0);
  }

  #forget(): void {
    this.#drop();
    this.#isWanted = true;
    this.#type = null;
    this.#key = "";
    this.#isValue = false;
    this.#isEscaped = false;
  }
}

function isOpening(byte: number): boolean {
  return byte === OPEN || byte === OPEN_LIST;
}
