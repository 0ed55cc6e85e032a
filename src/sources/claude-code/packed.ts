import type { Call } from "../../usage.ts";

/** A call as threads send it: without the names of its fields, which would be most of its JSON. */
export type PackedCall = [
  message: Call["message"],
  request: Call["request"],
  hasRequest: Call["hasRequest"],
  at: Call["at"],
  model: Call["model"],
  inputTokens: Call["inputTokens"],
  outputTokens: Call["outputTokens"],
  cacheCreation5mTokens: Call["cacheCreation5mTokens"],
  cacheCreation1hTokens: Call["cacheCreation1hTokens"],
  cacheReadTokens: Call["cacheReadTokens"],
  branch: Call["branch"],
  clientVersion: Call["clientVersion"],
  isSidechain: Call["isSidechain"],
  webSearches: Call["webSearches"],
  speed: Call["speed"],
  serviceTier: Call["serviceTier"],
  lineCost: Call["lineCost"],
  details: Call["details"],
];

export function pack(call: Call): PackedCall {
  return [
    call.message,
    call.request,
    call.hasRequest,
    call.at,
    call.model,
    call.inputTokens,
    call.outputTokens,
    call.cacheCreation5mTokens,
    call.cacheCreation1hTokens,
    call.cacheReadTokens,
    call.branch,
    call.clientVersion,
    call.isSidechain,
    call.webSearches,
    call.speed,
    call.serviceTier,
    call.lineCost,
    call.details,
  ];
}

export function unpack(packed: PackedCall): Call {
  const [
    message,
    request,
    hasRequest,
    at,
    model,
    inputTokens,
    outputTokens,
    cacheCreation5mTokens,
    cacheCreation1hTokens,
    cacheReadTokens,
    branch,
    clientVersion,
    isSidechain,
    webSearches,
    speed,
    serviceTier,
    lineCost,
    details,
  ] = packed;
  return {
    message,
    request,
    hasRequest,
    at,
    model,
    inputTokens,
    outputTokens,
    cacheCreation5mTokens,
    cacheCreation1hTokens,
    cacheReadTokens,
    branch,
    clientVersion,
    isSidechain,
    webSearches,
    speed,
    serviceTier,
    lineCost,
    details,
  };
}
