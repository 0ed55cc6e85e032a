import { printable } from "./printable.ts";

/** Text that is HTML already. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Content = Html | string | number | readonly (Html | string)[];

/** HTML with what is put into it escaped, so that no name from a log can be more than a name. */
export function html(parts: TemplateStringsArray, ...contents: Content[]): Html {
  return new Html(String.raw({ raw: parts }, ...contents.map(htmlOf)));
}

function htmlOf(content: Content): string {
  if (content instanceof Html) return content.text;
  if (typeof content === "object") return content.map(htmlOf).join("");
  return escaped(String(content));
}

/** The text as one harmless line, for an element or a quoted attribute. */
export function escaped(text: string): string {
  return printable(text).replaceAll(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
