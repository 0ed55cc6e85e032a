/**
 * Chance that repeats: the same seeds give the same choices on every machine. xoshiro128**, in
 * 32-bit integers only, because `Math.pow` and its kin may differ from one engine to the next.
 */
export class Dice {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  /** Any list of whole numbers, such as seed, day and session, has dice of its own. */
  constructor(...seeds: number[]) {
    let state = 0x9e3779b9;
    const scramble = (): number => {
      state = (state + 0x6d2b79f5) | 0;
      const half = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
      return Math.imul(half ^ (half >>> 15), 0x735a2d97);
    };
    for (const seed of seeds) state = scramble() ^ seed;
    [this.#a, this.#b, this.#c, this.#d] = [scramble(), scramble(), scramble(), scramble()];
  }

  /** A whole number from 0 to 2^32 - 1. */
  next(): number {
    const product = Math.imul(this.#b, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9);
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = (this.#d << 11) | (this.#d >>> 21);
    return result >>> 0;
  }

  /** At least 0, less than 1. */
  fraction(): number {
    return this.next() / 2 ** 32;
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  /** A whole number, both ends included. */
  between(low: number, high: number): number {
    return low + Math.floor(this.fraction() * (high - low + 1));
  }

  /** A whole number, both ends included: often near the low end, seldom near the high one. */
  mostly(low: number, high: number): number {
    const fraction = this.fraction();
    return low + Math.floor(fraction * fraction * fraction * (high - low + 1));
  }

  pick<Item>(items: readonly [Item, ...Item[]]): Item {
    return items[this.between(0, items.length - 1)] ?? items[0];
  }

  /** Eight hexadecimal digits. */
  hex(): string {
    return this.next().toString(16).padStart(8, "0");
  }

  uuid(): string {
    const [a, b] = [this.hex(), this.hex()];
    const middle = `${a.slice(4)}-4${b.slice(5)}-a${a.slice(1, 4)}`;
    return `${this.hex()}-${middle}-${b.slice(0, 4)}${this.hex()}`;
  }

  /** Letters and digits as in the ids of messages and requests. */
  code(length: number): string {
    let code = "";
    while (code.length < length) {
      // One throw is enough for five signs: 58 ** 5 < 2 ** 32.
      for (let sign = 0, rest = this.next(); sign < 5; sign++, rest = Math.floor(rest / 58)) {
        code += SIGNS.charAt(rest % 58);
      }
    }
    return code.slice(0, length);
  }
}

const SIGNS = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
