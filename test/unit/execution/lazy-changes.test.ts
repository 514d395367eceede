import { describe, expect, test } from "vitest";
import { findingsOf } from "../../../src/execution/guards/findings-of.ts";
import { aGuardedChange, fixtures, parseChange } from "../../support/a-guarded-change.ts";

const lazy = fixtures("lazy").map(({ title, files }) => [title, title.split(":")[0] ?? "", files] as const);
const lookAlikes = fixtures("look-alikes").map(({ title, files }) => [title, files] as const);

const found = async (change: string) => await findingsOf(aGuardedChange(parseChange(change)));
const kinds = async (change: string) => (await found(change)).map(({ rule, severity }) => `${rule} ${severity}`);

describe("a trick of a clever and lazy coder is found", () => {
  test.each(lazy)("%s", async (_, kind, files) => {
    const findings = await findingsOf(aGuardedChange(files));
    expect(findings.map(({ rule, severity }) => `${rule} ${severity}`)).toContain(kind);
    for (const { text } of findings) expect(text).not.toMatch(/[.\n]$/);
  });
});

describe("what looks like one is let through", () => {
  test.each(lookAlikes)("%s", async (_, files) => {
    expect((await findingsOf(aGuardedChange(files))).filter(({ severity }) => severity !== "note")).toEqual([]);
  });
});

test("the corpora are as large as they have to be", () => {
  expect(lazy.length).toBeGreaterThanOrEqual(60);
  expect(lookAlikes.length).toBeGreaterThanOrEqual(60);
});

test("a program on one line is found, and a picture or a text on one is none", async () => {
  const program = "function a(){return b(c)};".repeat(200);
  expect(await kinds(`=== A src/shim.js\n+${program}`)).toEqual(["hidden-text draft"]);
  expect(await kinds(`=== M src/shim.js\n-${program}\n+x(); ${program}`)).toEqual([]);
  expect(
    await kinds(`=== A src/icon.ts\n+export const icon = "data:image/png;base64,${"iVBORw0K".repeat(800)}";`),
  ).toEqual([]);
  expect(
    await kinds(`=== A src/terms.ts\n+export const terms = "${"You may, and we may not. ".repeat(200)}";`),
  ).toEqual([]);
});

test("a test that reads a row's own answer is told how wide it got", async () => {
  const change =
    "=== M test/a.test.js\n test('a', () => {\n-  expect(a()).toBeCloseTo(1, 6);\n+  expect(a()).toBeCloseTo(1, 0);\n });";
  expect(await found(change)).toMatchObject([
    { rule: "weakened-tests", text: "what is compared may differ by 0.5, before by 5e-7" },
    { rule: "weakened-tests", severity: "note" },
  ]);
});

test("a hidden character is named by its number, and not quoted as it is", async () => {
  const [finding] = await found("=== M src/a.js\n+const ok = `\\u{202e}a`;");
  expect(finding?.text).toBe("`const ok = ' a';` has a character that turns the direction of the text (U+202E)");
});

test("flags that are made of hidden letters are no hidden text, and hidden letters without a flag are", async () => {
  const tags = String.raw`\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}`;
  expect(await kinds(`=== M src/a.js\n+const england = "\\u{1f3f4}${tags}";`)).toEqual([]);
  expect(await kinds(`=== M src/a.js\n+const plain = "x${tags}";`)).toEqual(["hidden-text blocks"]);
});
