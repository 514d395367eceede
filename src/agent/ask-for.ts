import { z } from "zod";
import { type AssistantMessage, type Message, textOf } from "../domain/message.ts";
import type { ModelRequest } from "../domain/model.ts";
import type { Route } from "../domain/route.ts";

/** What came of asking for data; `costUsd` is all that was paid for it. */
export type AskedFor<Value> = { readonly costUsd: number } & (
  | { readonly status: "answered"; readonly value: Value }
  | { readonly status: "invalid"; readonly reason: string }
);

/** An answer of a shape. One that does not fit goes back once with what is wrong. @throws NightshiftError what `Route.complete` throws. */
export async function askFor<Value>(
  route: Route,
  request: ModelRequest,
  shape: z.ZodType<Value>,
  { signal }: { readonly signal: AbortSignal },
): Promise<AskedFor<Value>> {
  const schema = JSON.stringify(z.toJSONSchema(shape, { io: "input" }));
  const system = `${request.system}\n\nAnswer with one JSON object of this JSON Schema and nothing else:\n${schema}`;
  const ask = async (messages: readonly Message[]) =>
    await route.complete({ ...request, system, messages }, { signal });

  const first = await ask(request.messages);
  const read = parse(first.reply, shape);
  if (read.ok) return { status: "answered", value: read.value, costUsd: first.costUsd };

  const wrong = `That is not an answer of this shape:\n${read.problems}\nAnswer again, with the JSON object only.`;
  const second = await ask([...request.messages, first.reply, { role: "user", text: wrong }]);
  const costUsd = first.costUsd + second.costUsd;
  const again = parse(second.reply, shape);
  return again.ok
    ? { status: "answered", value: again.value, costUsd }
    : { status: "invalid", reason: again.problems, costUsd };
}

function parse<Value>(reply: AssistantMessage, shape: z.ZodType<Value>) {
  // Some models fence it, or say a word before.
  const [json] = /\{[\s\S]*\}/.exec(textOf(reply)) ?? [""];
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return { ok: false, problems: "No JSON object was found." } as const;
  }
  const parsed = shape.safeParse(value);
  return parsed.success
    ? ({ ok: true, value: parsed.data } as const)
    : ({ ok: false, problems: z.prettifyError(parsed.error) } as const);
}
