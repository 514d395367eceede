import type { ModelScript, TurnScript } from "../../src/playground/model/model-script.ts";

const manifest = { name: "shop", type: "module", scripts: { test: "node --test" } };

/** A repository with one bug, which its own test shows. */
export const smallShop = {
  "package.json": `${JSON.stringify(manifest)}\n`,
  "sum.js": "export const sum = (numbers) => numbers.reduce((a, b) => a + b, 1) - 2;\n",
  "sum.test.js":
    'import assert from "node:assert/strict";\nimport { test } from "node:test";\nimport { sum } from "./sum.js";\n\ntest("two numbers add up", () => assert.equal(sum([1, 2]), 3));\n',
} as const;

export const fixSum: TurnScript = {
  reply: {
    tool_calls: [
      { name: "edit_file", arguments: { path: "sum.js", old_text: "a + b, 1) - 2", new_text: "a + b, 0)" } },
    ],
  },
};

export const handIn: TurnScript = {
  reply: {
    tool_calls: [
      {
        name: "submit",
        arguments: { title: "Add up from zero", what: "The sum starts at zero.", why: "It was off by one." },
      },
    ],
  },
};

/** A coder that mends the bug in two turns. */
export const solveSmallShop: ModelScript = { turns: [fixSum, handIn] };
