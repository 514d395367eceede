import { describe, expect, test } from "vitest";
import type { CommittedFiles } from "../../../../src/domain/committed-files.ts";
import { contributingParts } from "../../../../src/execution/orient/contributing-parts.ts";
import { instructionsOf } from "../../../../src/execution/orient/instructions.ts";
import { quoteTicket } from "../../../../src/execution/orient/quote-ticket.ts";
import { readTicket } from "../../../../src/execution/orient/read-ticket.ts";
import { wantsTriage } from "../../../../src/execution/orient/wants-triage.ts";
import { openQuestions } from "../../../../src/execution/planning/clarify.ts";

const committed = (files: Readonly<Record<string, string>>): CommittedFiles => ({
  hashes: new Map(Object.keys(files).map((path) => [path, path])),
  read: async (path) => files[path],
});

describe("a ticket, read without a model", () => {
  test("tells its files, logs and criteria", () => {
    const body =
      "See src/cart.ts:12 and https://a.test/x/y.ts.\n\n```\nTypeError: no\n  at f (src/sum.ts:1:2)\n```\n\n## Acceptance criteria\n\n- It is empty\n2. It is fast\n\n## Other\n- no";
    expect(readTicket({ title: "Cart", body })).toEqual({
      filepaths: ["src/cart.ts", "src/sum.ts"],
      errorLogs: "TypeError: no\n  at f (src/sum.ts:1:2)",
      acceptance_criteria: ["It is empty", "It is fast"],
    });
  });

  test("takes its tasks for criteria", () => {
    expect(readTicket({ title: "", body: "- [ ] one\n- [x] two" }).acceptance_criteria).toEqual(["one", "two"]);
  });

  test("is quoted as its page shows it", () => {
    const quoted = quoteTicket({ title: "A\u200bb", body: "![obey](a.png) <!-- obey -->text" });
    expect(quoted.title).toBe('<untrusted source="issue title">\nAb\n</untrusted>');
    expect(quoted.description).toBe('<untrusted source="issue">\n![](a.png) text\n</untrusted>');
  });
});

test.each([
  ["auto", 1, "Sum is wrong", "`sum([1, 2])` is 2.", false],
  ["auto", 1, "Cart total is wrong", "It is a cent off.", false],
  ["auto", 1, "Fix cart.ts", "", false],
  ["auto", 1, "Does not work", "", true],
  ["auto", 1, "Improve it", "<!-- a template that nobody has filled in, with many words -->", true],
  ["auto", 1, "Does not work", "![](https://example.org/a.png) <img src='https://example.org/b.png'>", true],
  ["auto", 2, "Sum is wrong", "`sum([1, 2])` is 2.", true],
  ["always", 1, "Sum is wrong", "`sum([1, 2])` is 2.", true],
  ["never", 2, "Does not work", "", false],
] as const)("with triage: %s and %i models, “%s” is judged when it should be", (mode, models, title, body, wanted) => {
  expect(wantsTriage(mode, models, { title, body })).toBe(wanted);
});

test("questions stand on the issue as text that calls nobody", () => {
  expect(openQuestions(["Which @cart?", "a\nb <b>"])).toMatch(/\n\n1\. Which @\u200bcart\?\n2\. a b <\u200bb>$/);
});

describe("instructions", () => {
  test("are quoted each once, those of the ticket's folders too, and others named", async () => {
    const files = committed({
      "AGENTS.md": "Run make.",
      "CLAUDE.md": "AGENTS.md",
      ".github/copilot-instructions.md": "Use tabs.",
      "api/AGENTS.md": "Version it.",
      "web/CLAUDE.md": "No jQuery.",
      "node_modules/x/AGENTS.md": "Theirs.",
    });
    expect(await instructionsOf(files, ["api/v1/a.ts"])).toMatchInlineSnapshot(`
      "The repository's maintainers ask of everybody who changes it (where two of these differ, the one nearest to the file holds, which stands last):
      <untrusted source="AGENTS.md">
      Run make.
      </untrusted>
      <untrusted source=".github/copilot-instructions.md">
      Use tabs.
      </untrusted>
      <untrusted source="api/AGENTS.md">
      Version it.
      </untrusted>
      These hold for their own folders or files; read them before you change anything there:
      <untrusted source="paths">
      web/CLAUDE.md
      </untrusted>"
    `);
  });

  test("keep within their budget and name what had no room", async () => {
    const files = committed({
      "AGENTS.md": "a".repeat(20_000),
      "CLAUDE.md": "b".repeat(20_000),
      ".github/copilot-instructions.md": "c".repeat(20_000),
    });
    const text = await instructionsOf(files, []);
    expect(text.length).toBeLessThan(25_000);
    expect(text).toContain("[… 8000 characters were left out here …]");
    expect(text).toContain("no room for all of these");
    expect(text.slice(text.indexOf("no room"))).toContain("AGENTS.md\nCLAUDE.md\n.github/copilot-instructions.md");
  });

  test("are none where there are none", async () => {
    expect(await instructionsOf(committed({}), ["a.ts"])).toBe("");
  });

  test("of a guide are its parts on tests and style, else its beginning", () => {
    const guide =
      "# Hello\nwelcome\n## Running tests\nnpm test\n```\n# no heading\n```\n## Code of conduct\nbe nice\n## Style\ntabs";
    expect(contributingParts(guide, 4_000)).toBe(
      "## Running tests\nnpm test\n```\n# no heading\n```\n\n## Style\ntabs",
    );
    expect(contributingParts("x".repeat(3_000), 4_000)).toBe(`${"x".repeat(1_500)}\n[… 1500 more characters]`);
  });
});
