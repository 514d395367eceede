import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { titleOf } from "../../../../../src/execution/proof/test-key.ts";
import {
  readTestResults,
  type TestResults,
} from "../../../../../src/execution/proof/test-results/read-test-results.ts";
import { sectionsOf } from "../../../../../src/execution/proof/test-results/sections-of.ts";

function fixture(name: string): string {
  return readFileSync(new URL(`../../../../fixtures/test-results/${name}`, import.meta.url), "utf8");
}

const named = ({ tests }: TestResults) => tests.map((test) => `${test.status} ${titleOf(test)}`);

const projects = ["node: test/sum.test.js: adds", "node: test/sum.test.js: holds", "web: test/sum.test.js: holds"];

describe("tests of two packages that are called alike are told apart in the output of", () => {
  test.each<[string, readonly string[], readonly string[]]>([
    [
      "npm-workspaces.txt",
      ["@till/b: test/sum.test.js: adds"],
      ["@till/a: adds", "@till/a: a only", "@till/b: b only"],
    ],
    ["pnpm.txt", ["packages/b: test/sum.test.js: adds"], ["packages/a: adds"]],
    ["turbo.txt", ["@till/b: test/sum.test.js: adds"], ["@till/a: test/sum.test.js: adds"]],
    ["jest-projects.txt", ["web: test/sum.test.js: adds"], []],
    ["jest-projects-colors.txt", ["web: test/sum.test.js: adds"], []],
    ["vitest-projects.txt", ["web: test/sum.test.js: adds"], projects],
    ["vitest-projects-colors.txt", ["web: test/sum.test.js: adds"], projects],
    [
      "cargo-workspace.txt",
      ["till_b: src/lib.rs: adds", "crate 2: tests/api.rs: api"],
      ["till_a: src/lib.rs: adds", "tests/api.rs: api"],
    ],
    ["surefire-modules.txt", ["till:b: till.SumTest > adds"], []],
  ])("%s", (name, failed, passed) => {
    const all = [...failed.map((title) => `failed ${title}`), ...passed.map((title) => `passed ${title}`)];
    expect(named(readTestResults(fixture(name), [], "/workspace"))).toEqual(all);
  });
});

test.each([
  ["npm-workspaces.txt", { passed: 3, failed: 1, skipped: 0 }],
  ["pnpm.txt", { passed: 1, failed: 1, skipped: 0 }],
  ["turbo.txt", { passed: 1, failed: 1, skipped: 0 }],
  ["surefire-modules.txt", { passed: 1, failed: 1, skipped: 0 }],
])("what packages count adds up, with their names before it too: %s", (name, counts) => {
  expect(readTestResults(fixture(name), [], "/workspace").counts).toEqual(counts);
});

test("the totals of a package are not lost behind the long output of the next", () => {
  const [a = "", b = ""] = fixture("npm-workspaces.txt").split(/^(?=> @till\/b)/m);
  const long = `${a}${b.replace("\n\n", `\n\n${`${"x".repeat(500)}\n`.repeat(200)}`)}`;
  expect(readTestResults(long, [], "/workspace").counts).toEqual({ passed: 3, failed: 1, skipped: 0 });
});

test("reports of two folders are those of two packages", () => {
  const report = (path: string) => ({
    path,
    text: '<testcase file="test/sum.test.js" name="adds"><failure/></testcase>',
  });
  const paths = ["packages/a/junit.xml", "packages/b/test-results/junit.xml", "c/target/surefire-reports/TEST-x.xml"];
  const { tests } = readTestResults("", [...paths, "reports/junit.xml"].map(report), "/workspace");
  expect(tests.map(({ suite }) => suite)).toEqual(["packages/a", "packages/b", "c", undefined]);
});

describe("the packages of an output", () => {
  const suites = (text: string) => sectionsOf(text.split("\n")).map(({ suite, lines }) => [suite, lines.join("\n")]);

  test("without a name are told by their order", () => {
    const one = "> test\n> node --test\n\n✔ adds";
    expect(suites([one, one, one].join("\n"))).toEqual([
      ...[
        [undefined, ""],
        [undefined, one],
        ["#2", one],
        ["#3", one],
      ],
    ]);
  });

  test.each([
    ["one package is all there is", "> cart@1.0.0 pretest\n> tsc\n\n> cart@1.0.0 test\n> node --test"],
    ["other scripts of it", "> build\n> tsc\n\n> test\n> node --test"],
    ["what a reporter prints", "FAIL a.test.ts > adds\nFAIL a.test.ts > holds\n> 1 | a\n  2 | b"],
  ])("have no names where %s", (_, text) => {
    const sections = sectionsOf(text.split("\n"));
    expect(sections.every(({ suite }) => suite === undefined)).toBe(true);
    expect(sections.flatMap(({ lines }) => lines).join("\n")).toBe(text);
  });

  test("are told by yarn, nx and concurrently as well", () => {
    const yarn = "[@till/a]: Process started\n[@till/b]: Process started\n[@till/b]: two\n[@till/a]: one";
    expect(suites(yarn)).toContainEqual(["@till/b", "Process started\ntwo"]);
    expect(suites("> nx run a:test\none\n> nx run b:test\ntwo")).toContainEqual(["a", "> nx run a:test\none"]);
    const both = "[0] > a@1.0.0 test\n[1] > b@1.0.0 test\n[1] two\n[0] one";
    expect(suites(both)).toContainEqual(["b", "> b@1.0.0 test\ntwo"]);
  });
});
