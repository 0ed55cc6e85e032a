import { hash } from "node:crypto";

/**
 * 52 bits of a text's SHA-256, which SQLite and JavaScript both hold exactly. Two of them make an
 * identity of 104 bits.
 */
export function hash52(text: string): number {
  // As a string of bytes it takes a quarter of the time of a Buffer.
  const bytes = hash("sha256", text, "binary");
  let value = bytes.charCodeAt(0) & 0x0f;
  for (let index = 1; index < 7; index++) value = value * 256 + bytes.charCodeAt(index);
  return value;
}
