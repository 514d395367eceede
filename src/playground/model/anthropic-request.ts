import { z } from "zod";
import { closedSchema } from "./closed-schema.ts";

const cacheControl = z.object({ type: z.literal("ephemeral") }).optional();
// The real API refuses empty text blocks, so an adapter that sends one has to fail here as well.
const textBlock = z.object({ type: z.literal("text"), text: z.string().min(1), cache_control: cacheControl });
const image = z.object({
  type: z.literal("image"),
  source: z.object({ type: z.literal("base64"), media_type: z.string().startsWith("image/"), data: z.base64().min(1) }),
  cache_control: cacheControl,
});
const toolUse = z.object({
  type: z.literal("tool_use"),
  id: z.string().regex(/^[\w-]+$/),
  name: z.string(),
  input: z.record(z.string(), z.unknown()),
  cache_control: cacheControl,
});
const toolResult = z.object({
  type: z.literal("tool_result"),
  tool_use_id: z.string(),
  content: z.union([z.string(), z.array(z.discriminatedUnion("type", [textBlock, image]))]).default(""),
  is_error: z.boolean().default(false),
  cache_control: cacheControl,
});
const thinking = z.object({ type: z.literal("thinking"), thinking: z.string(), signature: z.string().min(1) });
const block = z.discriminatedUnion("type", [textBlock, image, thinking, toolUse, toolResult]);
export type Block = z.infer<typeof block>;

/** What the Messages API takes. */
export const anthropicRequest = z
  .object({
    model: z.string(),
    max_tokens: z.number().int().positive(),
    thinking: z
      .discriminatedUnion("type", [
        z.object({ type: z.literal("adaptive") }),
        z.object({ type: z.literal("enabled"), budget_tokens: z.number().int().min(1024) }),
      ])
      .optional(),
    output_config: z
      .strictObject({
        effort: z.enum(["low", "medium", "high"]).optional(),
        format: z.strictObject({ type: z.literal("json_schema"), schema: closedSchema }).optional(),
      })
      .optional(),
    tool_choice: z
      .discriminatedUnion("type", [
        z.object({ type: z.literal("any") }),
        z.object({ type: z.literal("tool"), name: z.string() }),
      ])
      .optional(),
    system: z.union([z.string(), z.array(textBlock)]).default(""),
    messages: z
      .array(
        z.object({
          role: z.enum(["user", "assistant"]),
          content: z.union([z.string().min(1), z.array(block).min(1)]),
        }),
      )
      .min(1),
    tools: z
      .array(
        z.object({
          name: z.string(),
          description: z.string().optional(),
          input_schema: z.looseObject({ type: z.literal("object") }),
          cache_control: cacheControl,
        }),
      )
      .default([]),
    stream: z.boolean().default(false),
  })
  .refine((of) => !(of.thinking && of.tool_choice), "thinking may not be enabled when tool_choice forces tool use")
  .refine(
    ({ thinking: of, max_tokens }) => of?.type !== "enabled" || of.budget_tokens < max_tokens,
    "max_tokens must be greater than thinking.budget_tokens",
  );
