import { z } from "zod";
import { question } from "../domain/asks.ts";
import { planItem } from "../domain/event.ts";
import { type Message, type ToolCall, toolCallsOf } from "../domain/message.ts";
import { quoteUntrusted } from "../domain/quote-untrusted.ts";
import type { ConversationSummary } from "../domain/summary.ts";
import { renderPrompt } from "./render-prompt.ts";
import { askHumanName } from "./tools/ask-human.ts";
import { plan } from "./tools/plan.ts";

const maxNotes = 40_000;
const maxAnswer = 8_000;

/** What a model is sent in the place of these turns: its summary, and word for word what people have answered and its last plan. */
export async function summaryText(
  summary: ConversationSummary,
  { upTo, messages }: { readonly upTo: number; readonly messages: readonly Message[] },
): Promise<string> {
  const { goal, ...lists } = summary;
  const notes = [
    `Goal: ${goal}`,
    ...Object.entries(lists).flatMap(([name, items]) => listed(titles[name] ?? name, items)),
  ];
  const kept = [...answersIn(messages), ...planIn(messages)].map((part) => `\n\n${part}`);
  const { text } = await renderPrompt("summarized", {
    turns: String(upTo),
    summary: quoteUntrusted("your notes", notes.join("\n"), maxNotes),
    kept: kept.join(""),
  });
  return text;
}

const titles: Readonly<Record<string, string>> = {
  done: "Done",
  open: "Open",
  state: "State of the code",
  tests: "Tests",
  decisions: "Decisions",
};

function listed(title: string, items: readonly string[]): readonly string[] {
  return items.length === 0 ? [] : ["", `${title}:`, ...items.map((item) => `- ${item}`)];
}

function answersIn(messages: readonly Message[]): readonly string[] {
  return callsIn(messages, askHumanName).flatMap(({ call, message }) => {
    const result = message?.role === "tool" ? message.results.find(({ callId }) => callId === call.id) : undefined;
    const asked = question.safeParse(call.arguments);
    if (result === undefined || result.isError || !asked.success) return [];
    // What people said is quoted already.
    return [`You asked people: ${asked.data.question}\nThey answered:\n${result.text.slice(0, maxAnswer)}`];
  });
}

const planned = z.object({ items: z.array(planItem) });

function planIn(messages: readonly Message[]): readonly string[] {
  const last = callsIn(messages, plan.name).findLast(({ call }) => planned.safeParse(call.arguments).success);
  if (last === undefined) return [];
  const { items } = planned.parse(last.call.arguments);
  return [
    ["Your plan, as it stood at their end:", ...items.map(({ text, status }) => `- ${text} (${status})`)].join("\n"),
  ];
}

/** Calls of a tool, each with the message that follows it. */
function callsIn(
  messages: readonly Message[],
  name: string,
): readonly { readonly call: ToolCall; readonly message: Message | undefined }[] {
  return messages.flatMap((message, at) =>
    message.role === "assistant"
      ? toolCallsOf(message)
          .filter((call) => call.name === name)
          .map((call) => ({ call, message: messages[at + 1] }))
      : [],
  );
}
