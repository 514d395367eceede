import type { AssistantMessage, Message, ToolResult } from "../domain/message.ts";
import { bash } from "./tools/bash.ts";

type Part = AssistantMessage["content"][number];

/** Shorter texts stay: the line in their place would save little. */
const longChars = 500;
const whatChars = 120;

/** How many characters of a message could be dropped. */
export function weightOf(message: Message): number {
  switch (message.role) {
    case "user":
      return 0;
    case "tool":
      return message.results.reduce((sum, { text, images = [] }) => sum + long(text) + imageChars * images.length, 0);
    case "assistant":
      return message.content.reduce((sum, part) => sum + (part.type === "tool_call" ? weightOfArguments(part) : 0), 0);
    default:
      return message satisfies never;
  }
}

// A picture costs up to some 1,600 tokens, however its bytes are written.
const imageChars = 6_400;

function long(text: string): number {
  return text.length > longChars ? text.length : 0;
}

function weightOfArguments({ arguments: args }: Extract<Part, { type: "tool_call" }>): number {
  return longIn(args);
}

/** In however deep a list of edits. */
function longIn(value: unknown): number {
  if (typeof value === "string") return long(value);
  if (typeof value !== "object" || value === null) return 0;
  return Object.values(value).reduce((sum: number, part) => sum + longIn(part), 0);
}

/** One line instead of a long output: what it was, how it ended, and how to see it again. */
export function shortenResult(result: ToolResult, call: Part | undefined): ToolResult {
  const { images = [], ...rest } = result;
  if (long(result.text) === 0 && images.length === 0) return result;
  const end = result.text.slice(-1_000);
  const file = /^\[the whole output is in (.+?); look at parts/m.exec(end)?.[1];
  const code = /^\[(exit code .+?)\]$/m.exec(end)?.[1];
  const facts = [`${result.text.length.toLocaleString("en")} characters`, ...(code === undefined ? [] : [code])];
  const again = `${result.name === bash.name ? "run" : "call"} it again${file === undefined ? " to see it" : ` or read ${file}`}`;
  return { ...rest, text: `[output of \`${what(result.name, call)}\` dropped, ${facts.join(", ")}; ${again}]` };
}

/** A command says what it is; another tool's call is named with its short arguments. */
function what(name: string, call: Part | undefined): string {
  const args = call?.type === "tool_call" ? Object.values(Object(call.arguments)) : [];
  const words = args.filter((value) => ["string", "number"].includes(typeof value)).map(String);
  const text = (name === bash.name ? words.slice(0, 1) : [name, ...words]).join(" ").replaceAll(/\s+/g, " ").trim();
  return (text.length <= whatChars ? text : `${text.slice(0, whatChars - 1)}…`).toWellFormed();
}

/** The call with a line instead of each long text; what it did is in the workspace. */
export function shortenArguments(part: Part): Part {
  if (part.type !== "tool_call") return part;
  return longIn(part.arguments) === 0 ? part : { ...part, arguments: shortTexts(part.arguments) };
}

function shortTexts(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shortTexts);
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, shortTexts(part)]));
  }
  if (typeof value !== "string" || long(value) === 0) return value;
  return `[${value.length.toLocaleString("en")} characters dropped here; they were sent whole, read the file to see what is there now]`;
}
