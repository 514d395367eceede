import { createHash } from "node:crypto";
import {
  type AssistantMessage,
  type Note,
  type ToolCall,
  type ToolMessage,
  toolCallsOf,
  type UserMessage,
} from "../domain/message.ts";
import { withoutNotes } from "./notes.ts";
import { redTests, runsTests } from "./red-tests.ts";
import { isWellFormed, summarize, type Toolbox } from "./run-tool.ts";
import { sortedKeys } from "./sorted-keys.ts";
import { bash } from "./tools/bash.ts";

/** What is remembered of a turn to see whether an agent gets on: little, however much was said in it. */
export interface Trace {
  readonly n: number;
  readonly calls: readonly CallTrace[];
  /** What the model was told at its end. */
  readonly notes: readonly Note["about"][];
}

export interface CallTrace {
  readonly n: number;
  /** Like "`bash` with `npm test`". */
  readonly shown: string;
  readonly isError: boolean;
  readonly isMalformed: boolean;
  readonly isReadOnly: boolean;
  /** It waits for something that goes on meanwhile. */
  readonly waits: boolean;
  /** It has changed files. */
  readonly changes: boolean;
  /** These are the same in two calls that are the same, and in two that came to the same. */
  readonly action: string;
  readonly outcome: string;
  /** The same in two failures that say the same, wherever they do. */
  readonly failure: string | undefined;
  /** The tests were run; `red` is the same where the same ones failed, and `why` where they did for the same reason. */
  readonly tests: { readonly red: string | undefined; readonly why: string } | undefined;
}

export interface Turn {
  readonly n: number;
  readonly reply: AssistantMessage;
  readonly results: ToolMessage | UserMessage;
}

/** What the last call of a turn ran and printed. */
export function lastRunOf({ reply, results }: Turn): { readonly line: string; readonly output: string } | undefined {
  const call = toolCallsOf(reply).at(-1);
  const result = results.role === "tool" ? results.results.find(({ callId }) => callId === call?.id) : undefined;
  return call === undefined || result === undefined ? undefined : { line: commandOf(call), output: result.text };
}

export function traceOf({ n, reply, results }: Turn, tools: Toolbox): Trace {
  const notes = (results.notes ?? []).map(({ about }) => about);
  const plain = withoutNotes(results);
  if (plain.role === "user") return { n, calls: [], notes };
  const calls = toolCallsOf(reply).flatMap((call) => {
    const result = plain.results.find(({ callId }) => callId === call.id);
    return result === undefined ? [] : [callTrace(n, call, result, tools)];
  });
  return { n, calls, notes };
}

function callTrace(n: number, call: ToolCall, { text, isError, images }: Result, tools: Toolbox): CallTrace {
  const words = summarize(call);
  const line = call.name === bash.name ? commandOf(call) : "";
  const isReadOnly = tools.find(({ name }) => name === call.name)?.readOnly === true;
  const said = withoutTimes(text);
  const waits = waiting.test(line);
  return {
    n,
    shown: `\`${call.name}\`${words === "" ? "" : ` with \`${words}\``}`,
    isError,
    isMalformed: !isWellFormed(call, tools),
    isReadOnly,
    waits,
    changes: !isError && !isReadOnly && (call.name !== bash.name || writes.test(line)),
    action: digest([call.name, call.arguments]),
    outcome: digest([isError, said, images?.map(({ base64 }) => base64)]),
    // What waits fails until there is what it waits for.
    failure: isError && !waits ? failureOf(said, call.name) : undefined,
    tests: runsTests(line) ? testsOf(line, text, isError) : undefined,
  };
}

function testsOf(line: string, text: string, isError: boolean): CallTrace["tests"] {
  const red = redTests(line, text, isError);
  return { red: red && digest(red.which), why: digest(red?.why) };
}

type Result = ToolMessage["results"][number];

function commandOf({ arguments: args }: ToolCall): string {
  const { command } = Object(args);
  return typeof command === "string" ? command : "";
}

const waiting = /\b(?:sleep|wait|pgrep|jobs|ps)\b|\btail\b[^|;&]*\s-\S*f/;
const writes =
  /(?:^|[^0-9&>=-])>{1,2}\s*[^\s&]|\b(?:sed|perl)\s+-\S*i|\b(?:tee|patch|mv|cp|rm|install)\b|\bgit\s+(?:apply|checkout|restore|reset|stash|revert)\b|--(?:fix|write)\b/;

/** Two runs of one command never take equally long. Other numbers tell: one that counts up is getting on. */
function withoutTimes(text: string): string {
  return text
    .replaceAll(/\b\d+(?:\.\d+)?\s?(?:ns|[µu]s|ms|s|sec|secs|seconds?|m|min|minutes?)\b/g, "T")
    .replaceAll(/\b(?:duration_ms|real|user|sys)\s+[\d.]+/g, "T")
    .replaceAll(/\b\d\d:\d\d:\d\d(?:[.,]\d+)?/g, "T")
    .replaceAll(/\[the whole output is in [^;\]]*/g, "");
}

/** What a failure says; nothing where it is an exit code alone, as a search has that finds nothing. */
function failureOf(said: string, name: string): string | undefined {
  const words = said
    .replaceAll(/^\[.*\]$/gm, "")
    .replaceAll(/\d+/g, "0")
    .trim();
  if (words === "") return undefined;
  // Other tools say first what is wrong, and then what they found instead.
  return digest([name, name === bash.name ? words : words.split("\n")[0]]);
}

/** Models write the same arguments in another order. */
function digest(value: unknown): string {
  return createHash("sha1")
    .update(JSON.stringify(value, sortedKeys) ?? "")
    .digest("base64");
}
