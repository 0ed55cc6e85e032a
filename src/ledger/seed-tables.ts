import { NO_MODEL, tokenKinds, type Cell } from "../usage.ts";
import { sumCost, sumKind, sumTokens } from "./cells.ts";
import { shown } from "./fold.ts";
import type { Books } from "./open.ts";
import { loadPins, pinKey, type Pins } from "./pins.ts";
import { meterOf, readingStore, type Reading } from "./readings.ts";
import { settle, type Candidate } from "./settle.ts";

/** A reading as settling sees it. */
function candidate(reading: Reading, pins: Pins): Candidate & { reading: Reading; cells: Cell[] } {
  const cells = shown(meterOf(reading));
  return {
    reading,
    cells,
    pinned: pins.get(pinKey(reading)) === reading.method,
    whole: reading.whole === 1,
    readAt: reading.last_read_at,
    method: reading.method,
    tokens: sumTokens(cells),
  };
}

/**
 * Settles subjects: writes the seed tables' rows of one, all of them together, and marks the reading
 * that they show.
 */
export function settler(books: Books) {
  const pins = loadPins(books);
  const writeDay = dayWriter(books);
  const writeSession = sessionWriter(books);
  const store = readingStore(books);
  /** @param changed a reading among them that is still to be written */
  return (readings: readonly Reading[], changed?: Reading): void => {
    const { reading, cells } = settle(readings.map((each) => candidate(each, pins)));
    for (const each of readings) {
      const isShown = each === reading ? 1 : 0;
      if (each === changed || each.shown !== isShown) store.write({ ...each, shown: isShown });
    }
    if (reading.kind === "day") writeDay(reading, cells);
    else writeSession(reading, cells);
  };
}

function dayWriter(books: Books) {
  const remove = books.prepare(
    "DELETE FROM daily_usage WHERE date = @date AND agent = @agent AND machine = @machine",
  );
  const daily = books.prepare(`
    INSERT INTO daily_usage VALUES (
      @date, @agent, @machine, @inputTokens, @outputTokens, @cacheCreationTokens, @cacheReadTokens,
      @totalTokens, @cost, @unpricedTokens, @modelsUsed, @fetchedAt)`);
  const model = books.prepare(`
    INSERT INTO model_breakdown VALUES (
      @date, @agent, @machine, @name, @inputTokens, @outputTokens, @cacheCreationTokens,
      @cacheReadTokens, @cost, @unpricedTokens, @fetchedAt)`);
  const project = books.prepare(`
    INSERT INTO project_usage VALUES (
      @date, @name, @agent, @machine, @inputTokens, @outputTokens, @cacheCreationTokens,
      @cacheReadTokens, @totalTokens, @cost, @unpricedTokens, @modelsUsed, @fetchedAt)`);

  const cell = books.prepare(`
    INSERT INTO usage_cell VALUES (
      @date, @agent, @machine, @project, @model, @inputTokens, @outputTokens, @cacheCreationTokens,
      @cacheReadTokens, @cost, @unpricedTokens)`);

  return (reading: Reading, cells: readonly Cell[]): void => {
    const day = {
      date: reading.subject,
      agent: reading.agent,
      machine: reading.machine,
      fetchedAt: reading.read_at,
    };
    remove.run({ date: day.date, agent: day.agent, machine: day.machine });
    daily.run({ ...day, ...figures(cells) });
    for (const [name, some] of grouped(cells, "model"))
      model.run({ ...day, name, ...figures(some) });
    for (const [name, some] of grouped(cells, "project"))
      project.run({ ...day, name, ...figures(some) });
    for (const each of cells) cell.run({ ...day, ...each });
  };
}

function sessionWriter(books: Books) {
  const session = books.prepare(`
    INSERT OR REPLACE INTO session_usage VALUES (
      @sessionId, @projectPath, @agent, @machine, @inputTokens, @outputTokens,
      @cacheCreationTokens, @cacheReadTokens, @totalTokens, @cost, @unpricedTokens,
      @firstActivity, @lastActivity, @lastActivityAt, @modelsUsed, @fetchedAt)`);

  return (reading: Reading, cells: readonly Cell[]): void =>
    void session.run({
      sessionId: reading.subject,
      projectPath: reading.project_path,
      agent: reading.agent,
      machine: reading.machine,
      firstActivity: reading.first_activity,
      lastActivity: reading.last_activity,
      lastActivityAt: reading.last_activity_at,
      fetchedAt: reading.read_at,
      ...figures(cells),
    });
}

/** The figures of a row made of these cells. */
function figures(cells: readonly Cell[]) {
  const models = new Set(cells.map((cell) => cell.model).filter((model) => model !== NO_MODEL));
  const [inputTokens, outputTokens, cacheCreationTokens, cacheReadTokens] = tokenKinds.map((kind) =>
    sumKind(cells, kind),
  );
  return {
    inputTokens,
    outputTokens,
    cacheCreationTokens,
    cacheReadTokens,
    totalTokens: sumTokens(cells),
    cost: sumCost(cells),
    unpricedTokens: sumKind(cells, "unpricedTokens"),
    modelsUsed: JSON.stringify([...models].toSorted()),
  };
}

function grouped(cells: readonly Cell[], by: "model" | "project"): Map<string, Cell[]> {
  return Map.groupBy(cells, (cell) => cell[by]);
}
