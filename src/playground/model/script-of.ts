import { Document, parse, stringify, visit } from "yaml";
import { type AssistantMessage, textOf, toolCallsOf } from "../../domain/message.ts";
import { parseJson } from "../../domain/parse-json.ts";
import type { RecordedConversation } from "../../domain/recording.ts";
import { type Redact, redactedJson } from "../../domain/redact.ts";
import type { ModelScript, TurnScript } from "./model-script.ts";
import { scriptParts } from "./script-parts.ts";

/**
 * Recorded conversations as a script: the model says again what it said, and is to be offered the tools that it called. Thinking is
 * left out, since it belongs to one provider. Secrets are taken out.
 */
export function scriptOf(conversations: readonly RecordedConversation[], redact: Redact): ModelScript {
  const asked = conversations.filter(({ turns }) => turns.length > 0);
  const scripts = asked.flatMap((conversation) => {
    const own = ownLines(conversation, asked, redact);
    const turn = turnOf(conversation, redact);
    return scriptParts(conversation, turn).map(({ first_includes, later_includes, after, turns }) => ({
      when: {
        ...own,
        first_includes: [...(own.first_includes ?? []), ...first_includes.map(redact)],
        ...(later_includes.length > 0 && { later_includes: later_includes.map(redact) }),
      },
      ...(after > 0 && { after }),
      turns: [...turns],
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

/** The first line of its opening that no other conversation's holds, else of its prompt. */
function ownLines(of: RecordedConversation, all: readonly RecordedConversation[], redact: Redact) {
  const others = all.filter((other) => other !== of);
  const own = (textIn: (one: RecordedConversation) => string) =>
    textIn(of)
      .split("\n")
      .find((line) => line.trim() !== "" && others.every((other) => !textIn(other).includes(line)));
  const first = own(({ opening }) => opening.text);
  if (first !== undefined) return { first_includes: [redact(first)] };
  const system = own(({ turns }) => turns[0]?.head.system ?? "");
  return system === undefined ? {} : { system_includes: [redact(system)] };
}

function turnOf({ turns }: RecordedConversation, redact: Redact): (reply: AssistantMessage) => TurnScript {
  const isData = turns[0]?.head.answer !== undefined;
  return (reply) => {
    const calls = toolCallsOf(reply);
    const text = redact(textOf(reply));
    const { input, output, cacheRead, cacheWrite } = reply.usage;
    const usage = { input, output, cache_read: cacheRead, cache_write: cacheWrite };
    const data = isData ? parseJson(text) : undefined;
    // Some servers take it as the arguments of a tool.
    if (data !== undefined) return { reply: { answer: data, usage } };
    return {
      expect: { tools: [...new Set(calls.map(({ name }) => name))] },
      reply: {
        // A script's reply says or does something.
        ...((text !== "" || calls.length === 0) && { text: text === "" ? "(empty)" : text }),
        tool_calls: calls.map(({ name, arguments: args }) => ({ name, arguments: argumentsOf(args, redact) })),
        stop_reason: reply.stopReason,
        usage,
      },
    };
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
