import { once } from "node:events";
import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { slowedDown } from "../../../../src/sandbox/shell/slowed-down.ts";

test("a stream without end rests after every megabyte once it has given 64 of them, and nothing of it is lost", async () => {
  const megabyte = Buffer.alloc(1_000_000);
  const stream = Readable.from(Array.from({ length: 70 }, () => megabyte));
  let [heard, rests] = [0, 0];
  stream.on("pause", () => {
    rests += 1;
  });
  stream.on(
    "data",
    slowedDown(stream, (chunk) => {
      heard += chunk.length;
    }),
  );
  await once(stream, "end");
  expect([heard, rests]).toEqual([70_000_000, 7]);
});
