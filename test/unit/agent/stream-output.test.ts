import { expect, test } from "vitest";
import { streamOutput } from "../../../src/agent/stream-output.ts";

/** A stream, its clock, and what it told. */
function aStream(fail?: Error) {
  const told: string[] = [];
  const clock = { now: 0 };
  const stream = streamOutput(
    async (text) => {
      if (fail !== undefined) throw fail;
      told.push(text);
    },
    () => clock.now,
    0,
  );
  return { told, clock, stream };
}

test("a quick command's output is not told", async () => {
  const { told, clock, stream } = aStream();
  clock.now = 1_999;
  stream.onOutput("all of it");
  await stream.settled();
  expect(told).toEqual([]);
});

test("a long command's newest output is told, and no more often than every half minute in the end", async () => {
  const { told, clock, stream } = aStream();
  for (let second = 1; second <= 600; second += 1) {
    clock.now = second * 1_000;
    stream.onOutput(`${second}\n`);
  }
  await stream.settled();
  expect(told.slice(0, 2)).toEqual(["1\n2\n", "3\n4\n5\n6\n"]);
  expect(told).toHaveLength(23);
});

test("of much output the last 2,000 characters are told", async () => {
  const { told, clock, stream } = aStream();
  stream.onOutput("a".repeat(5_000));
  clock.now = 2_000;
  stream.onOutput("b".repeat(500));
  await stream.settled();
  expect(told).toEqual([`${"a".repeat(1_500)}${"b".repeat(500)}`]);
});

test("what the taker throws is thrown once the command is done", async () => {
  const { clock, stream } = aStream(new Error("another worker has the run"));
  clock.now = 2_000;
  stream.onOutput("x");
  await expect(stream.settled()).rejects.toThrow("another worker has the run");
});
