import stringWidth from "fast-string-width";

/** Text of at most `width` columns, the end kept: the end of a path says the most. */
export function endOf(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  const letters = [...text];
  while (stringWidth(letters.join("")) >= width) letters.shift();
  return `…${letters.join("")}`;
}

/** Text of at most `width` columns, the beginning kept. */
export function beginningOf(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  const letters = [...text];
  while (stringWidth(letters.join("")) >= width) letters.pop();
  return `${letters.join("")}…`;
}

/** Text broken between words into lines of at most `width` columns; a longer word keeps its line. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const line = `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && stringWidth(line) <= width) lines[lines.length - 1] = line;
    else lines.push(word);
  }
  return lines;
}
