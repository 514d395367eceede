import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { outlineOf } from "../../../../src/domain/outline.ts";
import type { Survey } from "../../../../src/domain/survey.ts";
import { drawMap } from "../../../../src/execution/orient/draw-map.ts";
import { findNamed } from "../../../../src/execution/orient/find-named.ts";
import { importGraph } from "../../../../src/execution/orient/import-graph.ts";
import { namedIn } from "../../../../src/execution/orient/named-in.ts";
import { rankFiles } from "../../../../src/execution/orient/rank-files.ts";

function aSurvey(files: Readonly<Record<string, string>>, touched: Survey["touched"] = []): Survey {
  const outlines = Object.entries(files).map(([path, text]) => [path, outlineOf(path, text)] as const);
  const code = new Map(outlines.filter(([path]) => !path.endsWith(".md")));
  return { paths: Object.keys(files), outlines: code, touched, complete: true };
}

const shop = {
  "README.md": "",
  "src/cart.ts": 'import { add } from "./sum.ts";\nexport function emptyCart() {}\n',
  "src/sum.ts": "export const add = () => 0;\n",
  "src/login.ts": "export class Login {}\n",
  "src/mail.ts": "export class Mail {}\n",
};

describe("files are ranked", () => {
  test.each([
    ["the one that a stack trace names", "at f (/app/src/login.ts:3:1)", "src/login.ts"],
    ["the one that declares a name", "`emptyCart` throws", "src/cart.ts"],
    ["the one whose name is a word of it", "No mails are sent", "src/mail.ts"],
  ])("%s first", (_, text, first) => {
    expect(rankFiles(aSurvey(shop), namedIn(text))[0]).toBe(first);
  });

  test("with what is imported next", () => {
    expect(rankFiles(aSurvey(shop), namedIn("`emptyCart` throws")).slice(0, 2)).toEqual(["src/cart.ts", "src/sum.ts"]);
  });

  test("by what was touched of late where nothing is named", () => {
    const survey = aSurvey(shop, [["src/mail.ts"], ["src/login.ts", "src/mail.ts"]]);
    expect(rankFiles(survey, namedIn("?")).slice(0, 2)).toEqual(["src/mail.ts", "src/login.ts"]);
  });
});

test.each([
  ["a.ts", 'export * from "./b.ts";\nimport "@/lib/c";', { "b.ts": "", "src/lib/c.ts": "" }, ["b.ts", "src/lib/c.ts"]],
  [
    "pkg/a.py",
    "from . import x\nfrom .b import y\nimport app.c",
    { "pkg/b.py": "", "src/app/c.py": "" },
    ["pkg/b.py", "src/app/c.py"],
  ],
  [
    "cmd/a.go",
    'package a\nimport (\n\t"x.test/m/internal/store"\n)',
    { "internal/store/s.go": "" },
    ["internal/store/s.go"],
  ],
  ["src/a.rs", "use crate::b::Name;\nmod d;", { "src/b.rs": "", "src/d.rs": "" }, ["src/d.rs"]],
  ["A.java", "import com.acme.Name;", { "src/main/java/com/acme/Name.java": "" }, ["src/main/java/com/acme/Name.java"]],
  ["a/a.c", '#include "../b/b.h"\n#include <stdio.h>', { "b/b.h": "" }, ["b/b.h"]],
  ["a.rb", 'require_relative "lib/b"', { "lib/b.rb": "" }, ["lib/b.rb"]],
])("%s imports files of the repository", (path, text, others, targets) => {
  const { outlines } = aSurvey({ [path]: text, ...others });
  expect(importGraph(outlines).get(path)).toEqual(expect.arrayContaining(targets));
});

test.each([
  [
    "a.ts",
    "export async function one() {}\n  function inner() {}\nexport const two = 1;\nexport type Three = 4;",
    ["one", "two", "Three"],
  ],
  [
    "a.py",
    "class One:\n    def inner(self): ...\n    def _own(self):\n        def deep(): ...\nasync def two(): ...",
    ["One", "inner", "two"],
  ],
  [
    "a.ts",
    "export class One {\n  constructor(a: A) {\n    if (a) {\n    }\n  }\n  async inner(a: A): Promise<B> {\n    for (;;) {\n    call(a);\n  }\n  get two() {\n",
    ["One", "inner", "two"],
  ],
  ["a.go", "func (s *Store) One() {}\ntype Two struct {}", ["One", "Two"]],
  ["a.rs", "pub(crate) async fn one() {}\npub struct Two;", ["one", "Two"]],
  ["A.java", "public final class One {\n    public static int two(int a) {}\n}", ["One", "two"]],
  ["a.rb", "module One\n  class Two\n    def self.three", ["One", "Two", "three"]],
  ["a.c", "static int one(void)\n{\n  return two(3);\n}\nstruct Two {", ["one", "Two"]],
  ["min.js", `function a(){}${"x();".repeat(2_000)}`, []],
  ["a.txt", "function a() {}", []],
])("%s declares at its top level", (path, text, symbols) => {
  expect(outlineOf(path, text).symbols).toEqual(symbols);
});

test("a path is found whole, by its end, or by a name that few files have", () => {
  const paths = ["src/a/index.ts", "src/b/index.ts", "src/c/index.ts", "src/d/index.ts", "src/cart.ts"];
  const found = (...named: string[]) => findNamed({ paths: named }, paths);
  expect(found("src/cart.ts")).toEqual(["src/cart.ts"]);
  expect(found("/usr/app/src/b/index.ts", "cart.ts")).toEqual(["src/b/index.ts", "src/cart.ts"]);
  expect(found("index.ts", "no/such.ts")).toEqual([]);
});

describe("a map", () => {
  test("shows the folders and the files with what they declare, and what is named though it is no code", () => {
    expect(drawMap(aSurvey(shop), namedIn("`emptyCart` is not in README.md"))).toEqual({
      folders: "src/ (4)\n(top): README.md",
      files: "README.md\nsrc/cart.ts: emptyCart\nsrc/sum.ts: add\nsrc/login.ts: Login\nsrc/mail.ts: Mail",
    });
  });

  test("of nothing is none", () => {
    expect(drawMap(aSurvey({}), namedIn("x"))).toBeUndefined();
  });

  test("keeps within its budget and its lines, whatever the files are called", () => {
    const name = fc.string({ unit: "binary", minLength: 1, maxLength: 30 }).map((text) => `src/${text}.ts`);
    fc.assert(
      fc.property(fc.array(name, { maxLength: 30 }), fc.integer({ min: 40, max: 800 }), (names, budget) => {
        const files = Object.fromEntries(names.map((path) => [path, "export function f() {}\n"]));
        const map = drawMap(aSurvey(files), namedIn("src f"), budget);
        const text = `${map?.folders ?? ""}${map?.files ?? ""}`;
        expect(text.length).toBeLessThanOrEqual(budget);
        expect(text).not.toMatch(/(?!\n)\p{Cc}/u);
      }),
    );
  });
});
