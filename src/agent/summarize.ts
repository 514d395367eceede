import type { Message } from "../domain/message.ts";
import type { ModelRequest } from "../domain/model.ts";
import type { Route } from "../domain/route.ts";
import { type ConversationSummary, conversationSummary } from "../domain/summary.ts";
import { type AskedFor, askFor, type ExchangeJournal, shapeOf } from "./ask-for.ts";
import { renderPrompt } from "./render-prompt.ts";

export interface SummaryRequest {
  /** A turn's, as far as it is to be summarised. */
  readonly request: ModelRequest;
  /** How many turns there are. */
  readonly after: number;
  /** The last turn of them that the request shows. */
  readonly shownTo: number;
  /** The last turn that the summary is to stand for. */
  readonly upTo: number;
}

export interface SummarizeOptions {
  readonly signal: AbortSignal;
  /** Told of each message that is said after the conversation, its own and the model's, as soon as it is paid. */
  readonly said?: (message: Message) => void;
}

/** @throws NightshiftError what a route throws. */
export type Summarize = (of: SummaryRequest, options: SummarizeOptions) => Promise<AskedFor<ConversationSummary>>;

/** Asks the same models, with words at the conversation's end: all before them is read from the provider's cache. */
export function summarizeBy(route: Route): Summarize {
  return async ({ request: { bytes: _, ...request } }, { signal, said = () => undefined }) => {
    const { text } = await renderPrompt("summarize", { schema: JSON.stringify(shapeOf(conversationSummary)) });
    const messages = withWords(request.messages, text);
    said({ role: "user", text });
    const journal: ExchangeJournal = {
      recorded: [],
      // What was thought is of use only where the conversation goes on from there.
      paid: async ({ reply: { echo: _echo, ...reply } }) => said(reply),
      answered: async ({ results }) => said(results),
    };
    return await askFor(route, { ...request, messages }, conversationSummary, { signal, inWords: true, journal });
  };
}

/** A last message that is not the model's or a tool's is made longer, since some servers refuse two in a row. */
function withWords(messages: readonly Message[], text: string): readonly Message[] {
  const last = messages.at(-1);
  if (last?.role !== "user") return [...messages, { role: "user", text }];
  return [...messages.slice(0, -1), { ...last, text: `${last.text}\n\n${text}` }];
}
