/** How long a server asks to be left alone, in ms: by its headers, else by its words. */
export function retryAfterMs(headers: Headers | undefined, words: string, now: Date): number | undefined {
  const ms = Number.parseFloat(headers?.get("retry-after-ms") ?? "");
  if (ms >= 0) return ms;
  const after = headers?.get("retry-after") ?? "";
  if (/^\s*\d+(\.\d+)?\s*$/.test(after)) return Number(after) * 1000;
  const date = Date.parse(after);
  if (!Number.isNaN(date)) return Math.max(0, date - now.getTime());
  // OpenAI, Groq and Google write it into the sentence as well, Google nowhere else.
  const said = /(?:try again|retry) in (?:(\d+)m)?(\d+(?:\.\d+)?)(ms|s)\b/i.exec(words);
  if (!said) return undefined;
  return Number(said[1] ?? 0) * 60_000 + Math.ceil(Number(said[2]) * (said[3] === "ms" ? 1 : 1000));
}
