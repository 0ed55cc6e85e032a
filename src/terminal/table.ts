import Table from "cli-table3";

import { styled } from "./format.ts";

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
  const grid = new Table({
    colAligns: [...aligns],
    chars: { ...noLines, middle: gap },
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
  });
  grid.push(...rows.map((row) => [...row]));
  return grid
    .toString()
    .split("\n")
    .map((line) => `  ${line}`.trimEnd())
    .join("\n");
}

const noLines = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
};
