import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  readTestResults,
  type TestResults,
} from "../../../../../src/execution/proof/test-results/read-test-results.ts";

const report = (text: string) => ({ path: "junit.xml", text });
const folder = new URL("../../../../fixtures/test-results/", import.meta.url);

/** What a runner printed, or wrote as a report, in a checkout at /workspace. */
function fixture(name: string): string {
  return readFileSync(new URL(name, folder), "utf8");
}

function read(name: string): TestResults {
  const text = fixture(name);
  return name.endsWith(".xml")
    ? readTestResults("", [report(text)], "/workspace")
    : readTestResults(text, [], "/workspace");
}

function failedIn({ tests }: TestResults): readonly string[] {
  return tests.flatMap(({ status, file, name }) => (status === "failed" ? [`${file ?? "?"} | ${name}`] : []));
}

const nodeTest = [
  "test/a.test.js | a bill > is rounded",
  "test/a.test.js | parent > child",
  "test/b.test.js | test/b.test.js",
  "test/c.test.js | hangs # not",
];
const vitest = [
  "b.test.ts | b.test.ts",
  "a.test.ts | a bill > is rounded",
  "a.test.ts | alone",
  "c.test.ts | unhandled error",
];
const pytest = [
  "test_a.py | TestBill > test_rounded",
  "test_a.py | test_param[a b]",
  "test_a.py | test_param[c - d]",
  "test_a.py | test_fix",
];

const jest = [
  ...["a bill > is rounded", "a bill > deep > adds 2 to 3", "alone", "hangs", "snap", "throws text", "hooked > x"].map(
    (name) => `a.test.js | ${name}`,
  ),
  ...["b.test.js | Test suite failed to run", "c.test.js | Test suite failed to run"],
];
const mocha = [
  ...["alone", "hangs", "a bill > is rounded", "a bill > equal", "a bill > deep: in > boom"],
  ...["a bill > deep: in > adds 2: fine", 'hooked > "before all" hook for "x"'],
];
const inA = (name: string) => `test/a.test.js | ${name}`;

describe("failed tests are named, by the output of", () => {
  test.each<[string, readonly string[]]>([
    ["node-spec.txt", [...nodeTest, "? | a bill", "? | parent"]],
    ["node-tap.txt", [...nodeTest, "test/a.test.js | a bill", "test/a.test.js | parent"]],
    ["vitest.txt", vitest],
    ["vitest-verbose.txt", vitest],
    [
      "vitest-tap-flat.txt",
      ["a.test.ts | a.test.ts > a bill > is rounded", "a.test.ts | a.test.ts > alone", "b.test.ts | b.test.ts"],
    ],
    [
      "vitest-tap.txt",
      [
        "? | a.test.ts",
        "? | a.test.ts > a bill",
        "a.test.ts | a.test.ts > a bill > is rounded",
        "a.test.ts | a.test.ts > alone",
        "b.test.ts | b.test.ts",
      ],
    ],
    [
      "jest.txt",
      [
        "one/a.test.js | a bill > is rounded",
        "one/a.test.js | alone",
        "j/a.test.js | a bill > is rounded",
        "j/a.test.js | alone",
        "j/b.test.js | Test suite failed to run",
      ],
    ],
    ["jest-colors.txt", jest],
    ["jest-verbose.txt", jest],
    ["mocha-12.txt", mocha.map((name) => `? | ${name}`)],
    ["mocha-tap.txt", mocha.map((name) => `? | ${name.replaceAll(" > ", " ")}`)],
    ["mocha-junit.xml", mocha.map((name) => `test/a.js | ${name.replace("l > deep", "l deep")}`)],
    [
      "node-colors.txt",
      [
        ...["? | a bill", "? | a bill > deep", "? | parent", "test/a.test.js | a bill > is rounded"],
        ...["alone", "hangs", "parent > child", "hooked", "hooked > x", "a bill > deep > adds 2"].map(inA),
        ...["test/b.test.js | test/b.test.js", "test/c.test.js | test/c.test.js"],
      ],
    ],
    [
      "pytest-colors.txt",
      [
        ...["TestBill > test_rounded", "test_adds[1-2]", "test_adds[x - y-3]", "test_boom", "test_fix"].map(
          (name) => `tests/test_a.py | ${name}`,
        ),
        ...["tests/test_b.py | tests/test_b.py", "tests/test_c.py | tests/test_c.py"],
      ],
    ],
    [
      "vitest-colors.txt",
      [
        ...["hooked", "a bill > is rounded", "a bill > deep > adds 2 to 3", "alone", "hangs", "snap"].map(
          (name) => `a.test.ts | ${name}`,
        ),
        ...["b.test.ts | b.test.ts", "sub/c.test.ts | sub/c.test.ts"],
      ],
    ],
    ["mocha.txt", ["? | a bill > is rounded", "? | a bill > deep > boom", '? | hooked > "before all" hook for "x"']],
    ["pytest.txt", [...pytest, "test_b.py | test_b.py"]],
    ["pytest-verbose.txt", pytest],
    ["pytest-collect.txt", ["test_b.py | test_b.py"]],
    ["cargo.txt", ["src/lib.rs | tests::boom", "src/lib.rs | tests::rounded"]],
    [
      "go.txt",
      [
        "acme.test/bill | TestRounded",
        "acme.test/bill | TestTable",
        "acme.test/bill | TestTable > uneven_shares",
        "acme.test/tax | the package",
      ],
    ],
    ["go-verbose.txt", ["acme.test/bill | TestRounded"]],
    ["go-json.txt", ["acme.test/bill | TestRounded", "acme.test/tax | the package"]],
    ["surefire.txt", ["? | com.acme.BillTest > isRounded", "? | com.acme.BillTest > boom"]],
    ["surefire-2.txt", ["? | com.acme.BillTest > isRounded"]],
    ["surefire-junit.xml", ["? | com.acme.BillTest > isRounded", "? | com.acme.BillTest > boom"]],
    [
      "node-junit.xml",
      [
        "test/a.test.js | a bill > is rounded",
        "test/a.test.js | parent > child",
        "test/b.test.js | test > test/b.test.js",
        "test/c.test.js | test > hangs # not",
      ],
    ],
    [
      "vitest-junit.xml",
      [
        "b.test.ts | b.test.ts",
        "a.test.ts | a bill > is rounded",
        "a.test.ts | alone",
        "? | vitest unhandled errors > Unhandled Rejection: unhandled",
      ],
    ],
    [
      "pytest-junit.xml",
      [
        "? | test_a.TestBill > test_rounded",
        "? | test_a > test_param[a b]",
        "? | test_a > test_param[c - d]",
        "? | test_a > test_fix",
        "? | test_b",
      ],
    ],
  ])("%s", (name, failed) => {
    expect(failedIn(read(name)).toSorted()).toEqual([...failed].toSorted());
  });

  test("each runner that there is an output of", () => {
    const silent = readdirSync(folder).filter((name) => failedIn(read(name)).length === 0);
    expect(silent).toEqual([]);
  });
});

describe("tests that did not fail are named as well, where the runner does", () => {
  test.each<[string, number, number]>([
    ["node-spec.txt", 2, 2],
    ["node-tap.txt", 2, 2],
    ["vitest-verbose.txt", 2, 2],
    ["pytest-verbose.txt", 1, 1],
    ["jest-verbose.txt", 3, 2],
    ["mocha.txt", 1, 1],
    ["mocha-12.txt", 3, 2],
    ["mocha-tap.txt", 3, 2],
    ["mocha-junit.xml", 3, 2],
    ["cargo.txt", 1, 1],
    ["go-json.txt", 1, 1],
    ["surefire-junit.xml", 1, 1],
  ])("%s", (name, passed, skipped) => {
    const count = (wanted: string) => read(name).tests.filter(({ status }) => status === wanted).length;
    expect([count("passed"), count("skipped")]).toEqual([passed, skipped]);
  });
});

describe("a failed test says why", () => {
  test.each([
    ["node-spec.txt", "child", "Error: boom\nsecond line\n"],
    ["node-tap.txt", "child", "boom\nsecond line"],
    ["vitest.txt", "alone", "Error: boom\nsecond line\n"],
    ["vitest-tap-flat.txt", "alone", "boom"],
    ["jest.txt", "alone", "boom\nsecond line\n"],
    ["mocha.txt", "boom", "Error: boom\nsecond line\n"],
    ["mocha-tap.txt", "boom", "boom\nsecond line\nError: boom\n"],
    ["jest-colors.txt", "alone", "boom\nsecond line\n"],
    ["node-colors.txt", "b.test.js", "test/b.test.js:1\nconst x = {;\n"],
    ["node-colors.txt", "c.test.js", "Error [ERR_MODULE_NOT_FOUND]: Cannot find module 'test/gone.js' imported"],
    ["pytest-colors.txt", "test_b.py", 'E     File "tests/test_b.py", line 1\nE       x = {;\n'],
    ["pytest.txt", "test_fix", "@pytest.fixture\n"],
    ["cargo.txt", "boom", "thread 'tests::boom' (3420) panicked at src/lib.rs:1:148:\nboom\nsecond\n"],
    ["go.txt", "TestRounded", "bill_test.go:9: got 99, want 100"],
    ["go-json.txt", "TestRounded", "bill_test.go:9: got 99, want 100"],
    ["surefire.txt", "boom", "java.lang.IllegalStateException: boom\n"],
    ["surefire-junit.xml", "isRounded", "org.opentest4j.AssertionFailedError: expected: <100> but was: <99>\n"],
    ["pytest-junit.xml", "test_b", "collection failure\nImportError while importing test module"],
  ])("%s", (name, leaf, message) => {
    const found = read(name).tests.find((it) => it.status === "failed" && it.name.endsWith(leaf));
    expect(found?.message?.slice(0, message.length)).toBe(message);
  });
});

test("a test's groups are told with it, however deep", () => {
  const names = (name: string) => read(name).tests.flatMap(({ status, name }) => (status === "passed" ? [name] : []));
  expect(names("jest-verbose.txt")).toEqual(["a bill > is kept", "a bill > deep > adds 1 to 2", "fine"]);
  expect(names("mocha-12.txt")).toEqual(["fine", "a bill > adds up", "a bill > deep: in > adds 1: fine"]);
});

describe("what is counted", () => {
  test.each([
    ["node-junit.xml", { passed: 2, failed: 4, skipped: 2 }],
    ["surefire.txt", { passed: 0, failed: 2, skipped: 1 }],
    ["surefire-2.txt", { passed: 1, failed: 1, skipped: 0 }],
    ["go-json.txt", { passed: 1, failed: 2, skipped: 1 }],
    ["go.txt", null],
  ])("%s", (name, counts) => {
    expect(read(name).counts).toEqual(counts);
  });

  test("nothing is known of what no runner prints", () => {
    expect(readTestResults("make: *** [test] Error 1\nok then\n", [], "/workspace")).toEqual({
      tests: [],
      counts: null,
    });
  });
});

test("a report goes before what was printed, unless more failed than it tells", () => {
  const written = report(fixture("surefire-junit.xml"));
  expect(failedIn(readTestResults("Tests  1 failed | 3 passed (4)\n", [written], "/w"))).toHaveLength(2);
  const more = readTestResults(fixture("pytest.txt"), [written], "/workspace");
  expect(failedIn(more)).toHaveLength(7);
  expect(more.counts).toEqual({ passed: 1, failed: 5, skipped: 1 });
});

test.each(['file="j/a.test.js" ', ""])(
  "a suite that could not be loaded counts where reports leave it out (%s)",
  (file) => {
    const failing = ["a bill &gt; is rounded", "alone"].map(
      (name) => `<testcase ${file}name="${name}"><failure/></testcase>`,
    );
    const output = fixture("jest.txt").replace(/^Tests: .*$/gm, "Tests: 2 failed, 2 total");
    const { tests, counts } = readTestResults(
      output,
      [report(`<testsuite>${failing.join("")}</testsuite>`)],
      "/workspace",
    );
    expect(tests).toContainEqual(expect.objectContaining({ file: "j/b.test.js", name: "Test suite failed to run" }));
    expect(counts?.failed).toBe(tests.filter(({ status }) => status === "failed").length);
  },
);

test("a flood of tests is cut, and those that failed come first", () => {
  const cases = Array.from({ length: 3000 }, (_, n) => `<testcase name="t${n}"/>`).join("");
  const long = "x".repeat(5000);
  const { tests, counts } = readTestResults(
    "",
    [report(`<a>${cases}<testcase name="${long}"><error message="${long}"/></testcase></a>`)],
    "/w",
  );
  expect(counts).toEqual({ passed: 3000, failed: 1, skipped: 0 });
  expect(tests).toHaveLength(1000);
  expect(tests[0]).toEqual({ name: "x".repeat(300), status: "failed", message: "x".repeat(2000) });
});

test("of a flood of lines the first and the last are read", () => {
  const [first, last] = ["ok 1 - first", "not ok 2 - last"];
  const { tests } = readTestResults(["TAP version 13", first, ...Array(50_000).fill("x"), last].join("\n"), [], "/w");
  expect(tests.map(({ name }) => name)).toEqual(["last", "first"]);
  const middle = ["TAP version 13", ...Array(25_000).fill("x"), first, ...Array(25_000).fill("x")].join("\n");
  expect(readTestResults(middle, [], "/w").tests).toEqual([]);
});

describe("no output makes a parser throw", () => {
  const all = readdirSync(folder).map(fixture);
  const pieces = all.flatMap((text) => text.split("\n"));

  test("lines of all runners in any order", () => {
    const lines = fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: "binary" })), { maxLength: 40 });
    fc.assert(
      fc.property(lines, (some) => {
        const text = some.join("\n");
        for (const { name, message } of readTestResults(text, [report(text), report(`<?xml?>${text}`)], "/workspace")
          .tests) {
          expect(name.length).toBeLessThanOrEqual(300);
          expect(`${name}${message}`.isWellFormed()).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("outputs that break off anywhere", () => {
    fc.assert(
      fc.property(fc.constantFrom(...all), fc.double({ min: 0, max: 1, noNaN: true }), (text, part) => {
        const broken = text.slice(0, Math.floor(text.length * part));
        expect(Array.isArray(readTestResults(broken, [report(broken)], "/workspace").tests)).toBe(true);
      }),
    );
  });
});
