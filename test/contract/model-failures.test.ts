import { describe, expect, test } from "vitest";
import type { NightshiftError } from "../../src/domain/errors.ts";
import { BrokenAnswer, RequestRefused } from "../../src/domain/model.ts";
import { startScriptedModel } from "../../src/playground/model/start-scripted-model.ts";
import { apiKey, ask, cases, expectBilled, expectHalf, failure, long, never, one } from "../support/model-formats.ts";

describe.each(cases)("a model that speaks as $name, $how", ({ name, stream, build, overflow }) => {
  test("asks once, and says how long to wait where the server does", async () => {
    const date = new Date(Date.now() + 90_000).toUTCString();
    const waits = [
      [{ retry_after: 3 }, 3000, 3000],
      [{ retry_after_ms: 250, retry_after: 1 }, 250, 250],
      [{ retry_after: date }, 80_000, 90_000],
    ] as const;
    for (const [fault, least, most] of waits) {
      await using server = await startScriptedModel({
        script: one({ text: "Never." }, { status: 429, times: 9, ...fault }),
      });
      const error = await failure(build(server).complete(ask("Hello?"), { signal: never }));
      expect(error).toMatchObject({ code: "model_unavailable", retryable: true });
      const { retryAfterMs } = error as NightshiftError & { readonly retryAfterMs?: number };
      expect(retryAfterMs).toBeGreaterThanOrEqual(least);
      expect(retryAfterMs).toBeLessThanOrEqual(most);
      expect(server.requests).toHaveLength(1);
    }
  });

  test.each([500, 529])("is unavailable, which may pass, after an answer of %i", async (status) => {
    await using server = await startScriptedModel({ script: one({ text: "Never said." }, { status, times: 9 }) });
    const error = await failure(build(server).complete(ask("Hello?"), { signal: never }));
    expect(error).toMatchObject({ code: "model_unavailable", retryable: true, retryAfterMs: undefined });
    expect(error).not.toBeInstanceOf(BrokenAnswer);
    expect(server.requests).toHaveLength(1);
  });

  test("is unavailable when nobody listens", async () => {
    const server = await startScriptedModel({ script: one({ text: "Never said." }) });
    await server[Symbol.asyncDispose]();
    const error = await failure(build(server).complete(ask("Hello?"), { signal: never }));
    expect(error).toMatchObject({ code: "model_unavailable", retryable: true });
    expect(error).not.toBeInstanceOf(BrokenAnswer);
  });

  test.each([400, 401, 403, 404])("refuses for good on %i, in words that help and without the key", async (status) => {
    const text = `no good: ${apiKey}`;
    await using server = await startScriptedModel({ script: one({ text: "Never said." }, { status, message: text }) });
    const error = await failure(build(server, { keyVariable: "THE_KEY" }).complete(ask("Hello?"), { signal: never }));
    expect(error).toMatchObject({ code: "model_refused", retryable: false });
    // Of these, what is wrong with the key, the account or the model is so for every request.
    expect(error instanceof RequestRefused).toBe(status === 400);
    expect(error.message).toContain(new URL(server.url).host);
    expect(error.message).toContain("no good");
    if (name !== "local") {
      expect(`${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`).not.toContain(apiKey);
      if (status === 401) expect(error.message).toContain("Set THE_KEY");
    }
    expect(server.requests).toHaveLength(1);
  });

  test("says when the conversation is too long for it", async () => {
    await using server = await startScriptedModel({
      script: one({ text: "Never said." }, { status: 400, ...overflow }),
    });
    const error = await failure(build(server).complete(ask("x".repeat(1000)), { signal: never }));
    expect(error).toMatchObject({ code: "context_overflow", retryable: false });
  });

  test.each([
    ["mid_stream", 0],
    ["early_end", 0],
    ["stall", 500],
  ] as const)("never takes half an answer for one, and says what it used: %s", async (cut, idleMs) => {
    await using server = await startScriptedModel({ script: one({ text: long }, { cut, times: 9 }) });
    const model = build(server, idleMs > 0 ? { idleMs } : {});
    const error = await failure(model.complete(ask("Hello?"), { signal: never }));
    expect(error).toMatchObject({ code: "model_unavailable", retryable: true });
    expectHalf(error);
    if (cut === "stall" && stream) expect(error.message).toContain("silent for 0.5 s");
    expect(server.requests).toHaveLength(1);
  });

  test("counts no more output than was allowed when an answer breaks off", async () => {
    await using server = await startScriptedModel({ script: one({ text: long }, { cut: "mid_stream" }) });
    const error = await failure(build(server).complete({ ...ask("Hello?"), maxOutputTokens: 20 }, { signal: never }));
    expect(error).toMatchObject({ usage: { output: 20 } });
  });

  test("tells an error that comes within a stream as what it is", async () => {
    await using server = await startScriptedModel({
      script: one({ text: long }, { stream_error: "the engine fell over" }),
    });
    const error = await failure(build(server).complete(ask("Hello?"), { signal: never }));
    expect(error).toMatchObject({ code: "model_unavailable", retryable: true });
    expect(error.message).toContain("the engine fell over");
    if (stream) expectHalf(error);
  });

  test("is unavailable when the server is silent from the start", async () => {
    await using server = await startScriptedModel({ script: one({ text: "Too late." }, { delay_ms: 600_000 }) });
    const error = await failure(build(server, { idleMs: 300 }).complete(ask("Hello?"), { signal: never }));
    expect(error).toMatchObject({ code: "model_unavailable", retryable: true });
    expectBilled(error, { whole: !stream });
  });

  test("stops at once when it is cancelled", async () => {
    await using server = await startScriptedModel({ script: one({ text: "Too late." }, { delay_ms: 600_000 }) });
    const controller = new AbortController();
    const pending = failure(build(server).complete(ask("Hello?"), { signal: controller.signal }));
    await expect.poll(() => server.requests.length).toBe(1);
    controller.abort();
    const error = await pending;
    expect(error).toMatchObject({ code: "cancelled", retryable: false });
    expectBilled(error, { whole: !stream });
  });

  test("makes no call when it is cancelled before", async () => {
    await using server = await startScriptedModel({ script: one({ text: "Too late." }) });
    const error = await failure(build(server).complete(ask("Hello?"), { signal: AbortSignal.abort() }));
    expect(error.code).toBe("cancelled");
    expect(error).not.toBeInstanceOf(BrokenAnswer);
    expect(server.requests).toHaveLength(0);
  });
});
