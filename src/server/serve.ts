import { thisMachine } from "../config/machine.ts";
import { readSettings } from "../config/settings.ts";
import { admitMachine } from "../fetch/this-machine.ts";
import { recordedKeeper } from "../ledger/recorded.ts";
import { readBooks, withBooks } from "../ledger/open.ts";
import { recordedPrices } from "../recorder/reckon.ts";
import { appOf } from "./app.ts";
import { listen, type Place } from "./listen.ts";
import type { Service } from "./route.ts";
import { routes } from "./routes/all.ts";
import type { Reach } from "./who-may.ts";
import { WriteQueue } from "./write-queue.ts";

export interface ServeOptions extends Place {
  reach: Reach;
  keepsContent: Service["keepsContent"];
  onRecorded: Service["onRecorded"];
  /** Is told where the server listens. */
  onListening: (url: string) => void;
  /** Is told of our own mistakes. */
  onBug: (error: unknown) => void;
  /** Ends the server: what has come in is answered first. */
  signal: AbortSignal;
}

/**
 * Serves the books until it is told to end.
 * @throws UserError when the books cannot be opened, or nothing can listen there.
 */
export async function serve(path: string, options: ServeOptions): Promise<void> {
  await withBooks(path, async (writable) => {
    const machine = thisMachine({ machine: undefined, timezone: undefined });
    const row = admitMachine(writable, machine, undefined, new Date().toISOString());
    const settings = await readSettings();
    await readBooks(path, async (books) => {
      // Who reads waits for another's commit, and no longer: nobody else is answered meanwhile.
      books.pragma("busy_timeout = 2000");
      const service: Service = {
        ...{ books, path, queue: new WriteQueue(writable), machine: row, settings },
        recorder: recordedKeeper(writable, row),
        prices: await recordedPrices(books, settings.prices),
        ...{ keepsContent: options.keepsContent, onRecorded: options.onRecorded },
      };
      await answer(service, options);
    });
  });
}

/** Answers until it is told to end. */
async function answer(service: Service, options: ServeOptions): Promise<void> {
  const app = appOf(service, routes, options);
  const listening = await listen((request) => app.fetch(request), options);
  options.onListening(listening.url);
  await new Promise<void>((resolve) => {
    if (options.signal.aborted) resolve();
    else options.signal.addEventListener("abort", () => resolve(), { once: true });
  });
  await listening.end();
}
