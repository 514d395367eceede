import { z } from "zod";

/** Tokens of one model call, as the provider billed them. `input` excludes what the two cache counts hold. */
export const usage = z.object({
  input: z.number().int().nonnegative(),
  output: z.number().int().nonnegative(),
  cacheRead: z.number().int().nonnegative(),
  cacheWrite: z.number().int().nonnegative(),
  /** How much of `output` was thinking, where the provider tells. */
  reasoning: z.number().int().nonnegative().optional(),
});
export type Usage = Readonly<z.infer<typeof usage>>;

const imageTypes = ["image/png", "image/jpeg", "image/gif", "image/webp"] as const;

/** A picture that the model looks at, like a screenshot. */
const image = z.object({ mediaType: z.enum(imageTypes), base64: z.string() });
export type Image = Readonly<z.infer<typeof image>>;

const textPart = z.object({ type: z.literal("text"), text: z.string() });

/** What Nightshift itself says to a model: that it gets no further, and how, that what fails is not its concern, or which of its limits is near. */
export const noteKinds = [
  "idle",
  "malformed",
  "repeating",
  "alternating",
  "same_error",
  "no_progress",
  "known_red",
  "turns",
  "time",
  "money",
] as const;
const note = z.object({ about: z.enum(noteKinds), text: z.string() });
export type Note = Readonly<z.infer<typeof note>>;

/** They stand at the end of the text as well, of the last result's where there are results. */
const notes = z.array(note).optional();

/** A tool the model asks for. `arguments` is what it sent, not yet checked against the tool's schema. */
export const toolCall = z.object({
  type: z.literal("tool_call"),
  id: z.string(),
  name: z.string(),
  arguments: z.unknown(),
});
export type ToolCall = Readonly<z.infer<typeof toolCall>>;

export const stopReasons = ["end", "tool_calls", "max_tokens", "refusal"] as const;

export const userMessage = z.object({
  role: z.literal("user"),
  text: z.string(),
  images: z.array(image).optional(),
  notes,
});
export type UserMessage = Readonly<z.infer<typeof userMessage>>;

export const assistantMessage = z.object({
  role: z.literal("assistant"),
  content: z.array(z.discriminatedUnion("type", [textPart, toolCall])),
  stopReason: z.enum(stopReasons),
  usage,
  /** `provider/model` that answered. */
  model: z.string(),
  /** What has to go back unchanged to the provider and API that it came from, and to no other, as signed thinking has. */
  echo: z.unknown().optional(),
});
export type AssistantMessage = Readonly<z.infer<typeof assistantMessage>>;

/** What a tool said. A failure is data that the model reads, never an exception. */
export const toolResult = z.object({
  callId: z.string(),
  name: z.string(),
  text: z.string(),
  isError: z.boolean(),
  images: z.array(image).optional(),
});
export type ToolResult = Readonly<z.infer<typeof toolResult>>;

export const toolMessage = z.object({ role: z.literal("tool"), results: z.array(toolResult), notes });
export type ToolMessage = Readonly<z.infer<typeof toolMessage>>;

export const message = z.discriminatedUnion("role", [userMessage, assistantMessage, toolMessage]);
/** One entry of a conversation, the same for every provider. */
export type Message = Readonly<z.infer<typeof message>>;

export function toolCallsOf(reply: AssistantMessage): readonly ToolCall[] {
  return reply.content.filter((part) => part.type === "tool_call");
}

export function textOf(reply: AssistantMessage): string {
  return reply.content.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n");
}
