import { describe, expect, test } from "vitest";
import type { TurnScript } from "../../../src/playground/model/model-script.ts";
import { bash, call, done, draft, failed, handedOver, work } from "../../support/bad-input.ts";
import { fixSum, handIn } from "../../support/small-shop.ts";

const says = (text: string): TurnScript => ({ reply: { text } });
const raw = (args: string): TurnScript => ({ reply: { tool_calls: [{ name: "bash", arguments: args }] } });

describe("a model that calls a tool there is not", () => {
  test("is told which there are, and goes on", async () => {
    const seen = await work({ turns: [call("fly", { to: "Rome" }), fixSum, handIn] });

    expect(seen).toMatchObject(done);
    expect(seen.answers[0]).toBe(
      "There is no tool fly. The tools are: bash, read_file, edit_file, write_file, search, plan, submit, ask_human.",
    );
  });

  test("and nothing else is ended", async () => {
    const fly = call("fly", { to: "Rome" });
    expect(await work({ turns: [fly, fly, fly, fly, fly, fly] })).toMatchObject(
      handedOver("Stopped before anything was changed: 3 tool calls in a row could not be read."),
    );
  });
});

test("a model whose arguments are wrong is told what is wrong with them, and goes on", async () => {
  const seen = await work({
    turns: [call("bash", { cmd: "ls" }), raw('{"command": "ls'), bash("true"), call("submit", {}), fixSum, handIn],
  });

  expect(seen).toMatchObject(done);
  expect(seen.answers.slice(0, 2)).toEqual([
    'The arguments of bash are wrong:\n✖ Unrecognized key: "cmd"\n✖ Invalid input: expected string, received undefined\n  → at command\nIt takes: command, [seconds].',
    expect.stringMatching(
      /^The arguments of bash are not a JSON object: Unterminated string.*\. Send them again\.\n\nNote from Nightshift: 2 of your tool calls in a row could not be read\. /,
    ),
  ]);
  expect(seen.answers[3]).toMatch(/^The arguments of submit are wrong:\n.*title.*what.*why/s);
});

describe("a model that makes ten calls at once", () => {
  const tell = (n: number) => ({ name: "bash", arguments: { command: `echo ${n} >>order.txt; cat order.txt` } });
  const numbers = [1, 2, 3, 4, 5, 6, 7, 8];
  const [fix] = fixSum.reply.tool_calls ?? [];
  const [submit] = handIn.reply.tool_calls ?? [];
  if (fix === undefined || submit === undefined) throw new Error("the small shop is solved without calls");

  test("has them run in their order, all of them answered", async () => {
    const tool_calls = [...numbers.map(tell), { name: "bash", arguments: { command: "rm order.txt" } }, fix];
    const seen = await work({ turns: [{ reply: { tool_calls } }, handIn] });

    expect(seen).toMatchObject(done);
    expect(seen.answers).toEqual([
      ...numbers.map((n) => `${numbers.slice(0, n).join("\n")}\n[exit code 0]`),
      "[exit code 0]",
      "Edited sum.js at line 1.\nnode --check: no syntax error.",
    ]);
  });

  test("may hand in by the last of them, and asks nobody beside others", async () => {
    const ask = { name: "ask_human", arguments: { question: "Really?" } };
    const eight = [...numbers.slice(0, 6).map(tell), { name: "bash", arguments: { command: "rm order.txt" } }, ask];
    expect(await work({ turns: [{ reply: { tool_calls: [...eight, fix, submit] } }] })).toMatchObject(done);
  });
});

describe("a model that never hands in", () => {
  test("and only talks is ended", async () => {
    const talk = says("I would now look at sum.js.");
    const seen = await work({ turns: [talk, talk, talk, talk, talk, talk] });

    expect(seen).toMatchObject(
      handedOver(
        "Stopped before anything was changed: the model answered without using a tool, several times.\n\nThe last words of its coder:\n\n> I would now look at sum.js.",
      ),
    );
    expect(seen.sent).toContain(
      "You called no tool. Go on with the tools; when the work is done, hand it in with `submit`.",
    );
  });

  test("has its work kept as a draft when its turns are over", async () => {
    const turns = [fixSum, bash("echo 1"), bash("echo 2"), bash("echo 3")];
    const seen = await work({ turns, settings: { budget: { turns: 3 } } });

    expect(seen).toMatchObject(draft("the work is unfinished, the limit of 3 turns is reached"));
    expect(seen.rig.model.requests).toHaveLength(3);
  });
});

describe("a model that hands in nothing", () => {
  test("has its words on the issue, and no pull request", async () => {
    expect(await work({ turns: [handIn] })).toMatchObject(
      handedOver("The coder changed nothing. It says:\n\n> The sum starts at zero.\n>\n> It was off by one."),
    );
  });

  test("by undoing what it did opens none either", async () => {
    const seen = await work({ turns: [fixSum, bash("git checkout -q ."), handIn] });
    expect(seen).toMatchObject({ ended: { run: "needs_human" }, pull: undefined });
  });
});

test("a model that declines is not asked again", async () => {
  const decline: TurnScript = { reply: { text: "I cannot help with that.", stop_reason: "refusal" } };
  expect(await work({ turns: [decline] })).toMatchObject(
    handedOver("Stopped before anything was changed: the model declined: I cannot help with that."),
  );
});

test("a model that refuses the key ends the run with what to do", async () => {
  const refused: TurnScript = { fault: { status: 401, times: 9 }, reply: { text: "never" } };
  const seen = await work({ turns: [refused] });
  expect(seen).toMatchObject(failed(seen.reason));
  expect(seen.reason).toContain("ANTHROPIC_API_KEY");
});
