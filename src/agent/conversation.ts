import { NightshiftError } from "../domain/errors.ts";
import type { EventSink } from "../domain/event.ts";
import type { AssistantMessage, Message } from "../domain/message.ts";
import type { Completion, Route } from "../domain/route.ts";
import { type ChosenTurns, chooseSummary } from "./choose-summary.ts";
import type { Asked, Journal } from "./journal.ts";
import { openWindow, type WindowParts } from "./open-window.ts";
import { levelFor, roomOf } from "./room.ts";
import { type Summarize, type SummaryRequest, summarizeBy } from "./summarize.ts";
import { summaryText } from "./summary-text.ts";

export interface ConversationParts extends WindowParts {
  readonly route: Route;
  readonly tell: EventSink;
  readonly journal: Pick<Journal, "summaries" | "summarized">;
  /** Default: the route is asked. */
  readonly summarize?: Summarize;
}

export interface Conversation {
  add(reply: AssistantMessage, results: Message): void;
  /**
   * The route's answer to what the conversation's window holds. Where that comes near to what the models take, a summary of the
   * oldest turns is made first; where it is too long all the same, less of it is sent.
   * @throws NightshiftError what the route throws; `context_overflow` only when there is nothing left to drop.
   */
  ask(options: Options): Promise<Completion & { readonly asked: Asked }>;
  /** What all summaries have cost, those among them that came to nothing. */
  summariesUsd(): number;
}

type Options = { readonly signal: AbortSignal };

/** What the words that ask for a summary may have, in tokens. */
const askTokens = 1_500;
/** Of a request that was too long, or was held to be short enough and was not, so much is tried next. */
const nextTry = 0.6;
/** Of what may be asked with, about so much of the newest turns stays. */
const staying = 0.2;
/** What could not be summarised is not tried again for so many turns. */
const restTurns = 25;

/** A conversation that grows, and what of it a model is sent. */
export function openConversation(of: ConversationParts): Conversation {
  const { route, journal, tell } = of;
  // By the attempt at a summary that is under way: of several calls the last may fail when the others are paid.
  let paid = 0;
  let said: Message[] = [];
  const complete: Route["complete"] = async (...asked) => {
    const completion = await route.complete(...asked);
    paid += completion.costUsd;
    return completion;
  };
  const { summarize = summarizeBy({ ...route, complete }) } = of;
  const room = roomOf(route, of.maxOutputTokens);
  const window = openWindow({ ...of, level: Math.max(of.level, levelFor(room)) });
  // What was there at the beginning; what is made from now on is not taken up.
  const recorded = [...journal.summaries];
  let usd = 0;
  let failedAfter = Number.NEGATIVE_INFINITY;

  /** Makes room by a summary that is asked for with at most so many tokens; whether there is more room now. */
  const makeRoom = async (most: number, options: Options): Promise<boolean> => {
    if (window.turns() - failedAfter < restTurns) return false;
    for (let fits = most - askTokens; ; fits *= nextTry) {
      const chosen = chooseSummary(window.reckon(), { fits, keep: staying * most });
      if (chosen === undefined) return false;
      try {
        return await replace(chosen, options);
      } catch (error) {
        if (!isTooLong(error)) throw error;
      }
    }
  };

  const replace = async ({ shown, covered, gained }: ChosenTurns, options: Options): Promise<boolean> => {
    const [after, fromTurn, upTo] = [window.turns(), window.upTo() + 1, window.upTo() + covered];
    const { bytes: _, ...request } = window.request();
    const shownTo = window.upTo() + shown;
    const asked = await attempt(
      { request: { ...request, messages: window.beginning(shown) }, after, shownTo, upTo },
      options,
    );
    const text =
      asked.status === "answered" ? await summaryText(asked.value, { upTo, messages: window.whole(upTo) }) : "";
    const isShort = text.length / 4 < gained / 2;
    const made = asked.status === "answered" && isShort ? { upTo, summary: asked.value, text } : null;
    usd += asked.costUsd;
    // Before anything else: it is paid.
    await journal.summarized({ after, made, costUsd: asked.costUsd, asked: { shownTo, messages: said } });
    if (made === null) {
      failedAfter = after;
      const why = asked.status === "answered" ? "the summary is hardly shorter" : asked.reason;
      await tell({ type: "warned", message: `The oldest turns could not be summarised: ${why}` });
      return false;
    }
    const tokensBefore = window.tokens();
    window.summarize(upTo, text);
    const [tokensAfter, costUsd] = [window.tokens(), asked.costUsd];
    await tell({ type: "summarized", fromTurn, toTurn: upTo, tokensBefore, tokensAfter, costUsd });
    return true;
  };

  const attempt = async (of: SummaryRequest, options: Options): ReturnType<Summarize> => {
    paid = 0;
    said = [];
    try {
      return await summarize(of, { ...options, said: (message) => void said.push(message) });
    } catch (error) {
      // The work can go on without a summary where only the question for it was not taken.
      if (error instanceof NightshiftError && error.code === "model_refused") {
        return { status: "refused", reason: error.message, costUsd: paid };
      }
      usd += paid;
      // One that is too long is tried with less. What else goes wrong ends the work here, and whoever takes it up has to know of it.
      if (paid > 0 && !isTooLong(error)) {
        failedAfter = of.after;
        const asked = { shownTo: of.shownTo, messages: said };
        await journal.summarized({ after: failedAfter, made: null, costUsd: paid, asked });
      }
      throw error;
    }
  };

  return {
    add(reply, results) {
      window.add(reply, results);
      for (const { after, made, costUsd } of recorded.filter((one) => one.after === window.turns())) {
        usd += costUsd;
        if (made === null) failedAfter = after;
        else window.summarize(made.upTo, made.text);
      }
    },
    summariesUsd: () => usd,
    async ask(options) {
      while (window.tokens() > room.full && (await makeRoom(room.usable, options)));
      for (;;) {
        const request = window.request();
        try {
          const completion = await route.complete(request, options);
          const { contextTokens } = route;
          const { proposals } = completion;
          const asked = {
            ...{ request, level: window.level(), shortened: window.shortened() },
            ...(contextTokens !== undefined && { contextTokens }),
            ...(proposals !== undefined && { proposals }),
          };
          return { ...completion, asked };
        } catch (error) {
          if (!isTooLong(error)) throw error;
          // The first step costs nothing; the next ones take what is needed soon.
          const dropped = window.keepLess(1);
          if (!dropped && (await makeRoom(Math.min(room.usable, nextTry * window.tokens()), options))) continue;
          if (!dropped && !window.keepLess()) throw error;
          await tell({
            type: "warned",
            message: `${error.message} It is asked again with less of what tools said.`,
          });
        }
      }
    },
  };
}

function isTooLong(error: unknown): error is NightshiftError {
  return error instanceof NightshiftError && error.code === "context_overflow";
}
