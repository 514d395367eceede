import type { Usage } from "../domain/message.ts";
import type { ModelRequest } from "../domain/model.ts";

/** What a call came to where nobody told: four bytes a token, and no more output than was allowed. Infinite bytes stand for an answer that nobody saw. */
export function reckon(request: ModelRequest, answerBytes: number): Usage {
  // A picture's bytes are not what it costs.
  const text = JSON.stringify([request.system, request.messages, request.tools], (key, value: unknown) =>
    key === "base64" ? "" : value,
  );
  return {
    input: Math.ceil(Buffer.byteLength(text) / 4),
    output: outputTokens(request, answerBytes),
    cacheRead: 0,
    cacheWrite: 0,
  };
}

export function outputTokens(request: ModelRequest, answerBytes: number): number {
  return Math.min(Math.ceil(answerBytes / 4), request.maxOutputTokens);
}
