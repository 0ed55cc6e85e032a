import { counted } from "../format/figures.ts";

/** Takes what a terminal with so many rows has room for, and says how much was left out. */
export type Fit = (text: string, rows: number) => string;

/** The top, where the most telling is. */
export const fitTop: Fit = (text, rows) => {
  const lines = text.split("\n");
  if (lines.length <= rows) return text;
  const kept = lines.slice(0, Math.max(1, rows - 1));
  return [...kept, more(lines.length - kept.length)].join("\n");
};

/** Of a table with the latest row last: the titles, that row and as many as fit before it. */
export const fitLatest: Fit = (text, rows) => {
  const lines = text.split("\n");
  if (lines.length <= rows) return text;
  const room = Math.max(1, rows - 2);
  const table = lines.indexOf("");
  const hasRoomForNotes = lines.length - table < room;
  const below = lines.slice(1, hasRoomForNotes ? undefined : table);
  const kept = below.slice(-room);
  return [lines[0], more(lines.length - 1 - kept.length), ...kept].join("\n");
};

function more(lines: number): string {
  return `… ${counted(lines, "line")} more`;
}
