import { expect, test } from "vitest";
import type { TurnScript } from "../../../src/playground/model/model-script.ts";
import { call, done, work } from "../../support/bad-input.ts";
import { fixSum, handIn } from "../../support/small-shop.ts";

test("a model whose answer is cut off is told so, and what to do about it", async () => {
  const half = { name: "write_file", arguments: '{"path": "sum.js", "content": "export' };
  const ls = { name: "bash", arguments: { command: "ls" } };
  const cut: TurnScript = { reply: { tool_calls: [ls, half], stop_reason: "max_tokens" } };
  const talk: TurnScript = { reply: { text: "I shall now explain", stop_reason: "max_tokens" } };
  const seen = await work({ turns: [cut, talk, fixSum, handIn] });

  expect(seen).toMatchObject(done);
  expect(seen.answers.slice(0, 2)).toEqual([
    "package.json\nsum.js\nsum.test.js\n[exit code 0]",
    "Your answer was longer than one may be and was cut off. This call's arguments have no end, and nothing was done. Send less at once: of a long file first the beginning, and the rest by further calls.",
  ]);
  expect(seen.sent).toContain(
    "Your answer was longer than one may be and was cut off. You called no tool. Go on with the tools; when the work is done, hand it in with `submit`.",
  );
});

test("characters that neither a database nor a file's name can hold do no harm, wherever a model writes them", async () => {
  const odd = "a\u0000b\ud800c\u001b[31m";
  const seen = await work({
    turns: [
      { reply: { text: odd, tool_calls: [{ name: "bash", arguments: { command: `echo ${odd}` } }] } },
      call("write_file", { path: odd, content: odd }),
      call("read_file", { path: odd }),
      call("search", { pattern: odd }),
      call("edit_file", { path: "sum.js", old_text: odd, new_text: odd }),
      call(odd),
      fixSum,
      call("submit", { title: `Add ${odd}`, what: odd, why: odd }),
    ],
  });

  expect(seen).toMatchObject({ ended: done.ended, issue: done.issue });
  expect(seen.pull?.title.isWellFormed()).toBe(true);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what must not be there.
  expect(`${seen.pull?.title}${seen.pull?.body}`).not.toMatch(/[\u0000\u001b]/);
});
