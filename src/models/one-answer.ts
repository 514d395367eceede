import type { AssistantMessage, Usage } from "../domain/message.ts";
import type { ModelRequest } from "../domain/model.ts";
import { type ModelAddress, toModelError } from "./model-error.ts";
import { defaultIdleMs, type ModelOptions } from "./model-options.ts";
import { type Line, openLine } from "./open-line.ts";
import { reckon } from "./reckon.ts";

/** One request as a format does it. */
export interface Asking<Event> {
  readonly address: ModelAddress;
  readonly request: ModelRequest;
  readonly signal: AbortSignal;
  /** Sends the request; an answer that is not streamed comes as the events that it would have been. */
  send(line: Line): Promise<AsyncIterable<Event> | Iterable<Event>>;
  /** @throws Error when the events are not a whole answer. */
  read(events: readonly Event[]): AssistantMessage;
  /** Whether output is billed that nobody sees on the way: all of it where nothing is streamed, else thoughts that stay hidden. */
  readonly unseen: boolean;
  /** What has been used when the answer breaks off here; nothing where these events do not tell. */
  used(events: readonly Event[]): Usage | undefined;
}

/** A whole answer or an error that says what was paid: half an answer is none, so it is read only when it has all come. */
export async function oneAnswer<Event>(
  asking: Asking<Event>,
  { idleMs = defaultIdleMs }: Pick<ModelOptions, "idleMs">,
): Promise<AssistantMessage> {
  const { address, request, signal } = asking;
  const line = openLine(idleMs);
  const events: Event[] = [];
  try {
    for await (const event of await asking.send(line)) events.push(event);
    return asking.read(events);
  } catch (error) {
    // Providers bill what they have begun, whether it arrives or not.
    const heard = events.length === 0 && asking.unseen ? Infinity : line.heard();
    const used = line.mayBeBilled() ? (asking.used(events) ?? reckon(request, heard)) : undefined;
    throw toModelError(error, address, { signal, used });
  }
}
