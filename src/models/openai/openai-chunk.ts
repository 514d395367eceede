import { z } from "zod";

// What is read of a chunk, as leniently as servers need it that only speak the format: whatever is absent, `null` or of
// another form where it does not matter. https://platform.openai.com/docs/api-reference/chat-streaming

const text = z.string().nullish().catch(undefined);
const count = z.number().nonnegative().nullish().catch(undefined);

const usage = z.object({
  prompt_tokens: count,
  completion_tokens: count,
  total_tokens: count,
  prompt_tokens_details: z.object({ cached_tokens: count, cache_write_tokens: count }).nullish().catch(undefined),
  completion_tokens_details: z.object({ reasoning_tokens: count }).nullish().catch(undefined),
  /** DeepSeek's. */
  prompt_cache_hit_tokens: count,
  /** Moonshot's. */
  cached_tokens: count,
});
export type WireUsage = Readonly<z.infer<typeof usage>>;

const call = z.object({
  index: z.number().nullish(),
  id: text,
  function: z
    .object({ name: text, arguments: z.union([z.string(), z.record(z.string(), z.unknown())]).nullish() })
    .nullish(),
  /** Google's: holds the signature of a thought. */
  extra_content: z.unknown().optional(),
});
export type WireCall = Readonly<z.infer<typeof call>>;

/** OpenRouter's parts of a thought; those of one index belong together. */
const detail = z.looseObject({ type: z.string(), index: z.number().nullish() });
export type WireDetail = Readonly<z.infer<typeof detail>>;

const said = z.object({
  content: z.union([z.string(), z.array(z.looseObject({ type: z.string(), text }))]).nullish(),
  refusal: text,
  reasoning_content: text,
  reasoning: text,
  reasoning_details: z.array(detail).nullish().catch(undefined),
  tool_calls: z.array(call).nullish(),
});
export type WireSaid = Readonly<z.infer<typeof said>>;

const chunk = z.object({
  model: text,
  choices: z
    .array(
      z.object({
        delta: said.nullish(),
        /** Instead of a delta, where the answer is not streamed. */
        message: said.nullish(),
        finish_reason: text,
        usage: usage.nullish().catch(undefined),
        error: z.unknown().optional(),
      }),
    )
    .nullish(),
  usage: usage.nullish().catch(undefined),
  /** Groq's older place for the usage. */
  x_groq: z.object({ usage: usage.nullish() }).nullish().catch(undefined),
  error: z.unknown().optional(),
});
export type WireChunk = Readonly<z.infer<typeof chunk>>;

export function parseChunk(of: unknown): WireChunk {
  return chunk.parse(of);
}

/** For what has to be said of an answer that is broken anyway. */
export function tryParseChunk(of: unknown): readonly WireChunk[] {
  const parsed = chunk.safeParse(of);
  return parsed.success ? [parsed.data] : [];
}
