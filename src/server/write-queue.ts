import { errorCode } from "../errors.ts";
import type { Books } from "../ledger/open.ts";

/** The books cannot be written for now, and nothing was: the same is to be sent again. */
export class NotWritten extends Error {}

interface Job {
  /** @returns what is told to who waits, once it is committed */
  work: () => void;
  done: () => void;
  failed: (error: unknown) => void;
  /** Milliseconds, as `performance.now()` has them. */
  since: number;
}

/** How long one transaction goes on taking jobs in, and how long others then have for theirs, in milliseconds. */
const LONGEST = 20;
const PAUSE = 4;

/** How long a job waits for another program that writes, in milliseconds. */
const PATIENCE = 5000;

/** More than that waiting, and the next ones are turned away. */
const MOST_WAITING = 10_000;

/**
 * Writes what comes in at the same time in one transaction, so that the disk is waited for once, and tells each when
 * it is committed. It never waits for the lock: somebody else's fetch stops no answer. So it has books of its own, as who
 * reads does wait, for the few milliseconds of another's commit.
 */
export class WriteQueue {
  readonly #books: Books;
  readonly #waiting: Job[] = [];
  readonly #say: Record<"begin" | "commit" | "undo" | "mark" | "keep" | "back", () => void>;
  #isDue = false;

  constructor(books: Books) {
    this.#books = books;
    books.pragma("busy_timeout = 0");
    // Made once: `transaction` would make four statements for each job.
    const said = (sql: string) => {
      const statement = books.prepare(sql);
      return () => void statement.run();
    };
    this.#say = {
      begin: said("BEGIN IMMEDIATE"),
      commit: said("COMMIT"),
      undo: said("ROLLBACK"),
      mark: said("SAVEPOINT job"),
      keep: said("RELEASE job"),
      back: said("ROLLBACK TO job"),
    };
  }

  /**
   * @returns what the work returned, once it is committed
   * @throws NotWritten when it cannot be: then nothing of it is.
   */
  async write<T>(work: (books: Books) => T): Promise<T> {
    if (this.#waiting.length >= MOST_WAITING) throw new NotWritten("too much is waiting");
    return new Promise<T>((resolve, reject) => {
      let result: { value: T } | undefined;
      this.#waiting.push({
        work: () => {
          result = { value: work(this.#books) };
        },
        done: () => {
          if (result !== undefined) resolve(result.value);
        },
        failed: reject,
        since: performance.now(),
      });
      this.#schedule(0);
    });
  }

  #schedule(delay: number): void {
    if (this.#isDue) return;
    this.#isDue = true;
    setTimeout(() => {
      this.#isDue = false;
      this.#commit();
      if (this.#waiting.length > 0) this.#schedule(PAUSE);
    }, delay);
  }

  #commit(): void {
    const begun: Job[] = [];
    try {
      this.#say.begin();
      this.#work(begun);
      this.#say.commit();
      for (const { done } of begun) done();
    } catch (error) {
      if (this.#books.inTransaction) this.#say.undo();
      this.#explain(error, begun);
    }
  }

  #work(begun: Job[]): void {
    const start = performance.now();
    for (;;) {
      const job = this.#waiting.shift();
      if (job === undefined) return;
      try {
        this.#say.mark();
        job.work();
        this.#say.keep();
        begun.push(job);
      } catch (error) {
        // What the disk refuses, it refuses all of them.
        if (isOfTheDisk(error)) {
          begun.push(job);
          throw error;
        }
        this.#say.back();
        this.#say.keep();
        job.failed(error);
      }
      if (performance.now() - start > LONGEST) return;
    }
  }

  /** Another program that writes is waited for; what the disk refuses is not written at all. */
  #explain(error: unknown, begun: readonly Job[]): void {
    if (errorCode(error)?.startsWith("SQLITE_BUSY") === true) {
      const tooLate = performance.now() - PATIENCE;
      this.#waiting.unshift(...begun);
      while (this.#waiting[0] !== undefined && this.#waiting[0].since < tooLate) {
        this.#waiting.shift()?.failed(new NotWritten("another program writes"));
      }
      return;
    }
    const why = isOfTheDisk(error) ? new NotWritten(String(error), { cause: error }) : error;
    for (const { failed } of begun) failed(why);
  }
}

function isOfTheDisk(error: unknown): boolean {
  return /^SQLITE_(BUSY|FULL|IOERR|READONLY|CANTOPEN)/.test(errorCode(error) ?? "");
}
