import { createHash } from "node:crypto";
import type { AssistantMessage } from "../../src/domain/message.ts";

export const turns = 200;
export const opening = "Do nothing, many times.";
export const toolName = "look";
export const said = "Let me look at the next file before I change anything; the failure may come from there.";

const pathOf = (n: number) => `src/module-${n}.ts`;
const texts = new Map(Array.from({ length: turns + 1 }, (_, n) => [pathOf(n + 1), outputOf(n + 1)]));

/** What the tool says of a file: made before anything is timed. */
export function toolTextOf(path: string): string {
  return texts.get(path) ?? "";
}

// About as long as a command's output often is (4 kB), no easier to compress, and another one each time.
function outputOf(n: number): string {
  const line = (_: unknown, at: number) => {
    const word = createHash("sha256").update(`${n} ${at}`).digest("hex").slice(0, 24);
    return `  ✓ src/${word.slice(0, 8)}/${word.slice(8, 16)}.test.ts > keeps ${word.slice(16)} whole (${at * 7} ms)\n`;
  };
  return Array.from({ length: 50 }, line).join("");
}

export function callOf(n: number) {
  return { id: `call-${n}`, name: toolName, arguments: { path: pathOf(n) } };
}

export function replyOf(n: number): AssistantMessage {
  return {
    role: "assistant",
    content: [
      { type: "text", text: said },
      { type: "tool_call", ...callOf(n) },
    ],
    stopReason: "tool_calls",
    usage: { input: 10, output: 60, cacheRead: 1_000 * n, cacheWrite: 1_000 },
    model: "bench/at-once",
  };
}

export function resultsOf(n: number) {
  const { id: callId, name, arguments: args } = callOf(n);
  return { role: "tool", results: [{ callId, name, text: toolTextOf(args.path), isError: false }] };
}

/** Of so many turns, as JSON. */
export function transcriptBytes(count: number): number {
  return Buffer.byteLength(JSON.stringify([replyOf(1), resultsOf(1)])) * count;
}
