import { describe, expect, test } from "vitest";
import type { CommittedFiles } from "../../../../src/domain/committed-files.ts";
import { instructionsOf } from "../../../../src/execution/orient/instructions.ts";
import { scopedInstruction } from "../../../../src/execution/orient/scoped-instructions.ts";

const committed = (files: Readonly<Record<string, string>>): CommittedFiles => ({
  hashes: new Map(Object.keys(files).map((path) => [path, path])),
  read: async (path) => files[path],
});
/** The files that are quoted, in their order, and what is said of others. */
async function told(files: Readonly<Record<string, string>>, named: readonly string[] = []) {
  const text = await instructionsOf(committed(files), named);
  const quoted = [...text.matchAll(/<untrusted source="([^"]+)">/g)].map(([, path]) => path);
  return { text, quoted: quoted.filter((path) => path !== "paths") };
}

describe("what CLAUDE.md imports", () => {
  test("is quoted after it, once, and what that imports as well", async () => {
    const files = {
      "AGENTS.md": "Run make.",
      "CLAUDE.md":
        "@AGENTS.md\n\n- Style: @docs/style.md and @./docs/missing.md.\n- mail me@example.md, `@docs/quoted.md`\n```\n@docs/fenced.md\n```",
      "docs/style.md": "Tabs. See @names.md",
      "docs/names.md": "Nouns. See @style.md",
      "docs/quoted.md": "no",
      "docs/fenced.md": "no",
      "example.md": "no",
    };
    expect((await told(files)).quoted).toEqual(["AGENTS.md", "CLAUDE.md", "docs/style.md", "docs/names.md"]);
  });

  test("leads neither out of the repository nor on for ever", async () => {
    const chain = Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`n${n}.md`, `${n} @n${n + 1}.md`]));
    const { quoted } = await told({ "CLAUDE.md": "@../secret.md @/etc/motd.txt @n0.md now", ...chain });
    expect(quoted).toEqual(["CLAUDE.md", "n0.md", "n1.md", "n2.md"]);
  });

  test("is found from where a link leads", async () => {
    const files = {
      "CLAUDE.md": "@docs/guide.md",
      "docs/guide.md": "Nouns: @names.md here",
      "docs/names.md": "Say it once.",
      "names.md": "Another.",
    };
    const { text, quoted } = await told(files);
    expect(quoted).toEqual(["CLAUDE.md", "docs/names.md"]);
    expect(text).toContain("\nSay it once.\n");
  });

  test("is not quoted once more for what else it is", async () => {
    const scoped = ".github/instructions/any.instructions.md";
    const files = {
      "CLAUDE.md": `Read @CONTRIBUTING.md and @${scoped} first.`,
      "CONTRIBUTING.md": "# Code style\nTabs.",
      [scoped]: "---\napplyTo: '**'\n---\nAny.",
    };
    expect((await told(files)).quoted).toEqual(["CLAUDE.md", "CONTRIBUTING.md", scoped]);
  });
});

describe("instructions for some files", () => {
  const files = {
    ".github/copilot-instructions.md": "All.",
    ".github/instructions/ts.instructions.md": '---\napplyTo: "src/**/*.{ts,tsx}, web/**"\n---\nTyped.',
    ".github/instructions/deep/py.instructions.md": "---\napplyTo: **/*.py\n---\nBlack.",
    ".github/instructions/any.instructions.md": "---\napplyTo: '**'\n---\nAny.",
    ".github/instructions/review.instructions.md":
      '---\napplyTo: "**"\nexcludeAgent: "coding-agent"\n---\nOnly reviews.',
    ".github/instructions/none.instructions.md": "Never by itself.",
  };

  test("are quoted where the ticket names one of them, and else named", async () => {
    const typed = await told(files, ["src/a/b.tsx"]);
    expect(typed.quoted).toEqual([
      ".github/copilot-instructions.md",
      ".github/instructions/any.instructions.md",
      ".github/instructions/ts.instructions.md",
    ]);
    expect(typed.text).toContain("\nTyped.\n");
    expect(typed.text).not.toContain("applyTo");
    expect(typed.text).toMatch(
      /read them before you change anything there:\n.*\n\.github\/instructions\/deep\/py\.instructions\.md\n<\/untrusted>$/,
    );
    expect((await told(files, ["src/a.ts", "tools/b.py"])).text).toContain("Black.");
  });

  test.each([
    ["in quotes", '"a/*.ts,b/*.ts"'],
    ["without", "a/*.ts, b/*.ts"],
    ["as a list", "[\"a/*.ts\", 'b/*.ts']"],
    ["line by line", '\n  - "a/*.ts"\n  - b/*.ts'],
  ])("say for which, %s", (_, value) => {
    const scoped = scopedInstruction(`---\ndescription: x\napplyTo: ${value}\n---\nText.\n`);
    expect(scoped?.text).toBe("Text.");
    expect(["a/x.ts", "b/x.ts", "c/x.ts"].filter((path) => scoped?.appliesTo([path]))).toEqual(["a/x.ts", "b/x.ts"]);
  });
});

test("what is nearest to the ticket's files has room before what is long, holds, and stands last", async () => {
  const files = {
    "AGENTS.md": "a".repeat(20_000),
    "CLAUDE.md": "c".repeat(20_000),
    "api/AGENTS.md": "Version it.",
    "api/v2/AGENTS.md": "Not here.",
  };
  const { text, quoted } = await told(files, ["api/v2/a.ts"]);
  expect(quoted).toEqual(["AGENTS.md", "CLAUDE.md", "api/AGENTS.md", "api/v2/AGENTS.md"]);
  expect(text).toContain("the one nearest to the file holds, which stands last");
  expect(text).toContain("Not here.");
  expect(text.length).toBeLessThan(25_500);
  expect((await told({ "AGENTS.md": "Run make." })).text).not.toContain("nearest");
});
