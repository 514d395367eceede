import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { lazyShell } from "../../../src/agent/lazy-shell.ts";
import { describeTools, runTool, summarize, type Toolbox } from "../../../src/agent/run-tool.ts";
import { coderTools } from "../../../src/agent/tools/coder-tools.ts";
import { defineTool } from "../../../src/agent/tools/define-tool.ts";
import { NightshiftError } from "../../../src/domain/errors.ts";
import type { Sandbox } from "../../../src/domain/sandbox.ts";
import { aCall } from "../../support/played-model.ts";
import { processSandbox } from "../../support/process-sandbox.ts";

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await processSandbox();
});
afterAll(() => sandbox[Symbol.asyncDispose]());

const greet = defineTool({
  name: "greet",
  description: "Greets somebody.",
  parameters: z.strictObject({ name: z.string().min(1), times: z.number().int().default(1) }),
  run: async ({ name, times }) => ({ text: `Hello ${name}. `.repeat(times).trim() }),
});

function failing(error: unknown) {
  return defineTool({
    name: "fail",
    description: "Fails.",
    parameters: z.strictObject({}),
    run: () => Promise.reject(error),
  });
}

function run(name: string, args: unknown, tools: Toolbox = [greet]) {
  return runTool(aCall(name, args, "call-1"), tools, {
    sandbox,
    shell: lazyShell(sandbox),
    files: lazyShell(sandbox),
    signal: new AbortController().signal,
  });
}

describe("a tool call", () => {
  test("is answered by its tool, with what it left to the defaults", async () => {
    expect(await run("greet", { name: "Mona" })).toEqual({
      result: { callId: "call-1", name: "greet", text: "Hello Mona.", isError: false },
      submitted: undefined,
    });
  });

  test("is answered with whole characters, wherever a tool has cut", async () => {
    const cut = defineTool({ ...greet, run: async () => ({ text: "🚀".slice(0, 1) }) });
    expect((await run("greet", { name: "Mona" }, [cut])).result.text).toBe("\ufffd");
  });

  test("hands over what was submitted", async () => {
    const change = { title: "Round half cents up", what: "Rounding.", why: "Shares did not add up." };
    expect(await run("submit", change, coderTools)).toEqual({
      result: { callId: "call-1", name: "submit", text: "Submitted.", isError: false },
      submitted: change,
    });
  });
});

describe("a tool call that the model can mend is answered with the way out", () => {
  const answered = async (name: string, args: unknown, tools?: Toolbox) => {
    const { result, submitted } = await run(name, args, tools);
    expect(result).toMatchObject({ callId: "call-1", name, isError: true });
    expect(submitted).toBeUndefined();
    return result.text;
  };

  test("an unknown tool", async () => {
    expect(await answered("bsah", { command: "ls" }, coderTools)).toBe(
      "There is no tool bsah. The tools are: bash, read_file, edit_file, write_file, search, plan, submit.",
    );
  });

  test("arguments that are missing, unknown or of another type", async () => {
    expect(await answered("greet", { times: "two", nam: "Mona" })).toMatchInlineSnapshot(`
      "The arguments of greet are wrong:
      ✖ Unrecognized key: "nam"
      ✖ Invalid input: expected string, received undefined
        → at name
      ✖ Invalid input: expected number, received string
        → at times
      It takes: name, [times]."
    `);
  });

  test.each([
    ["nothing", undefined],
    ["null", null],
    ["a list", ["Mona"]],
    ["a number", 3],
  ])("%s instead of an object", async (_, args) => {
    expect(await answered("greet", args)).toMatch(/^The arguments of greet are wrong:\n✖ Invalid input/);
  });

  test("arguments that are not JSON", async () => {
    expect(await answered("greet", '{"name": "Mo')).toBe(
      "The arguments of greet are not a JSON object: Unterminated string in JSON at position 12 (line 1 column 13). Send them again.",
    );
  });

  test("an empty submission", async () => {
    expect(await answered("submit", { title: "", what: "x", why: "y" }, coderTools)).toContain("title");
  });

  test("bad input", async () => {
    const error = new NightshiftError("bad_input", "There is no file x.", { cause: new Error("ENOENT") });
    expect(await answered("fail", {}, [failing(error)])).toBe("There is no file x. (ENOENT)");
  });
});

test.each([
  ["a lost sandbox", new NightshiftError("sandbox_lost", "It is gone.", { retryable: true })],
  ["a cancelled run", new NightshiftError("cancelled", "Stopped.")],
  ["a mistake of ours", new TypeError("x is not a function")],
])("what the model cannot mend is thrown as it is: %s", async (_, error) => {
  await expect(run("fail", {}, [failing(error)])).rejects.toBe(error);
});

test("a model is told the name, purpose and arguments of every tool", () => {
  expect(describeTools([greet])).toEqual([
    {
      name: "greet",
      description: "Greets somebody.",
      parameters: {
        $schema: "https://json-schema.org/draft/2020-12/schema",
        type: "object",
        properties: {
          name: { type: "string", minLength: 1 },
          times: { type: "integer", default: 1, minimum: -9007199254740991, maximum: 9007199254740991 },
        },
        required: ["name"],
        additionalProperties: false,
      },
    },
  ]);
  expect(describeTools(coderTools).map(({ name, parameters }) => [name, parameters["type"]])).toEqual(
    ["bash", "read_file", "edit_file", "write_file", "search", "plan", "submit"].map((name) => [name, "object"]),
  );
});

test.each([
  ["its first argument", { path: "src/a.ts", content: "x" }, "src/a.ts"],
  ["one line", { command: "  npm test \\\n  | tail  " }, "npm test \\ | tail"],
  ["a hundred characters at most", { command: "x".repeat(101) }, `${"x".repeat(99)}…`],
  ["nothing when there is nothing to show", { count: 3 }, ""],
  ["nothing without arguments", null, ""],
])("for the timeline a call is %s", (_, args, words) => {
  expect(summarize(aCall("bash", args))).toBe(words);
});
