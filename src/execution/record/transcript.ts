import { type Message, textOf, toolCallsOf } from "../../domain/message.ts";
import type { ConversationHead } from "../../domain/recording.ts";
import type { RecordedSummary } from "../../domain/summary.ts";
import type { TurnRow } from "../../store/turns.ts";

/**
 * A conversation with a model as Markdown for people: what it was told, said, asked for and got. `heads` are its prompts by hash,
 * `summaries` what was asked of it between two turns.
 */
export function transcript(
  step: string,
  turns: readonly TurnRow[],
  heads: ReadonlyMap<string, ConversationHead>,
  summaries: readonly RecordedSummary[] = [],
): string {
  const usd = [...turns, ...summaries].reduce((sum, { costUsd }) => sum + costUsd, 0);
  const count = turns.length - 1;
  const lines = [`# ${step}: ${count} ${count === 1 ? "turn" : "turns"}, $${usd.toFixed(4)}`, ""];
  let told: string | undefined;
  for (const [at, { n, messages, costUsd, request }] of turns.entries()) {
    // The task stands before the first request, which has the prompt.
    const hash = (request ?? turns[at + 1]?.request)?.head ?? told;
    const head = hash === undefined || hash === told ? undefined : heads.get(hash);
    if (head !== undefined) {
      lines.push("## System prompt", "", ...fenced(head.system), "", ...toolLines(head));
    }
    told = hash;
    lines.push(n === 0 ? "## Task" : `## Turn ${n}, $${costUsd.toFixed(4)}`, "");
    for (const proposal of request?.proposals ?? [])
      lines.push(`${proposal.model} proposed:`, "", ...messageLines(proposal));
    lines.push(...messages.flatMap(messageLines));
    for (const summary of summaries.filter(({ after }) => n > 0 && after === n)) lines.push(...summaryLines(summary));
  }
  return `${lines.join("\n").trimEnd()}\n`;
}

function toolLines({ tools, answer }: ConversationHead): readonly string[] {
  const names = tools.map(({ name }) => name).join(", ");
  if (answer === undefined) return [`Its tools: ${names}`, ""];
  return ["Its answer is to be JSON of this form:", "", ...fenced(JSON.stringify(answer.schema, undefined, 2)), ""];
}

function summaryLines({ after, made, asked, costUsd }: RecordedSummary): readonly string[] {
  const shown = asked && asked.shownTo < after ? ` It was shown its turns to ${asked.shownTo}: more was too long.` : "";
  const came = made === null ? "Nothing came of it." : `From here on the answer stands for turns 1 to ${made.upTo}.`;
  return [
    `## Asked for a summary, $${costUsd.toFixed(4)}`,
    "",
    `${came}${shown}`,
    "",
    ...(asked?.messages ?? []).flatMap(messageLines),
  ];
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
