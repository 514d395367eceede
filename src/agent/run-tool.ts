import { z } from "zod";
import type { Question } from "../domain/asks.ts";
import { explain, NightshiftError } from "../domain/errors.ts";
import type { RunEvent } from "../domain/event.ts";
import type { ToolCall, ToolResult } from "../domain/message.ts";
import type { ToolDescription } from "../domain/model.ts";
import type { Tool, ToolAnswer, ToolContext } from "../domain/tool.ts";
import { parseCall } from "./parse-call.ts";

export type Toolbox = readonly Tool[];

export function describeTools(tools: Toolbox): readonly ToolDescription[] {
  return tools.map(({ name, description, parameters }) => ({
    name,
    description,
    parameters: z.toJSONSchema(parameters, { io: "input" }),
  }));
}

/**
 * Runs one call. Whatever the model can mend (an unknown tool, wrong arguments, a bad path) is an answer for it to read;
 * only what it cannot mend is thrown: the sandbox is gone, the run is cancelled.
 */
export async function runTool(
  call: ToolCall,
  tools: Toolbox,
  context: ToolContext,
): Promise<{ result: ToolResult; submitted: unknown; asked: Question | undefined; event?: RunEvent }> {
  const answer = await answerTo(call, tools, context);
  // A cut may have left half a surrogate pair, which models' servers refuse, and with it the whole conversation.
  const text = answer.text.toWellFormed();
  const { isError = false, images = [], event, submitted, asked } = answer;
  const result = { callId: call.id, name: call.name, text, isError };
  return {
    result: images.length === 0 ? result : { ...result, images: [...images] },
    submitted,
    asked,
    ...(event === undefined ? {} : { event }),
  };
}

async function answerTo(call: ToolCall, tools: Toolbox, context: ToolContext): Promise<ToolAnswer<unknown>> {
  const tool = tools.find(({ name }) => name === call.name);
  if (tool === undefined) {
    return failure(`There is no tool ${call.name}. The tools are: ${tools.map(({ name }) => name).join(", ")}.`);
  }
  const parsed = parseCall(tool, call.arguments);
  if (!parsed.ok) return failure(parsed.problem);
  try {
    return await tool.run(parsed.args, context);
  } catch (error) {
    if (error instanceof NightshiftError && error.code === "bad_input") return failure(explain(error));
    throw error;
  }
}

function failure(text: string): ToolAnswer {
  return { text, isError: true };
}

/** Whether this is the name of a tool that hands in. */
export function isFinal(name: string, tools: Toolbox): boolean {
  return tools.find((tool) => tool.name === name)?.final === true;
}

/** Whether a call can be run at all: a known tool with arguments of its shape. */
export function isWellFormed(call: ToolCall, tools: Toolbox): boolean {
  const tool = tools.find(({ name }) => name === call.name);
  return tool !== undefined && parseCall(tool, call.arguments).ok;
}

/** The call in a few words, for the timeline: the tool's first argument. */
export function summarize(call: ToolCall): string {
  const [first] = Object.values(Object(call.arguments));
  const text = typeof first === "string" ? first.replaceAll(/\s+/g, " ").trim() : "";
  return text.length <= 100 ? text : `${text.slice(0, 99)}…`;
}
