import { z } from "zod";
import { type AssistantMessage, assistantMessage, message, type ToolMessage, type UserMessage } from "./message.ts";
import type { RecordedSummary } from "./summary.ts";

/** The file in `prompts/` that a text was made from, its SHA-256, and what was filled in. */
const promptSource = z.object({ name: z.string(), hash: z.string(), values: z.record(z.string(), z.string()) });

/** A text for a model: what its sources say, one after the other. Without sources no file stands behind it. */
export interface Prompt {
  readonly text: string;
  readonly sources: readonly Readonly<z.infer<typeof promptSource>>[];
}

export function joinPrompts(prompts: readonly Prompt[]): Prompt {
  return { text: prompts.map(({ text }) => text).join("\n\n"), sources: prompts.flatMap(({ sources }) => sources) };
}

/** What every request of a conversation begins with. Redacted. */
export const conversationHead = z.object({
  system: z.string(),
  tools: z.array(
    z.object({ name: z.string(), description: z.string(), parameters: z.record(z.string(), z.unknown()) }),
  ),
  models: z.array(z.string()),
  maxOutputTokens: z.number(),
  /** The form of the answer, where that was to be data. */
  answer: z.object({ name: z.string(), schema: z.record(z.string(), z.unknown()) }).optional(),
  /** What the models take, where that is known. */
  contextTokens: z.number().optional(),
  prompts: z.object({ system: z.array(promptSource), opening: z.array(promptSource) }),
});
export type ConversationHead = Readonly<z.infer<typeof conversationHead>>;

/** What a turn was asked with, besides the conversation. */
export const askedWith = z.object({
  /** Names the artifact that is the conversation's head. */
  head: z.string(),
  level: z.number().int().nonnegative(),
  /** Messages that were sent in a shorter form from this turn on, by their place. */
  shortened: z.array(z.tuple([z.number().int().nonnegative(), message])),
  /** How long the agent had worked when it was answered, in ms. */
  timeMs: z.number().int().nonnegative().optional(),
  /** What several models had proposed, out of which one made the answer. */
  proposals: z.array(assistantMessage).optional(),
});
export type AskedWith = Readonly<z.infer<typeof askedWith>>;

export interface RecordedExchange {
  readonly n: number;
  readonly head: ConversationHead;
  readonly asked: AskedWith;
  readonly reply: AssistantMessage;
  /** `undefined` where the tools had not answered when the work ended. */
  readonly results: ToolMessage | UserMessage | undefined;
  readonly costUsd: number;
}

/** One agent's conversation, as it was. */
export interface RecordedConversation {
  readonly step: string;
  readonly opening: UserMessage;
  readonly turns: readonly RecordedExchange[];
  /** What was tried to replace the oldest turns, in its order; nothing in most. */
  readonly summaries?: readonly RecordedSummary[];
}
