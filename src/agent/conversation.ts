import { NightshiftError } from "../domain/errors.ts";
import type { EventSink } from "../domain/event.ts";
import type { Message, UserMessage } from "../domain/message.ts";
import { jsonBytes, type ModelRequest, type ToolDescription } from "../domain/model.ts";
import type { Completion, Route } from "../domain/route.ts";
import type { Asked } from "./journal.ts";
import { cutOf, keepContext, limits } from "./keep-context.ts";

export interface ConversationParts {
  readonly route: Route;
  readonly system: string;
  readonly opening: UserMessage;
  readonly tools: readonly ToolDescription[];
  readonly maxOutputTokens: number;
  /** Which of the limits on the context to begin with. */
  readonly level: number;
  readonly tell: EventSink;
}

export interface Conversation {
  add(...messages: readonly Message[]): void;
  /**
   * The route's answer to what the conversation's window holds; less of it is sent where it is too long for the model.
   * @throws NightshiftError what the route throws; `context_overflow` only when there is nothing left to drop.
   */
  ask(options: { readonly signal: AbortSignal }): Promise<Completion & { readonly asked: Asked }>;
}

/** A conversation that grows, and what of it a model is sent. */
export function openConversation(of: ConversationParts): Conversation {
  const { system, tools, maxOutputTokens } = of;
  const all: Message[] = [of.opening];
  let { level } = of;
  let [messages, cut] = [[...all], 0];
  // Counted as it grows: to write out the whole conversation before every call would take longer from turn to turn.
  let bytes = jsonBytes([system, messages, tools]);
  let noted = 0;

  const refit = () => {
    const within = limits[level] ?? limits[0];
    if (cutOf(all, within) === cut) return;
    const window = keepContext(all, within);
    [messages, cut] = [[...window.messages], window.cut];
    bytes = jsonBytes([system, messages, tools]);
  };
  /** Whether less is sent from now on. */
  const keepLess = (): boolean => {
    const before = bytes;
    while (bytes >= before && level < limits.length - 1) {
      level += 1;
      refit();
    }
    return bytes < before;
  };
  const asked = (request: ModelRequest): Asked => {
    const shortened = messages.slice(noted, cut).flatMap((message, index) => {
      const at = noted + index;
      return message === all[at] ? [] : [[at, message] as const];
    });
    noted = cut;
    return { request, level, shortened };
  };

  return {
    add(...added) {
      all.push(...added);
      messages.push(...added);
      // In the list of messages a comma stands for the two brackets.
      bytes += jsonBytes(added) - 1;
    },
    async ask(options) {
      refit();
      for (;;) {
        const request = { system, messages, tools, maxOutputTokens, bytes };
        try {
          const completion = await of.route.complete(request, options);
          return { ...completion, asked: asked(request) };
        } catch (error) {
          const tooLong = error instanceof NightshiftError && error.code === "context_overflow";
          if (!tooLong || !keepLess()) throw error;
          await of.tell({
            type: "warned",
            message: `${error.message} It is asked again with less of what tools said.`,
          });
        }
      }
    },
  };
}
