import { z } from "zod";
import { strictFormat } from "./closed-schema.ts";
import type { Heard, HeardEntry } from "./heard.ts";

const textPart = z.object({ type: z.literal("input_text"), text: z.string() });
const imagePart = z.object({
  type: z.literal("input_image"),
  detail: z.enum(["auto", "low", "high"]),
  image_url: z.string().regex(/^data:image\/\w+;base64,[\w+/]+=*$/),
});
const content = z.union([z.string(), z.array(z.discriminatedUnion("type", [textPart, imagePart]))]);

const message = z.discriminatedUnion("role", [
  z.object({ type: z.literal("message").default("message"), role: z.literal("user"), content }),
  z.object({
    type: z.literal("message").default("message"),
    role: z.literal("assistant"),
    content: z.string().min(1),
    phase: z.string().optional(),
  }),
]);
const item = z.union([
  z.discriminatedUnion("type", [
    // What is not stored there can only be read from what it says itself.
    z.object({
      type: z.literal("reasoning"),
      id: z.string(),
      summary: z.array(z.unknown()),
      encrypted_content: z.base64().min(1),
    }),
    z.object({ type: z.literal("function_call"), call_id: z.string(), name: z.string(), arguments: z.string() }),
    z.object({ type: z.literal("function_call_output"), call_id: z.string(), output: content }),
  ]),
  message,
]);
type Item = z.infer<typeof item>;

const request = z.object({
  model: z.string(),
  store: z.literal(false),
  include: z.array(z.string()).optional(),
  instructions: z.string().default(""),
  input: z.array(item).min(1),
  tools: z
    .array(
      z.object({
        type: z.literal("function"),
        name: z.string(),
        parameters: z.looseObject({ type: z.literal("object") }),
        // Left out it means true here, which ordinary schemas do not stand.
        strict: z.literal(false),
      }),
    )
    .default([]),
  tool_choice: z.union([z.literal("required"), z.object({ type: z.literal("function"), name: z.string() })]).optional(),
  text: z.object({ format: strictFormat.and(z.object({ type: z.literal("json_schema") })).optional() }).optional(),
  reasoning: z.object({ effort: z.enum(["low", "medium", "high"]) }).optional(),
  max_output_tokens: z.number().int().min(16).optional(),
  prompt_cache_key: z.string().max(64).optional(),
  stream: z.boolean().default(false),
});

/** @throws ZodError when the body is not what the Responses API takes. */
export function hearResponses(body: unknown): Heard {
  const heard = request.parse(body);
  return {
    model: heard.model,
    system: heard.instructions,
    entries: entriesOf(heard.input),
    tools: heard.tools.map((tool) => tool.name),
    forced: typeof heard.tool_choice === "object" ? heard.tool_choice.name : heard.tool_choice && "any",
    stream: heard.stream,
    caches: true,
    streamsUsage: true,
  };
}

/** Items of the model that follow each other are one answer, and so are the results that follow it. */
function entriesOf(items: readonly Item[]): readonly HeardEntry[] {
  const entries: HeardEntry[] = [];
  for (const of of items) {
    const entry = entryOf(of);
    const before = entries.at(-1);
    if (before?.role === entry.role && entry.role !== "user") {
      entries[entries.length - 1] = {
        role: entry.role,
        text: [before.text, entry.text].filter((text) => text !== "").join("\n"),
        calls: [...before.calls, ...entry.calls],
        images: before.images + entry.images,
      };
    } else {
      entries.push(entry);
    }
  }
  return entries;
}

function entryOf(of: Item): HeardEntry {
  switch (of.type) {
    case "message":
      return of.role === "user"
        ? { role: "user", text: plain(of.content), calls: [], images: picturesIn(of.content) }
        : { role: "assistant", text: of.content, calls: [], images: 0 };
    case "reasoning":
      return { role: "assistant", text: "", calls: [], images: 0 };
    case "function_call":
      return { role: "assistant", text: `${of.name} ${of.arguments}`, calls: [of.call_id], images: 0 };
    case "function_call_output":
      return { role: "tool", text: plain(of.output), calls: [of.call_id], images: picturesIn(of.output) };
    default:
      return of satisfies never;
  }
}

function plain(of: z.infer<typeof content>): string {
  return typeof of === "string" ? of : of.map((part) => (part.type === "input_text" ? part.text : "")).join("\n");
}

function picturesIn(of: z.infer<typeof content>): number {
  return typeof of === "string" ? 0 : of.filter((part) => part.type === "input_image").length;
}
