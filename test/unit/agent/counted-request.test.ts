import { expect, test } from "vitest";
import { openWindow } from "../../../src/agent/open-window.ts";
import type { Message } from "../../../src/domain/message.ts";
import { worstCaseUsd } from "../../../src/domain/model.ts";
import { aCall, calling } from "../../support/played-model.ts";

const price = { input: 1000, output: 0, cacheRead: 0, cacheWrite: 0 };

test("a picture counts for the most that it can cost, also where the request was counted as it grew", () => {
  const image = { mediaType: "image/png", base64: "A".repeat(400_000) } as const;
  const opening = { role: "user" as const, text: "What does it show?", images: [{ ...image }] } satisfies Message;
  const window = openWindow({ system: "You look.", opening, tools: [], maxOutputTokens: 100, level: 0 });
  const result = { callId: "1", name: "read_file", text: "A picture.", isError: false, images: [{ ...image }] };
  window.add(calling(aCall("read_file", { path: "a.png" })), { role: "tool", results: [result] });

  const { bytes, ...request } = window.request();
  expect(worstCaseUsd({ ...request, bytes }, price)).toBe(worstCaseUsd(request, price));
  expect(bytes).toBeGreaterThan(20_000);
  expect(bytes).toBeLessThan(21_000);
});
