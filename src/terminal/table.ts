import stringWidth from "fast-string-width";

import { styled } from "../format/figures.ts";

/** A column's title and where its text leans: numbers lean right, which is the default. */
export interface Column {
  title: string;
  align?: Align;
}

type Align = "left" | "right";

/** Rows under titles, without lines, two spaces in. */
export function table(
  heads: readonly Column[],
  rows: readonly (readonly string[])[],
  stream: NodeJS.WriteStream = process.stdout,
): string {
  const titles = heads.map(({ title }) => styled("dim", title, stream));
  return columns(
    heads.map(({ align }) => align ?? "right"),
    [titles, ...rows],
  );
}

/** Rows in columns, two spaces in, with `gap` between the columns. */
export function columns(
  aligns: readonly Align[],
  rows: readonly (readonly string[])[],
  gap = "  ",
): string {
  const widths = aligns.map((_, column) =>
    rows.reduce((most, row) => Math.max(most, stringWidth(row[column] ?? "")), 0),
  );
  const padded = (text: string, column: number): string => {
    const space = " ".repeat((widths[column] ?? 0) - stringWidth(text));
    return aligns[column] === "left" ? text + space : space + text;
  };
  return rows.map((row) => `  ${row.map(padded).join(gap)}`.trimEnd()).join("\n");
}
