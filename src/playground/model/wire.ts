import type { Heard } from "./heard.ts";
import type { Spoken } from "./spoken.ts";

/** One provider's format, in and out. */
export interface Wire {
  readonly name: "anthropic" | "openai";
  /** What the provider would refuse in the headers; `undefined` when it would not. */
  refuseHeaders(headers: Headers): { readonly status: 400 | 401; readonly message: string } | undefined;
  /** @throws ZodError when the body is not what the provider takes. */
  hear(body: unknown): Heard;
  json(spoken: Spoken): unknown;
  /** The answer as server-sent events, ready to be written. */
  events(spoken: Spoken, heard: Heard): readonly string[];
  error(status: number, message: string): unknown;
}

/** Cuts a text in two, so that a stream really is one. */
export function halves(text: string): readonly string[] {
  const middle = Math.ceil(text.length / 2);
  return [text.slice(0, middle), text.slice(middle)].filter((part) => part !== "");
}
