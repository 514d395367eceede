import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { Command } from "commander";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Verb, verbCommand } from "../../../src/cli/verb.ts";

const printed = { out: "", err: "" };
beforeEach(() => {
  const keep = (into: keyof typeof printed) => (text: unknown) => {
    printed[into] += text;
    return true;
  };
  Object.assign(printed, { out: "", err: "" });
  vi.spyOn(process.stdout, "write").mockImplementation(keep("out"));
  vi.spyOn(process.stderr, "write").mockImplementation(keep("err"));
});
afterEach(() => vi.restoreAllMocks());

/** Calls a verb that does this; gives its exit code. */
async function call(run: Verb<object>["run"], ...args: readonly string[]): Promise<number | undefined> {
  let code: number | undefined;
  const finish = (its: number) => {
    code = its;
  };
  const verb: Verb<object> = { name: "try", summary: "", example: "", run };
  const command = verbCommand(verb, finish, new AbortController().signal);
  await new Command().addCommand(command).parseAsync(["try", ...args], { from: "user" });
  return code;
}

test("no word that is printed steers the terminal, and what machines read keeps it", async () => {
  const evil = "a\u001b]0;title\u0007\u001b[2J\u0000b\tc";
  const say: Verb<object>["run"] = async (_, context) => {
    context.say(evil);
    context.answer({ evil }, evil);
    return 0;
  };
  await call(say);
  expect(printed).toEqual({ out: "ab\tc\n", err: "ab\tc\n" });
  printed.out = "";
  await call(say, "--json");
  expect(JSON.parse(printed.out)).toEqual({ evil });
});

test.skipIf(!existsSync("/dev/full"))("a disk without room is told with the way out, and without a stack", async () => {
  const code = await call(async () => {
    await writeFile("/dev/full", "more");
    return 0;
  });
  const told =
    "nightshift try: ENOSPC: no space left on device, write. There is no room left on that disk: make some, then call again.\n";
  expect({ code, ...printed }).toEqual({ code: 2, out: "", err: told });
});

test("a defect is not told as if it were the machine's fault", async () => {
  await expect(call(() => Promise.reject(new TypeError("x is undefined")))).rejects.toThrow(TypeError);
});
