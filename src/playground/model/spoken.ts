import type { stopReasons, Usage } from "../../domain/message.ts";
import { type Heard, turnIndex } from "./heard.ts";
import type { Reply } from "./model-script.ts";

/** An answer before it is written in a provider's format. */
export interface Spoken {
  /** Unique within its conversation, and the same whenever the same turn is played again. */
  readonly id: string;
  readonly model: string;
  readonly text: string | undefined;
  readonly thinking: string | undefined;
  readonly calls: readonly { readonly id: string; readonly name: string; readonly json: string }[];
  readonly stopReason: (typeof stopReasons)[number];
  readonly usage: Usage;
}

/** The scripted reply to what was heard. */
export function speak(reply: Reply, heard: Heard): Spoken {
  const id = `${turnIndex(heard) + 1}`;
  const data = reply.answer === undefined ? undefined : JSON.stringify(reply.answer);
  const asCall = data !== undefined && heard.forced !== undefined;
  // Which tool takes the answer is not said where any may be called; adapters put theirs last.
  const name = heard.forced === "any" ? heard.tools.at(-1) : heard.forced;
  const asked = [...reply.tool_calls, ...(asCall ? [{ name: name ?? "", arguments: data }] : [])];
  const calls = asked.map((call, index) => ({
    id: `call_${id}_${index + 1}`,
    name: call.name,
    json: typeof call.arguments === "string" ? call.arguments : JSON.stringify(call.arguments),
  }));
  const usage = reply.usage && {
    input: reply.usage.input,
    output: reply.usage.output,
    cacheRead: reply.usage.cache_read,
    cacheWrite: reply.usage.cache_write,
    ...(reply.usage.reasoning !== undefined && { reasoning: reply.usage.reasoning }),
  };
  return {
    id,
    model: heard.model,
    text: asCall ? reply.text : (reply.text ?? data),
    thinking: reply.thinking,
    calls,
    stopReason: reply.stop_reason ?? (calls.length > 0 ? "tool_calls" : "end"),
    usage: usage ?? estimate(reply, heard),
  };
}

/** Four bytes a token; with caching, all up to the last answer counts as read from the cache. */
function estimate(reply: Reply, heard: Heard): Usage {
  const lastAnswer = heard.entries.findLastIndex((entry) => entry.role === "assistant");
  const old = lastAnswer < 0 ? 0 : tokens([heard.system, heard.tools, heard.entries.slice(0, lastAnswer)]);
  const fresh = tokens([heard.system, heard.tools, heard.entries]) - old;
  const output = tokens([reply.thinking, reply.text, reply.answer, reply.tool_calls]);
  return heard.caches
    ? { input: 0, output, cacheRead: old, cacheWrite: fresh }
    : { input: fresh + old, output, cacheRead: 0, cacheWrite: 0 };
}

function tokens(value: unknown): number {
  return Math.ceil(Buffer.byteLength(JSON.stringify(value)) / 4);
}
