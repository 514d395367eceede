import { z } from "zod";
import { textOf, type UserMessage } from "../domain/message.ts";
import type { ModelRequest } from "../domain/model.ts";
import type { Route } from "../domain/route.ts";
import type { Asked, Journal, RecordedTurn } from "./journal.ts";

/** What came of asking for data; `costUsd` is all that was paid for it. */
export type AskedFor<T> = { readonly costUsd: number } & (
  | { readonly status: "answered"; readonly value: T }
  | { readonly status: "refused"; readonly reason: string }
  | { readonly status: "invalid"; readonly reason: string }
);

export interface AskForOptions {
  readonly signal: AbortSignal;
  /** The messages themselves say what is wanted, so that the request begins as others did and is read from the provider's cache. */
  readonly inWords?: true;
  /** Where each answer is kept before it is read. What is there already is not asked, and paid, again. */
  readonly journal?: ExchangeJournal;
}

export type ExchangeJournal = Pick<Journal, "recorded" | "paid" | "answered">;

/**
 * Asks for data of a schema. An answer that is not of it goes back to the model once, with what is wrong with it.
 * @param request `answer` is derived from the schema where it is not given.
 * @throws NightshiftError what the route throws; what was paid until then is in its purse.
 */
export async function askFor<T>(
  route: Route,
  request: ModelRequest,
  schema: z.ZodType<T>,
  { signal, inWords, journal }: AskForOptions,
): Promise<AskedFor<T>> {
  const answer = inWords ? undefined : (request.answer ?? { name: "answer", schema: shapeOf(schema) });
  let messages = request.messages;
  let costUsd = 0;
  let reason = "";
  let shortened: Asked["shortened"] = [];
  const ask = async (n: number): Promise<Pick<RecordedTurn, "reply" | "costUsd">> => {
    const known = journal?.recorded.find((turn) => turn.n === n);
    if (known !== undefined) return known;
    const { bytes: _, ...rest } = request;
    const whole = { ...rest, messages, ...(answer && { answer }) };
    const { reply, costUsd: paid, proposals } = await route.complete(whole, { signal });
    const asked = { request: whole, level: 0, shortened, ...(proposals && { proposals }) };
    await journal?.paid({ n, asked, reply, costUsd: paid });
    return { reply, costUsd: paid };
  };
  for (const n of [1, 2]) {
    const { reply, costUsd: paid } = await ask(n);
    costUsd += paid;
    const text = textOf(reply);
    if (reply.stopReason === "refusal") {
      return { status: "refused", reason: text || "the model gave no reason", costUsd };
    }
    const read = readAnswer(text, schema);
    if (read.success) return { status: "answered", value: read.data, costUsd };
    reason =
      reply.stopReason === "max_tokens" ? "the answer is longer than it may be, so its end is missing" : read.error;
    if (n === 2) break;
    // As text only: calls that nobody answers have no place before a user's message.
    const { echo: _echo, ...said } = reply;
    const plain = { ...said, content: reply.content.filter((part) => part.type === "text") };
    const repair = `This is not the answer that was asked for:\n${reason}\nAnswer again, with the whole JSON and nothing else.`;
    const results: UserMessage = { role: "user", text: repair };
    await journal?.answered({ n, reply, results, changed: false });
    shortened = [[messages.length, plain]];
    messages = [...messages, plain, results];
  }
  return { status: "invalid", reason, costUsd };
}

/** What a model writes, which is what the schema takes in. */
export function shapeOf(schema: z.ZodType): Readonly<Record<string, unknown>> {
  const { $schema: _, ...shape } = z.toJSONSchema(schema, { io: "input" });
  return shape;
}

type Read<T> = { readonly success: true; readonly data: T } | { readonly success: false; readonly error: string };

function readAnswer<T>(text: string, schema: z.ZodType<T>): Read<T> {
  // Models without structured output like to wrap it in a fence or a sentence, or think aloud before it.
  const said = text.replace(/^\s*<think>.*?<\/think>/s, "");
  const object = said.slice(said.indexOf("{"), said.lastIndexOf("}") + 1);
  for (const candidate of [said, object]) {
    try {
      const parsed = schema.safeParse(JSON.parse(candidate));
      return parsed.success ? parsed : { success: false, error: z.prettifyError(parsed.error) };
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  return { success: false, error: "the answer is not JSON" };
}
