import type { AssistantMessage, ToolCall } from "../domain/message.ts";
import { isWellFormed, type Toolbox } from "./run-tool.ts";

const words = "Your answer was longer than one may be and was cut off.";

/** Told instead of an error in the arguments where these have no end: sent again as they were they would be cut again. */
export function cutCall(call: ToolCall, reply: AssistantMessage, tools: Toolbox): string | undefined {
  if (reply.stopReason !== "max_tokens" || reply.content.at(-1) !== call || isWellFormed(call, tools)) return undefined;
  return `${words} This call's arguments have no end, and nothing was done. Send less at once: of a long file first the beginning, and the rest by further calls.`;
}

/** What a model reads that called no tool. */
export function nudge(reply: AssistantMessage, tools: Toolbox): string {
  const name = tools.find(({ final }) => final)?.name;
  const end = name === undefined ? "" : `; when the work is done, hand it in with \`${name}\``;
  const cut = reply.stopReason === "max_tokens" ? `${words} ` : "";
  return `${cut}You called no tool. Go on with the tools${end}.`;
}
