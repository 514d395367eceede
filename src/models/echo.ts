import { z } from "zod";
import type { AssistantMessage } from "../domain/message.ts";

/** Where an answer came from. What it wants back unchanged goes there only. */
export interface Origin {
  readonly api: "messages" | "responses" | "chat";
  readonly provider: string;
}

const echo = z.object({ api: z.string(), provider: z.string(), content: z.unknown() });

export function echoOf({ api, provider }: Origin, content: unknown): { readonly echo: unknown } {
  return { echo: { api, provider, content } };
}

/** What this origin said, in the form that it wants back; nothing where somebody else said it. */
export function echoed<T>(message: AssistantMessage, { api, provider }: Origin, content: z.ZodType<T>): T | undefined {
  const of = echo.safeParse(message.echo).data;
  return of?.api === api && of.provider === provider ? content.safeParse(of.content).data : undefined;
}
