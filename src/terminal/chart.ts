import { plot } from "asciichart";

import { endOf } from "../format/width.ts";

/** A series over consecutive points, drawn with letters: the newest value is at the right end. */
export function chart(
  points: readonly { label: string; value: number }[],
  { width, height, format }: { width: number; height: number; format: (value: number) => string },
): string {
  const first = points[0];
  const last = points.at(-1);
  if (first === undefined || last === undefined) return "";
  const labels = Math.max(...points.map(({ value }) => format(value).length));
  const columns = Math.max(2, width - labels - 2);
  const series = Array.from({ length: columns }, (_, column) => {
    const index = Math.round((column / (columns - 1)) * (points.length - 1));
    return points[index]?.value ?? 0;
  });
  const drawn = plot(series, {
    height,
    offset: 2,
    min: Math.min(0, ...series),
    format: (value) => format(value).padStart(labels),
  });
  const gap = " ".repeat(Math.max(1, columns - first.label.length - last.label.length));
  return `${drawn}\n${" ".repeat(labels + 2)}${endOf(first.label, columns)}${gap}${last.label}`;
}
