import type { Usage } from "../../domain/message.ts";
import type { WireChunk, WireUsage } from "./openai-chunk.ts";

/** The newest counts that a stream told, wherever its server puts them. */
export function toldUsage(chunks: readonly WireChunk[]): WireUsage | undefined {
  return (
    chunks
      .flatMap((chunk) => [chunk.usage, chunk.x_groq?.usage, ...(chunk.choices ?? []).map((choice) => choice.usage)])
      .findLast((usage) => usage != null && ((usage.prompt_tokens ?? 0) > 0 || (usage.completion_tokens ?? 0) > 0)) ??
    undefined
  );
}

/** `prompt_tokens` holds what was read from and written to the cache; our `input` does not. */
export function usageOf(told: WireUsage): Usage {
  const details = told.prompt_tokens_details;
  const prompt = told.prompt_tokens ?? 0;
  const cacheRead = details?.cached_tokens ?? told.prompt_cache_hit_tokens ?? told.cached_tokens ?? 0;
  const cacheWrite = details?.cache_write_tokens ?? 0;
  const reasoning = told.completion_tokens_details?.reasoning_tokens ?? undefined;
  const completion = told.completion_tokens ?? 0;
  return {
    input: Math.max(0, prompt - cacheRead - cacheWrite),
    // Google and xAI bill thoughts as output, but count them only in the total; others beside the completion.
    output: Math.max(
      completion,
      (told.total_tokens ?? 0) - prompt,
      reasoning !== undefined && reasoning > completion ? completion + reasoning : 0,
    ),
    cacheRead,
    cacheWrite,
    ...(reasoning !== undefined && { reasoning }),
  };
}
