import type OpenAI from "openai";
import { z } from "zod";
import type { AssistantMessage, Usage } from "../../domain/message.ts";
import type { ModelRequest } from "../../domain/model.ts";
import { echoOf, type Origin } from "../echo.ts";
import { reckon } from "../reckon.ts";
import { readArguments, writeArguments } from "../tool-arguments.ts";
import type { Said } from "./responses-input.ts";

type Event = OpenAI.Responses.ResponseStreamEvent;
type Response = OpenAI.Responses.Response;
type Item = OpenAI.Responses.ResponseOutputItem;

/**
 * The answer that a finished stream of events tells.
 * @throws Error when the stream ended before the answer did, or what the response failed with.
 */
export function readResponse(events: readonly Event[], origin: Origin, request: ModelRequest): AssistantMessage {
  const response = responseOf(events);
  if (!response) throw new Error("the stream ended before the answer did");
  if (response.error || response.status === "failed") throw failure(response.error);
  // Some servers leave the items out of the end, because they were told before.
  const items = response.output.length > 0 ? response.output : events.flatMap(doneItem);
  const refused = items.some((item) => item.type === "message" && item.content.some(({ type }) => type === "refusal"));
  const content = items.flatMap(contentOf);
  return {
    role: "assistant",
    content,
    stopReason: refused ? "refusal" : stopReasonOf(response, content),
    usage: usageOf(response, reckon(request, Buffer.byteLength(JSON.stringify(items)))),
    model: `${origin.provider}/${response.model}`,
    ...(items.some(wantedBack) && echoOf(origin, items.flatMap(asSaid))),
  };
}

/** What an answer that breaks off here has used: as a failed response tells it, else reckoned from what was said. */
export function responseUsed(
  events: readonly Event[],
  request: ModelRequest,
  hidesThoughts: boolean,
): Usage | undefined {
  const ended = responseOf(events);
  if (!events.some(({ type }) => type.startsWith("response."))) return undefined;
  const bytes = events.reduce((sum, event) => sum + ("delta" in event ? Buffer.byteLength(String(event.delta)) : 0), 0);
  const reckoned = reckon(request, hidesThoughts && !ended ? Infinity : bytes);
  return ended ? usageOf(ended, reckoned) : reckoned;
}

/** An answer that was not streamed, as its last event. */
export function responseEvents(response: Response): readonly Event[] {
  return [{ type: "response.completed", sequence_number: 0, response }];
}

function responseOf(events: readonly Event[]): Response | undefined {
  const last = events.findLast(
    (event) =>
      event.type === "response.completed" || event.type === "response.incomplete" || event.type === "response.failed",
  );
  return last && "response" in last ? last.response : undefined;
}

function doneItem(event: Event): readonly Item[] {
  return event.type === "response.output_item.done" ? [event.item] : [];
}

// We ask for no tools that run on the server, so other items do not come.
function contentOf(item: Item): AssistantMessage["content"] {
  if (item.type === "message") {
    const text = textOf(item);
    return text === "" ? [] : [{ type: "text", text }];
  }
  if (item.type !== "function_call") return [];
  return [{ type: "tool_call", id: item.call_id, name: item.name, arguments: readArguments(item.arguments) }];
}

function textOf(item: OpenAI.Responses.ResponseOutputMessage): string {
  return item.content.map((part) => (part.type === "refusal" ? part.refusal : part.text)).join("");
}

function wantedBack(item: Item): boolean {
  return (
    (item.type === "reasoning" && Boolean(item.encrypted_content)) || (item.type === "message" && item.phase != null)
  );
}

function asSaid(item: Item): Said {
  switch (item.type) {
    case "reasoning":
      return item.encrypted_content
        ? [{ type: item.type, id: item.id, summary: item.summary, encrypted_content: item.encrypted_content }]
        : [];
    case "message":
      return textOf(item) === ""
        ? []
        : [
            {
              type: item.type,
              role: item.role,
              content: textOf(item),
              ...(item.phase != null && { phase: item.phase }),
            },
          ];
    case "function_call": {
      const json = JSON.stringify(writeArguments(readArguments(item.arguments)));
      return [{ type: item.type, call_id: item.call_id, name: item.name, arguments: json }];
    }
    default:
      return [];
  }
}

function stopReasonOf(response: Response, content: AssistantMessage["content"]): AssistantMessage["stopReason"] {
  const why = response.incomplete_details?.reason;
  if (why === "content_filter") return "refusal";
  if (why === "max_output_tokens") return "max_tokens";
  if (response.status === "incomplete")
    throw new Error(`the response was left incomplete: ${why ?? "without a reason"}`);
  return content.some(({ type }) => type === "tool_call") ? "tool_calls" : "end";
}

const count = z.number().nonnegative().optional().catch(undefined);
const counts = z
  .object({
    input_tokens: count,
    output_tokens: count,
    input_tokens_details: z.object({ cached_tokens: count, cache_write_tokens: count }).optional().catch(undefined),
    output_tokens_details: z.object({ reasoning_tokens: count }).optional().catch(undefined),
  })
  .catch({});

/** As it was told, else as reckoned. `input_tokens` holds what was read from and written to the cache; our `input` does not. */
function usageOf({ usage }: Response, reckoned: Usage): Usage {
  const told = counts.parse(usage);
  const cacheRead = told.input_tokens_details?.cached_tokens ?? 0;
  const cacheWrite = told.input_tokens_details?.cache_write_tokens ?? 0;
  const reasoning = told.output_tokens_details?.reasoning_tokens;
  return {
    input: Math.max(0, (told.input_tokens ?? reckoned.input) - cacheRead - cacheWrite),
    output: told.output_tokens ?? reckoned.output,
    cacheRead,
    cacheWrite,
    ...(reasoning !== undefined && { reasoning }),
  };
}

/** In the form of the SDK's errors, for `toModelError`. */
function failure(error: Response["error"]): Error {
  return Object.assign(new Error(error?.message ?? "the response failed"), { code: error?.code, error });
}
