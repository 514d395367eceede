import type { Heard } from "./heard.ts";
import type { Spoken } from "./spoken.ts";

/** One provider's format, in and out. */
export interface Wire {
  readonly name: "anthropic" | "openai" | "responses";
  /** What the provider would refuse in the headers; `undefined` when it would not. */
  refuseHeaders(headers: Headers): { readonly status: 400 | 401; readonly message: string } | undefined;
  /** @throws ZodError when the body is not what the provider takes. */
  hear(body: unknown): Heard;
  json(spoken: Spoken): unknown;
  /** The answer as server-sent events, ready to be written. */
  events(spoken: Spoken, heard: Heard): readonly string[];
  error(status: number, message: string): unknown;
  /** What stands in a stream whose answer cannot be finished, as one server-sent event. */
  errorEvent(message: string): string;
}

/** Cuts a text into at most eight, so that a stream really is one. */
export function pieces(text: string): readonly string[] {
  const size = Math.ceil(text.length / 8);
  return Array.from({ length: 8 }, (_, index) => text.slice(index * size, (index + 1) * size)).filter(
    (piece) => piece !== "",
  );
}
