import { type Message, textOf, toolCallsOf } from "../../domain/message.ts";
import type { ConversationHead } from "../../domain/recording.ts";
import type { TurnRow } from "../../store/turns.ts";

/** An agent's conversation as Markdown for people: what it was told, said, asked for and got. `heads` are its prompts by hash. */
export function transcript(
  step: string,
  turns: readonly TurnRow[],
  heads: ReadonlyMap<string, ConversationHead>,
): string {
  const usd = turns.reduce((sum, { costUsd }) => sum + costUsd, 0);
  const lines = [`# ${step}: ${turns.length - 1} turns, $${usd.toFixed(4)}`, ""];
  let told: string | undefined;
  for (const [at, { n, messages, costUsd, request }] of turns.entries()) {
    // The task stands before the first request, which has the prompt.
    const hash = (request ?? turns[at + 1]?.request)?.head ?? told;
    const head = hash === undefined || hash === told ? undefined : heads.get(hash);
    if (head !== undefined) {
      const tools = head.tools.map(({ name }) => name).join(", ");
      lines.push("## System prompt", "", ...fenced(head.system), "", `Its tools: ${tools}`, "");
    }
    told = hash;
    lines.push(n === 0 ? "## Task" : `## Turn ${n}, $${costUsd.toFixed(4)}`, "", ...messages.flatMap(messageLines));
  }
  return `${lines.join("\n").trimEnd()}\n`;
}

function messageLines(message: Message): readonly string[] {
  switch (message.role) {
    case "user":
      return [...fenced(message.text), ""];
    case "assistant": {
      const text = textOf(message).trim();
      const said = text === "" ? [] : [...text.split("\n").map((line) => `> ${line}`.trimEnd()), ""];
      const calls = toolCallsOf(message).flatMap(({ name, arguments: given }) => [
        `**${name}**`,
        "",
        ...fenced(shown(given)),
        "",
      ]);
      return [...said, ...calls];
    }
    case "tool":
      return message.results.flatMap(({ name, text, isError, images = [] }) => [
        `${name} ${isError ? "failed" : "answered"}${images.length === 0 ? "" : `, with ${images.length} images`}:`,
        "",
        ...fenced(text),
        "",
      ]);
    default:
      return message satisfies never;
  }
}

/** Arguments with their line breaks, as nobody reads them in JSON. */
function shown(given: unknown): string {
  if (typeof given !== "object" || given === null) return JSON.stringify(given) ?? "";
  const words = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
  return Object.entries(given)
    .map(([name, value]) => `${name}: ${words(value)}`)
    .join("\n");
}

/** No text ends a fence that is longer than any in it. */
function fenced(text: string): readonly string[] {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return [`${fence}text`, text.trimEnd(), fence];
}
