/** Keys and tokens as providers and this program make them, and what stands behind "Bearer". */
const SECRETS =
  /\b(?:sk-[\w-]{8,}|ccb_[0-9a-f]{12}_[\w-]+|AIza[\w-]{20,})|(?<=\bBearer\s+)[\w.~+/=-]{8,}/g;

/** A text without the keys and tokens that errors sometimes quote. */
export function withoutSecrets(text: string): string {
  return text.replaceAll(SECRETS, "…");
}
