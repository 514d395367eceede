import { NightshiftError } from "../domain/errors.ts";
import { type AssistantMessage, type Message, textOf } from "../domain/message.ts";
import type { Model, ModelRequest } from "../domain/model.ts";
import { quoteUntrusted } from "../domain/quote-untrusted.ts";
import type { Route } from "../domain/route.ts";
import type { Outcome } from "./ask-model.ts";
import { asker, isOneModels, namesOf, type RouteParts, routeOf } from "./route.ts";

export interface EnsembleParts extends RouteParts {
  /** Two or more, asked at the same time. */
  readonly proposers: readonly Model[];
  /** Whom requests with tools go to. */
  readonly alone: RouteParts["models"];
  /** Words that ask for one answer out of these. */
  readonly reconcile: (proposals: { readonly count: string; readonly proposals: string }) => Promise<string>;
}

const maxProposalChars = 100_000;

/**
 * Several models propose, and the first of `models` that answers makes one answer of it; what all of them cost is in the one
 * Completion. Who fails to propose, or finds no money left, is left out, as long as one is left. A request that offers tools goes
 * to `alone`: proposals that call tools cannot be reconciled.
 */
export function ensembleOf(parts: EnsembleParts): Route {
  const { proposers, reconcile, models } = parts;
  const alone = routeOf({ ...parts, models: parts.alone });
  const propose = proposers.map((model) => asker({ ...parts, models: [model] }));
  const answer = asker(parts);
  return {
    models: namesOf(models),
    // Conversations that grow have tools.
    ...(alone.contextTokens !== undefined && { contextTokens: alone.contextTokens }),
    async complete(request, { signal }) {
      if (request.tools.length > 0) return await alone.complete(request, { signal });
      const proposed = await allOf(propose.map((ask) => ask(request, signal)));
      const replies = proposed.flatMap(({ reply }) => (reply === undefined ? [] : [reply]));
      if (replies.length === 0) throw proposed.find(({ error }) => error !== undefined)?.error;

      const asked = await reconcile({ count: String(replies.length), proposals: quoted(replies) });
      const outcome = await answer(withWords(request, asked), signal);
      if (outcome.reply === undefined) throw outcome.error;
      const paid = proposed.reduce((sum, { costUsd }) => sum + costUsd, outcome.costUsd);
      return { reply: outcome.reply, costUsd: paid, proposals: replies };
    },
  };
}

/** All have come to their end, so that none goes on spending, before what must not go on is thrown. */
async function allOf(asked: readonly Promise<Outcome>[]): Promise<readonly Outcome[]> {
  const settled = await Promise.allSettled(asked);
  const outcomes = settled.map((one): Outcome => {
    if (one.status === "fulfilled") return one.value;
    // What the others said is paid, and not thrown away.
    if (isOnesOwn(one.reason)) return { error: one.reason, costUsd: 0 };
    throw one.reason;
  });
  const final = outcomes.find(({ error }) => error !== undefined && !isOnesOwn(error));
  if (final !== undefined) throw final.error;
  return outcomes;
}

function isOnesOwn(error: unknown): boolean {
  return isOneModels(error) || (error instanceof NightshiftError && error.code === "budget_exhausted");
}

function quoted(replies: readonly AssistantMessage[]): string {
  return replies
    .map((reply, index) => quoteUntrusted(`proposal ${index + 1}`, textOf(reply), maxProposalChars))
    .join("\n\n");
}

/** With words at its end; a person's last message is made longer, since two in a row are refused by some servers. */
function withWords({ bytes: _, ...request }: ModelRequest, text: string): ModelRequest {
  const last = request.messages.at(-1);
  const messages: readonly Message[] =
    last?.role === "user"
      ? [...request.messages.slice(0, -1), { ...last, text: `${last.text}\n\n${text}` }]
      : [...request.messages, { role: "user", text }];
  return { ...request, messages };
}
