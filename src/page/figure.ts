import type { Chart } from "./chart.ts";

/** A chart with all that stands beside it. */
export interface Figure {
  /** Its name within the page. */
  id: string;
  title: string;
  /** What each colour means; none where there is only one, and it means what the title says. */
  legend: { name: string; colour: string; isLine?: true }[];
  /** What the picture shows, in sentences. */
  summary: string;
  /** For a screen, and for a telephone. */
  wide: Drawing;
  narrow: Drawing;
  figures: FigureTable;
  /** Half as wide as the page, beside another. */
  isHalf: boolean;
}

/** A chart, and what is drawn in it in which unit. */
export interface Drawing extends Chart {
  unit: string;
}

/** The figures behind a chart. */
export interface FigureTable {
  /** What the rows are: "Figures by month". */
  title: string;
  /** A column of words comes first; `words` says how many of them there are. */
  words: number;
  heads: string[];
  rows: string[][];
}

/** How wide charts are drawn, in pixels. */
export const WIDE = 1006;
export const HALF = 464;
export const NARROW = 340;
