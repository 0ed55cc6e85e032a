import stringWidth from "string-width";

/** Text of at most `width` columns, the end kept: the end of a path says the most. */
export function endOf(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  const letters = [...text];
  while (stringWidth(letters.join("")) >= width) letters.shift();
  return `…${letters.join("")}`;
}
