import { z } from "zod";
import type { AssistantMessage, Message } from "../domain/message.ts";

/** Where an answer came from. What it wants back unchanged goes there only. */
export interface Origin {
  readonly api: "messages" | "responses" | "chat";
  readonly provider: string;
  /** Where one model cannot read what another of its provider has thought. */
  readonly model?: string;
}

const echo = z.object({ api: z.string(), provider: z.string(), model: z.string().optional(), content: z.unknown() });

export function echoOf(origin: Origin, content: unknown): { readonly echo: unknown } {
  return { echo: { ...origin, content } };
}

/** What this origin said, in the form that it wants back; nothing where somebody else said it. */
export function echoed<T>(message: AssistantMessage, origin: Origin, content: z.ZodType<T>): T | undefined {
  const of = echo.safeParse(message.echo).data;
  const isOurs = of?.api === origin.api && of.provider === origin.provider && of.model === origin.model;
  return isOurs ? content.safeParse(of.content).data : undefined;
}

/** The same conversation as if somebody else had led it. */
export function withoutEchoes(messages: readonly Message[]): readonly Message[] {
  return messages.map((message) => {
    if (message.role !== "assistant") return message;
    const { echo: _, ...plain } = message;
    return plain;
  });
}
