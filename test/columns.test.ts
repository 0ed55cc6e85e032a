import Database from "better-sqlite3";
import { expect, test } from "vitest";

import { migrate } from "../src/ledger/migrate.ts";
import { columns } from "../src/readers/columns.ts";
import { questions as tableQuestions, tables, type TableColumn } from "../src/readers/tables.ts";
import { questions } from "./support/questions.ts";

const books = new Database(":memory:");
migrate(books, ":memory:");

test("each question has the columns that its readers' types are held to", () => {
  const given = questions.map(({ file, sql }) => [
    file.replace(/ of a \w+$/, ""),
    books
      .prepare(sql)
      .columns()
      .map(({ name }) => name),
  ]);
  expect(columns).toEqual(Object.fromEntries(given));
});

const tableOf = new Map<string, { columns: readonly TableColumn[] }>(Object.entries(tables));

test.for(Object.entries(tableQuestions))(
  "the table %s has its columns from its question",
  ([name, { file, keys }]) => {
    const table = tableOf.get(name)?.columns ?? [];
    const own = table
      .slice(keys.length)
      .flatMap((column) =>
        column.kind === "cost" ? [column.name, column.unpriced] : [column.name],
      );
    expect(columns[file]).toEqual(expect.arrayContaining([...keys, ...own]));
  },
);
