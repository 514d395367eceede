import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import type { ModelRequest } from "../../src/domain/model.ts";
import { operatorSettings } from "../../src/domain/settings.ts";
import { openModels } from "../../src/models/open-models.ts";
import { resolveModels } from "../../src/models/resolve-models.ts";
import { type ScriptedModel, startScriptedModel } from "../../src/playground/model/start-scripted-model.ts";
import { pocket } from "../support/pocket.ts";
import type { Bench } from "./bench.ts";
import { inTurns, median, type Sample } from "./measure.ts";

const calls = 200;
const key = "bench";
const system = "You are a bench. Answer as briefly as you can.";
const question = "Are you there?";
const request: ModelRequest = {
  system,
  messages: [{ role: "user", text: question }],
  tools: [],
  maxOutputTokens: 100,
};

/**
 * One call by the route (reserved, its circuit asked, sent, read, settled) and the same by the bare SDK, streamed and collected
 * as ours is; both to the same scripted server, call by call in turns, since what is between them is far less than what a server's
 * answers vary by from one second to the next.
 */
export const models: Bench = async (context) => {
  await using server = await startScriptedModel({ script: { turns: [{ reply: { text: "Yes, I am here." } }] } });
  const pairs = { messages: messages(server, context.signal), chat: chat(server, context.signal) };
  let theirs: Sample = {};
  return await inTurns(
    {
      units: { messages: "ms", messages_added: "ms", chat: "ms", chat_added: "ms" },
      rounds: 5,
      ours: async () => {
        const ours: Record<string, number> = {};
        const bare: Record<string, number> = {};
        for (const [name, pair] of Object.entries(pairs)) {
          const times = await timesOf(pair, context.signal);
          ours[name] = median(times.map((time) => time.routed));
          bare[name] = median(times.map((time) => time.bare));
          ours[`${name}_added`] = median(times.map(({ routed, bare }) => routed - bare));
        }
        theirs = bare;
        return ours;
      },
      peers: { bare_sdk: async () => theirs },
    },
    context,
  );
};

interface Pair {
  readonly routed: () => Promise<unknown>;
  readonly bare: () => Promise<unknown>;
}

/** Who begins changes from call to call, so that neither always finds the server warm from the other. */
async function timesOf(pair: Pair, signal: AbortSignal): Promise<readonly Readonly<Record<keyof Pair, number>>[]> {
  const times: Record<keyof Pair, number>[] = [];
  for (let call = 0; call < calls; call += 1) {
    signal.throwIfAborted();
    const time = { routed: 0, bare: 0 };
    const order = ["routed", "bare"] as const;
    for (const which of call % 2 === 0 ? order : order.toReversed()) time[which] = await timed(pair[which]);
    times.push(time);
  }
  return times;
}

async function timed(act: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await act();
  return performance.now() - started;
}

function routeTo(provider: object, signal: AbortSignal): () => Promise<unknown> {
  const price = { input: 1, output: 1 };
  const own = { model: "bench", api_key_env: "KEY", price, ...provider };
  const { llm } = operatorSettings.parse({ llm: { mode: "own", providers: { own } } });
  const variables = { KEY: key };
  const resolved = resolveModels(llm, variables);
  const opened = openModels({ llm, resolved, variables, reconcile: async () => "" });
  const route = opened.route("code", { purse: pocket(1_000), tell: async () => undefined });
  return () => route.complete(request, { signal });
}

function messages(server: ScriptedModel, signal: AbortSignal): Pair {
  const baseURL = server.anthropicBaseUrl;
  const client = new Anthropic({ apiKey: key, baseURL, maxRetries: 0, logLevel: "off" });
  const asked = {
    model: "bench",
    max_tokens: 100,
    system,
    messages: [{ role: "user" as const, content: question }],
    stream: true as const,
  };
  return {
    routed: routeTo({ api: "messages", base_url: baseURL }, signal),
    bare: async () => await Array.fromAsync(await client.messages.create(asked, { signal })),
  };
}

function chat(server: ScriptedModel, signal: AbortSignal): Pair {
  const baseURL = server.openaiBaseUrl;
  const client = new OpenAI({ apiKey: key, baseURL, maxRetries: 0, logLevel: "off" });
  const asked = {
    model: "bench",
    max_tokens: 100,
    messages: [
      { role: "system" as const, content: system },
      { role: "user" as const, content: question },
    ],
    stream: true as const,
    stream_options: { include_usage: true },
  };
  return {
    routed: routeTo({ api: "chat", base_url: baseURL }, signal),
    bare: async () => await Array.fromAsync(await client.chat.completions.create(asked, { signal })),
  };
}
