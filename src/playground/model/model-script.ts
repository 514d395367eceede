import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { z } from "zod";
import { NightshiftError } from "../../domain/errors.ts";
import { stopReasons } from "../../domain/message.ts";

const times = z.number().int().positive().default(1).describe("How many requests for this turn meet the fault");

const fault = z.union([
  z
    .strictObject({
      status: z.number().int().min(400).max(599),
      times,
      retry_after: z.union([z.number().nonnegative(), z.string()]).optional().describe("Seconds, or an HTTP date"),
      retry_after_ms: z.number().nonnegative().optional(),
      message: z.string().optional(),
      if_includes: z.string().optional().describe("Only requests that hold this text"),
      body: z.unknown().optional().describe("The whole body instead of the provider's usual one"),
    })
    .describe("Refuse the request"),
  z
    .strictObject({ cut: z.enum(["mid_stream", "early_end", "stall"]), times })
    .describe("Half of the answer, then a dropped connection, an end as if that were all, or silence"),
  z
    .strictObject({ stream_error: z.string(), times })
    .describe("Half of the answer, then the error that the provider tells inside a stream; else a status of 503"),
  z.strictObject({ delay_ms: z.number().int().positive(), times }).describe("Answer late"),
]);
export type Fault = Readonly<z.infer<typeof fault>>;

const expectation = z.strictObject({
  system_includes: z.array(z.string()).default([]),
  /** Matched against the text of what came since the model's last answer. */
  last_includes: z.array(z.string()).default([]),
  last_images: z.number().int().nonnegative().optional(),
  conversation_includes: z.array(z.string()).default([]),
  /** Tools that must be offered; others may be. */
  tools: z.array(z.string()).default([]),
});
export type Expectation = Readonly<z.infer<typeof expectation>>;

const reply = z
  .strictObject({
    text: z.string().min(1).optional(),
    answer: z.unknown().optional().describe("Data, given as text or as the arguments of the tool that was forced"),
    thinking: z.string().min(1).optional().describe("Comes before the text; encrypted in OpenAI's Responses format"),
    tool_calls: z
      .array(
        z.strictObject({
          name: z.string().min(1),
          /** A string is sent as it is: that is how a script makes a model write broken JSON. */
          arguments: z.union([z.record(z.string(), z.unknown()), z.string()]).default({}),
        }),
      )
      .default([]),
    stop_reason: z.enum(stopReasons).optional().describe("Default: tool_calls where there are any, else end"),
    usage: z
      .strictObject({
        input: z.number().int().nonnegative(),
        output: z.number().int().nonnegative(),
        cache_read: z.number().int().nonnegative().default(0),
        cache_write: z.number().int().nonnegative().default(0),
        reasoning: z.number().int().nonnegative().optional(),
      })
      .optional()
      .describe("Default: estimated from the sizes"),
  })
  .refine(
    (of) => of.text !== undefined || of.answer !== undefined || of.tool_calls.length > 0,
    "a reply needs `text` or `tool_calls` or an `answer`",
  );
export type Reply = Readonly<z.infer<typeof reply>>;

const turn = z.strictObject({ expect: expectation.prefault({}), fault: fault.optional(), reply });
export type Turn = Readonly<z.infer<typeof turn>>;
/** A turn as people write it. */
export type TurnScript = z.input<typeof turn>;

const turns = z.array(turn).min(1);

const conversation = z.strictObject({
  when: z
    .strictObject({
      system_includes: z.array(z.string()).default([]),
      /** Matched against the text of the first user message. */
      first_includes: z.array(z.string()).default([]),
      /** Matched against the text of all later messages that are not the model's. */
      later_includes: z.array(z.string()).default([]),
    })
    .prefault({}),
  after: z
    .number()
    .int()
    .nonnegative()
    .default(0)
    .describe("How many answers a request for the first of the turns holds"),
  turns,
});

/**
 * What a scripted model says, as people write it: `turns`, or several `conversations` of which the first whose
 * `when` matches is played.
 */
export const modelScript = z
  .strictObject({ turns: turns.optional(), conversations: z.array(conversation).min(1).optional() })
  .refine((of) => (of.turns === undefined) !== (of.conversations === undefined), "needs `turns` or `conversations`")
  .transform((of) => ({ conversations: of.conversations ?? [conversation.parse({ turns: of.turns })] }));
export type ModelScript = z.input<typeof modelScript>;

/**
 * Reads a script from a YAML file.
 * @throws NightshiftError `bad_input` when it cannot be read or is not a script.
 */
export async function loadModelScript(path: string): Promise<ModelScript> {
  try {
    return modelScript.parse(parse(await readFile(path, "utf8")));
  } catch (cause) {
    const why = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause);
    throw new NightshiftError("bad_input", `${path} is not a model script: ${why}`, { cause });
  }
}
