import { Buffer } from "node:buffer";
import { createGunzip } from "node:zlib";
import { Readable } from "node:stream";

import { Refused } from "./refused.ts";

/** The largest body, packed or not, in bytes. */
export const LARGEST_BODY = 8 * 2 ** 20;

/**
 * The text of a request's body, unpacked where it is packed.
 * @throws Refused when it is too large, or not what it says.
 */
export async function bodyOf(request: Request): Promise<string> {
  const encoding = request.headers.get("content-encoding") ?? "identity";
  if (Number(request.headers.get("content-length") ?? 0) > LARGEST_BODY) throw tooLarge();
  if (request.body === null) return "";
  if (encoding === "identity") return textOf(request.body);
  if (encoding !== "gzip") {
    throw new Refused(415, `The body is encoded as ${encoding}; send it plain, or as gzip.`);
  }
  const gunzip = createGunzip();
  const packed = Readable.from(atMost(request.body));
  packed.on("error", (error) => gunzip.destroy(error));
  try {
    return await textOf(packed.pipe(gunzip));
  } catch (error) {
    if (error instanceof Refused) throw error;
    throw new Refused(400, "The body is no gzip, though it says so; send it whole.");
  }
}

async function textOf(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const all: Uint8Array[] = [];
  for await (const piece of atMost(pieces)) all.push(piece);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(all));
  } catch {
    throw new Refused(400, "The body is no UTF-8; send JSON as UTF-8.");
  }
}

async function* atMost(pieces: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  let bytes = 0;
  for await (const piece of pieces) {
    bytes += piece.byteLength;
    if (bytes > LARGEST_BODY) throw tooLarge();
    yield piece;
  }
}

function tooLarge(): Refused {
  return new Refused(413, "The body is larger than 8 MB; send it in parts.");
}

const PROTOBUF =
  "The body is protobuf; set OTEL_EXPORTER_OTLP_PROTOCOL=http/json where Claude Code runs.";

/**
 * The JSON of a body.
 * @throws Refused when it is none.
 */
export async function jsonOf(request: Request): Promise<unknown> {
  const type = request.headers.get("content-type") ?? "";
  // Nothing is sent where there is nothing to say.
  if (request.body === null || request.headers.get("content-length") === "0") return {};
  if (type.startsWith("application/x-protobuf")) throw new Refused(415, PROTOBUF);
  if (!/^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(type)) {
    throw new Refused(
      415,
      `The body is ${type === "" ? "of no type" : type}; send application/json.`,
    );
  }
  try {
    const json: unknown = JSON.parse(await bodyOf(request));
    return json;
  } catch (error) {
    if (error instanceof SyntaxError) throw new Refused(400, "The body is no JSON; send it whole.");
    throw error;
  }
}
