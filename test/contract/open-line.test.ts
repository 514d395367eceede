import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test, vi } from "vitest";
import { openLine } from "../../src/models/open-line.ts";

afterEach(() => {
  vi.useRealTimers();
});

test("a server may be slow for as long as it is not silent, and spaces are a sign of life but no answer", async () => {
  await using server = await listening();
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const line = openLine(1000);
  const asked = line.fetch(server.url);
  const answer = await server.answer;
  answer.write("data");
  const reader = (await asked).body?.getReader();
  await reader?.read();
  for (const sign of [" \n", "more"]) {
    vi.advanceTimersByTime(900);
    answer.write(sign);
    await reader?.read();
  }
  expect(line.heard()).toBe("datamore".length);
  vi.advanceTimersByTime(1000);
  await expect(reader?.read()).rejects.toThrow("silent for 1 s");
});

async function listening() {
  const answered = Promise.withResolvers<ServerResponse>();
  const server = createServer((_, response) => answered.resolve(response)).listen(0, "127.0.0.1");
  await once(server, "listening");
  // The one cast: what listens on a port has an address of this form.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    answer: answered.promise,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
