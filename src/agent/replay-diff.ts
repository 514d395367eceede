import type { Message } from "../domain/message.ts";
import type { ModelRequest } from "../domain/model.ts";
import type { ConversationHead } from "../domain/recording.ts";
import type { Redact } from "../domain/redact.ts";
import { sortedKeys } from "./sorted-keys.ts";

/** One part of a request that would be another one today, in lines. */
export interface Difference {
  readonly part: string;
  readonly recorded: readonly string[];
  readonly today: readonly string[];
}

export interface RecordedRequest {
  readonly head: ConversationHead;
  readonly messages: readonly Message[];
  /** So many of the oldest turns a summary stood for. */
  readonly upTo: number;
}

/** Where a request differs from a recorded one. Compared, and shown, is what is left of both when secrets are taken out. */
export type Compare = (recorded: RecordedRequest, today: ModelRequest) => readonly Difference[];

const shownLines = 4;
const shownChars = 200;

export function comparer(redact: Redact): Compare {
  // A message stands in many requests.
  const seen = new Map<Message, string>();
  const textOf = (message: Message | undefined): string => {
    if (message === undefined) return "";
    const known = seen.get(message) ?? redact(asText(message));
    seen.set(message, known);
    return known;
  };
  return ({ head, messages, upTo }, today) => {
    const count = Math.max(messages.length, today.messages.length);
    return [
      ...difference("system prompt", head.system, redact(today.system)),
      ...toolDifferences(head.tools, today.tools, redact),
      ...difference("form of the answer", formOf(head.answer), formOf(today.answer)),
      ...Array.from({ length: count }, (_, at) =>
        difference(placeOf(at, upTo), textOf(messages[at]), textOf(today.messages[at])),
      ).flat(),
    ];
  };
}

function formOf(answer: ModelRequest["answer"]): string {
  return answer === undefined ? "" : JSON.stringify(answer, sortedKeys, 1);
}

function toolDifferences(
  recorded: ConversationHead["tools"],
  today: ModelRequest["tools"],
  redact: Redact,
): readonly Difference[] {
  const names = [...new Set([...recorded, ...today].map(({ name }) => name))];
  const inWords = (tools: ModelRequest["tools"], name: string) => {
    const tool = tools.find((it) => it.name === name);
    return tool === undefined ? "" : redact(`${tool.description}\n${JSON.stringify(tool.parameters, sortedKeys, 1)}`);
  };
  const order = (tools: ModelRequest["tools"]) => tools.map(({ name }) => name).join(", ");
  return [
    ...difference("order of the tools", order(recorded), order(today)),
    ...names.flatMap((name) => difference(`tool ${name}`, inWords(recorded, name), inWords(today, name))),
  ];
}

export function difference(part: string, recorded: string, today: string): readonly Difference[] {
  if (recorded === today) return [];
  const [before, after] = [recorded.split("\n"), today.split("\n")];
  const start = before.findIndex((line, at) => line !== after[at]);
  const from = start === -1 ? before.length : start;
  let end = 0;
  const most = Math.min(before.length, after.length) - from;
  while (end < most && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  const changed = (lines: readonly string[]) => shown(lines.slice(from, lines.length - end));
  return [{ part, recorded: changed(before), today: changed(after) }];
}

function shown(lines: readonly string[]): readonly string[] {
  const cut = lines
    .slice(0, shownLines)
    .map((line) => (line.length > shownChars ? `${line.slice(0, shownChars)}…` : line));
  return lines.length > shownLines ? [...cut, `… ${lines.length - shownLines} more lines`] : cut;
}

/** Each turn adds an answer and its results. */
function placeOf(at: number, upTo: number): string {
  if (at === 0) return upTo === 0 ? "opening" : "opening and summary";
  return at % 2 === 1 ? `answer of turn ${upTo + (at + 1) / 2}` : `results of turn ${upTo + at / 2}`;
}

function asText(message: Message): string {
  switch (message.role) {
    case "user":
      return message.text;
    case "tool":
      return message.results.map(({ name, text, isError }) => `${name}${isError ? " failed" : ""}: ${text}`).join("\n");
    case "assistant":
      return message.content
        .map((part) =>
          part.type === "text" ? part.text : `${part.name} ${JSON.stringify(part.arguments, sortedKeys)}`,
        )
        .join("\n");
    default:
      return message satisfies never;
  }
}
