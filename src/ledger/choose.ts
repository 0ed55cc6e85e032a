import type { Books } from "./open.ts";
import { pin, unpin } from "./pins.ts";
import { readingStore, subjectOf, type Subject } from "./readings.ts";
import { settler } from "./seed-tables.ts";

/**
 * Has the books show the subject's reading by this method whatever settling would say, or (null) lets
 * settling decide again.
 */
export function choose(books: Books, subject: Subject, method: string | null, at: string): void {
  const key = subjectOf(subject);
  books
    .transaction(() => {
      const readings = readingStore(books).all(key);
      const chosen = readings.find((reading) => reading.method === method);
      if (chosen === undefined) unpin(books, key);
      else pin(books, chosen, at);
      settler(books)(readings);
    })
    .immediate();
}
