import { Document, parse, stringify, visit } from "yaml";
import { type AssistantMessage, textOf, toolCallsOf } from "../../domain/message.ts";
import type { RecordedConversation } from "../../domain/recording.ts";
import { type Redact, redactedJson } from "../../domain/redact.ts";
import type { ModelScript, TurnScript } from "./model-script.ts";

/**
 * Recorded conversations as a script: the model says again what it said, and is to be offered the tools that it called. Thinking is
 * left out, since it belongs to one provider. Secrets are taken out.
 */
export function scriptOf(conversations: readonly RecordedConversation[], redact: Redact): ModelScript {
  const asked = conversations.filter(({ turns }) => turns.length > 0);
  const scripts = asked.flatMap((conversation) => {
    const own = ownLines(conversation, asked, redact);
    return partsOf(conversation, redact).map(({ begins, turns }) => ({
      when: { first_includes: [...own, ...begins] },
      turns,
    }));
  });
  const [only, ...others] = scripts;
  return only !== undefined && others.length === 0 ? { turns: only.turns } : { conversations: scripts };
}

/** A script as a file's text; the same script when it is read. */
export function scriptText(script: ModelScript): string {
  const document = new Document(script);
  visit(document, {
    Scalar(_, scalar) {
      if (typeof scalar.value === "string" && !isPlain(scalar.value)) scalar.type = "QUOTE_DOUBLE";
    },
  });
  return document.toString(unfolded);
}

// Long lines are not folded: not every text comes back from that as it was.
const unfolded = { lineWidth: 0 } as const;

/** Whether it comes back from the form that is best to read; a block of text loses the spaces of lines that hold nothing else. */
function isPlain(text: string): boolean {
  return !/(^|\n)[ \t]+(\r|\n|$)/.test(text) && parse(stringify([[text]], unfolded))[0][0] === text;
}

/**
 * The turns of a conversation, and from each summary on those that it holds then, the last part first: the first whose words are found
 * is played, and the turn follows from how many answers are left in the request.
 */
function partsOf({ turns, summaries = [] }: RecordedConversation, redact: Redact) {
  const made = summaries.flatMap(({ after, made: it }) => (it === null ? [] : [{ after, ...it }]));
  const begins = [undefined, ...made];
  return begins
    .map((summary, at) => {
      const next = made[at];
      const held = turns.slice(summary?.upTo ?? 0, next?.after).map(({ reply }) => turnOf(reply, redact));
      const notes: readonly TurnScript[] =
        next === undefined ? [] : [{ reply: { text: redact(JSON.stringify(next.summary)) } }];
      return { begins: summary === undefined ? [] : [firstSentence(summary.text)], turns: [...held, ...notes] };
    })
    .toReversed();
}

/** It says how many turns are gone. */
function firstSentence(text: string): string {
  return text.split(".")[0] ?? text;
}

/** The first line of its opening that no other conversation's holds. */
function ownLines({ opening }: RecordedConversation, all: readonly RecordedConversation[], redact: Redact): string[] {
  const others = all.filter((other) => other.opening !== opening);
  const own = opening.text
    .split("\n")
    .find((line) => line.trim() !== "" && others.every((other) => !other.opening.text.includes(line)));
  return own === undefined ? [] : [redact(own)];
}

function turnOf(reply: AssistantMessage, redact: Redact): TurnScript {
  const calls = toolCallsOf(reply);
  const text = redact(textOf(reply));
  const { input, output, cacheRead, cacheWrite } = reply.usage;
  return {
    expect: { tools: [...new Set(calls.map(({ name }) => name))] },
    reply: {
      // A script's reply says or does something.
      ...((text !== "" || calls.length === 0) && { text: text === "" ? "(empty)" : text }),
      tool_calls: calls.map(({ name, arguments: args }) => ({ name, arguments: argumentsOf(args, redact) })),
      stop_reason: reply.stopReason,
      usage: { input, output, cache_read: cacheRead, cache_write: cacheWrite },
    },
  };
}

function argumentsOf(args: unknown, redact: Redact): Record<string, unknown> | string {
  if (typeof args === "string") return redact(args);
  const clean = redacted(args, redact);
  return typeof clean === "object" && clean !== null && !Array.isArray(clean)
    ? Object.fromEntries(Object.entries(clean))
    : JSON.stringify(clean);
}

function redacted(value: unknown, redact: Redact): unknown {
  return JSON.parse(redactedJson(value, redact));
}
