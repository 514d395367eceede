import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { type HttpBindings, serve } from "@hono/node-server";
import { Hono } from "hono";
import { z } from "zod";
import { NightshiftError } from "../../domain/errors.ts";
import { anthropicWire } from "./anthropic-wire.ts";
import { brokenOrder, type Heard, turnIndex } from "./heard.ts";
import { type Fault, type ModelScript, modelScript, type Turn } from "./model-script.ts";
import { openaiWire } from "./openai-wire.ts";
import { responsesWire } from "./responses-wire.ts";
import { speak } from "./spoken.ts";
import { unmet } from "./unmet.ts";
import type { Wire } from "./wire.ts";

/** One request as it came, keys left out. */
export interface RecordedRequest {
  readonly api: Wire["name"];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** A running scripted model. Disposal closes it and drops the connections that are open. */
export interface ScriptedModel extends AsyncDisposable {
  readonly url: string;
  readonly anthropicBaseUrl: string;
  readonly openaiBaseUrl: string;
  /** All requests so far, retries among them. */
  readonly requests: readonly RecordedRequest[];
  /** What was asked against the script; empty after a run that went by it. */
  readonly complaints: readonly string[];
}

/**
 * Serves a scripted conversation by the Anthropic Messages, the OpenAI Chat Completions and the OpenAI Responses formats,
 * streamed or not.
 * It keeps no conversation: the turn follows from how many answers the request holds, so that a resumed run goes on
 * where it was and several runs may go at once. Whatever is not as the script expects is refused with 400.
 * @throws NightshiftError `bad_input` when the script is wrong or the port is taken.
 */
export async function startScriptedModel(options: {
  readonly script: ModelScript;
  readonly host?: string;
  readonly port?: number;
}): Promise<ScriptedModel> {
  const script = modelScript.safeParse(options.script);
  if (!script.success) {
    throw new NightshiftError("bad_input", `The model script is wrong: ${z.prettifyError(script.error)}`, {
      cause: script.error,
    });
  }
  const requests: RecordedRequest[] = [];
  const complaints: string[] = [];
  const faultsMet = new Map<string, number>();
  const closing = new AbortController();

  const answer = (wire: Wire) => async (request: Request, drop: () => void) => {
    const asked: unknown = await request.json().catch(() => undefined);
    requests.push({ api: wire.name, headers: withoutKeys(request.headers), body: asked });
    const refusal = wire.refuseHeaders(request.headers);
    if (refusal) return refuse(wire, refusal.status, refusal.message);
    const found = findTurn(wire, asked, script.data.conversations);
    if (typeof found === "string") {
      complaints.push(found);
      return refuse(wire, 400, found);
    }
    const fault = dueFault(found.turn, JSON.stringify(asked), faultsMet);
    const spoken = speak(found.turn.reply, found.heard);
    if (fault && "status" in fault) return refuseBy(wire, fault);
    if (fault && "delay_ms" in fault) {
      await delay(fault.delay_ms, undefined, { signal: AbortSignal.any([request.signal, closing.signal]) });
    }
    if (!found.heard.stream) {
      if (fault && "stream_error" in fault) return refuse(wire, 503, fault.stream_error);
      return spokenAs("application/json", JSON.stringify(wire.json(spoken)), fault, drop);
    }
    const events = wire.events(spoken, found.heard);
    const told =
      fault && "stream_error" in fault
        ? [...events.slice(0, Math.ceil(events.length / 2)), wire.errorEvent(fault.stream_error)]
        : events;
    return spokenAs("text/event-stream", told.join(""), fault, drop);
  };

  const app: App = new Hono();
  app.post("/v1/messages", (c) => answer(anthropicWire)(c.req.raw, () => c.env.outgoing.destroy()));
  app.post("/v1/chat/completions", (c) => answer(openaiWire)(c.req.raw, () => c.env.outgoing.destroy()));
  app.post("/v1/responses", (c) => answer(responsesWire)(c.req.raw, () => c.env.outgoing.destroy()));
  app.onError((error, c) => c.text(closing.signal.aborted ? "closing" : String(error), 500));

  const host = options.host ?? "127.0.0.1";
  const server = await listen(app, host, options.port ?? 0);
  const url = `http://${host}:${server.port}`;
  return {
    url,
    anthropicBaseUrl: url,
    openaiBaseUrl: `${url}/v1`,
    requests,
    complaints,
    async [Symbol.asyncDispose]() {
      closing.abort();
      await server.close();
    },
  };
}

type App = Hono<{ Bindings: HttpBindings }>;

function findTurn(
  wire: Wire,
  body: unknown,
  conversations: z.output<typeof modelScript>["conversations"],
): { readonly heard: Heard; readonly turn: Turn } | string {
  const heard = readRequest(wire, body);
  if (typeof heard === "string") return heard;
  const [first = "", ...later] = heard.entries.flatMap(({ role, text }) => (role === "assistant" ? [] : [text]));
  const conversation = conversations.find(
    ({ when }) =>
      when.first_includes.every((part) => first.includes(part)) &&
      when.system_includes.every((part) => heard.system.includes(part)) &&
      when.later_includes.every((part) => later.join("\n").includes(part)),
  );
  if (!conversation) {
    return `The script has no conversation for a request that begins ${JSON.stringify(first.slice(0, 300))}.`;
  }
  const index = turnIndex(heard) - conversation.after;
  const where = `Turn ${index + 1} of ${conversation.turns.length}`;
  if (index < 0) return `The turns of a conversation begin after ${conversation.after} answers, and there were fewer.`;
  const turn = conversation.turns[index];
  if (!turn) return `${where}: the script is over, yet the model was asked again.`;
  const problems = unmet(turn.expect, heard);
  return problems.length > 0 ? `${where}: ${problems.join("; ")}` : { heard, turn };
}

function readRequest(wire: Wire, body: unknown): Heard | string {
  try {
    const heard = wire.hear(body);
    const broken = brokenOrder(heard);
    return broken === undefined ? heard : `Not a valid ${wire.name} request: ${broken}`;
  } catch (error) {
    if (error instanceof z.ZodError) return `Not a valid ${wire.name} request: ${z.prettifyError(error)}`;
    throw error;
  }
}

// A retry repeats the same body, so the body tells how often this turn has met its fault.
function dueFault(turn: Turn, asked: string, met: Map<string, number>): Fault | undefined {
  if (!turn.fault) return undefined;
  if ("if_includes" in turn.fault && !asked.includes(turn.fault.if_includes ?? "")) return undefined;
  const key = createHash("sha256").update(asked).digest("hex");
  const count = (met.get(key) ?? 0) + 1;
  met.set(key, count);
  return count <= turn.fault.times ? turn.fault : undefined;
}

function refuseBy(wire: Wire, fault: Extract<Fault, { status: number }>): Response {
  const headers = {
    ...(fault.retry_after !== undefined && { "retry-after": String(fault.retry_after) }),
    ...(fault.retry_after_ms !== undefined && { "retry-after-ms": String(fault.retry_after_ms) }),
  };
  const body = fault.body ?? wire.error(fault.status, fault.message ?? `scripted fault ${fault.status}`);
  return typeof body === "string"
    ? new Response(body, { status: fault.status, headers })
    : Response.json(body, { status: fault.status, headers });
}

function refuse(wire: Wire, status: number, message: string): Response {
  return Response.json(wire.error(status, message), { status });
}

function spokenAs(type: string, text: string, fault: Fault | undefined, drop: () => void): Response {
  if (!fault || !("cut" in fault)) return new Response(text, { headers: { "content-type": type } });
  // Chunked, or the server would hold the first half back until it knows whether there is more.
  const headers = { "content-type": type, "transfer-encoding": "chunked" };
  return new Response(half(text, fault.cut, drop), { headers });
}

/** The first half of a text, and then no more. */
function half(text: string, cut: "mid_stream" | "early_end" | "stall", drop: () => void): ReadableStream {
  let sent = false;
  return new ReadableStream({
    // The second pull comes when the first half is on its way.
    pull(controller) {
      if (!sent) {
        sent = true;
        controller.enqueue(new TextEncoder().encode(text.slice(0, Math.ceil(text.length / 2))));
      } else if (cut === "early_end") {
        controller.close();
      } else if (cut === "mid_stream") {
        // Not before what was written has left the process.
        setImmediate(drop);
      }
    },
  });
}

function withoutKeys(headers: Headers): Readonly<Record<string, string>> {
  const secret = ["authorization", "x-api-key", "proxy-authorization", "cookie"];
  return Object.fromEntries([...headers].map(([name, value]) => [name, secret.includes(name) ? "[redacted]" : value]));
}

interface Listening {
  readonly port: number;
  close(): Promise<void>;
}

async function listen(app: App, hostname: string, port: number): Promise<Listening> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, hostname, port }, (address) =>
      resolve({
        port: address.port,
        close: () =>
          new Promise((done) => {
            server.close(() => done());
            if ("closeAllConnections" in server) server.closeAllConnections();
          }),
      }),
    );
    server.once("error", (cause) =>
      reject(new NightshiftError("bad_input", `Cannot listen on ${hostname}:${port}: ${cause.message}`, { cause })),
    );
  });
}
