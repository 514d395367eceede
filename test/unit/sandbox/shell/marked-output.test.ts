import { expect, test } from "vitest";
import { MarkedOutput } from "../../../../src/sandbox/shell/marked-output.ts";

const marks = { begin: "beginbegin", end: "endendend" };
const printed = "noise from before\nbeginbegin 12.34\noutput, ende endenden, without an end of lineendendend 3\nnoise";

function reading(chunks: readonly string[]) {
  const output: string[] = [];
  const marked = new MarkedOutput(marks, (chunk) => output.push(chunk.toString()));
  for (const chunk of chunks) marked.add(Buffer.from(chunk));
  return { marked, output };
}

test("what stands between the marks is the command's, wherever the chunks are cut", () => {
  for (let cut = 0; cut <= printed.length; cut += 1) {
    const { marked, output } = reading([printed.slice(0, cut), printed.slice(cut)]);
    expect([marked.since, marked.exitCode, output.join("")]).toEqual([
      "12.34",
      3,
      "output, ende endenden, without an end of line",
    ]);
  }
  const { marked, output } = reading([...printed]);
  expect([marked.exitCode, output.join("")]).toEqual([3, "output, ende endenden, without an end of line"]);
});

test("output is given on as it comes, but for what may be the beginning of a mark", () => {
  const { marked, output } = reading(["beginbegin \n", "uno", "two end", "end"]);
  expect([marked.since, marked.exitCode]).toEqual(["", undefined]);
  expect(output).toEqual(["uno", "two "]);
  marked.flush();
  expect(output).toEqual(["uno", "two ", "endend"]);
});

test("nothing is a command's before it has begun", () => {
  const { marked, output } = reading(["beginbegi", "endendend 0\n"]);
  marked.flush();
  expect([marked.since, marked.exitCode, output]).toEqual([undefined, undefined, []]);
});
