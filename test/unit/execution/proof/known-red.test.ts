import { describe, expect, test } from "vitest";
import type { TestReport } from "../../../../src/domain/evidence.ts";
import type { TestResult } from "../../../../src/domain/test-result.ts";
import { knownRed } from "../../../../src/execution/proof/known-red.ts";
import { aRedTestReport, aTestReport } from "../../../support/a-change.ts";

const failed = (name: string, file?: string): TestResult => ({ name, status: "failed", ...(file && { file }) });

/** What vitest prints of tests that fail, `file > name` each. */
const vitest = (failed: number, passed: number, ...red: readonly string[]) =>
  [
    ...red.map((title) => ` FAIL  ${title}\nAssertionError: no\n`),
    ` Test Files  1 failed (1)`,
    `      Tests  ${failed} failed | ${passed} passed (${failed + passed})`,
    "[exit code 1]",
  ].join("\n");

const two = [failed("a bill > is old", "test/bill.test.ts"), failed("a cart > is full", "test/cart.test.ts")];
const base: TestReport = aRedTestReport({ tests: two, counts: { passed: 10, failed: 2, skipped: 0 } });
const both = vitest(2, 10, "test/bill.test.ts > a bill > is old", "test/cart.test.ts > a cart > is full");
const one = vitest(1, 11, "test/bill.test.ts > a bill > is old");

const seen = (
  output: string,
  of: { readonly base?: TestReport; readonly line?: string; readonly isBug?: boolean; readonly asked?: string } = {},
) =>
  knownRed({ line: of.line ?? "npx vitest run", output }, of.base ?? base, {
    ...{ workspace: "/workspace", isBug: of.isBug ?? false, asked: of.asked ?? "Rename the shop" },
  })?.map(({ name }) => name);

describe("an agent's red tests", () => {
  test("are known where all of them are red on the base", () => {
    expect(seen(both)).toEqual(["a bill > is old", "a cart > is full"]);
    expect(seen(one)).toEqual(["a bill > is old"]);
    // With tests of its own, from a folder of its own, and cut to the end that names them.
    expect(
      seen(vitest(1, 14, "test/bill.test.ts > a bill > is old"), { line: "npx vitest run 2>&1 | tail -20" }),
    ).toEqual(["a bill > is old"]);
    expect(seen(vitest(1, 1, "bill.test.ts > a bill > is old"), { line: "cd test && npx vitest run" })).toEqual([
      "a bill > is old",
    ]);
  });

  test.each([
    ["another one fails", vitest(2, 10, "test/bill.test.ts > a bill > is old", "test/new.test.ts > is new")],
    ["one of the same name fails elsewhere", vitest(1, 11, "test/new.test.ts > a bill > is old")],
    ["one fails twice", vitest(2, 10, "test/bill.test.ts > a bill > is old", "test/bill.test.ts > a bill > is old")],
    ["not all are named", vitest(3, 9, "test/bill.test.ts > a bill > is old")],
    ["none is", "make: *** [test] Error 1\n[exit code 2]"],
  ])("are not where %s", (_, output) => {
    expect(seen(output)).toBeUndefined();
  });

  test.each<[string, TestReport]>([
    ["is green", aTestReport()],
    ["names not all of its red tests", { ...base, counts: { passed: 9, failed: 3, skipped: 0 } }],
    ["hangs", { ...base, timed_out: true }],
    ["could not be set up", { ...base, stage: "setup" }],
  ])("are not where the base %s", (_, base) => {
    expect(seen(both, { base })).toBeUndefined();
  });

  test("are not where nothing counts them and the output may be a part of it", () => {
    const go = "--- FAIL: TestOld (0.00s)\nFAIL\nFAIL\tshop/bill\t0.002s\nok  \tshop/cart\t0.001s\nFAIL\n[exit code 1]";
    const of = { base: { ...base, tests: [failed("TestOld", "shop/bill")], counts: null } };
    expect(seen(go, { ...of, line: "go test ./..." })).toEqual(["TestOld"]);
    expect(seen(go, { ...of, line: "go test ./... | head -3" })).toBeUndefined();
    const saved = `${go}\n[the whole output is in /tmp/1.txt; look at parts of it]`;
    expect(seen(saved, { ...of, line: "go test ./..." })).toBeUndefined();
  });

  test("are not where the ticket names one of them, whatever it is", () => {
    expect(seen(both, { asked: "`test/cart.test.ts` is red since yesterday" })).toBeUndefined();
    // What it names is green by now.
    expect(seen(one, { asked: "`test/cart.test.ts` is red since yesterday" })).toEqual(["a bill > is old"]);
  });
});

describe("those of a bug's agent, which may be the bug's own,", () => {
  const isBug = true;

  test("are known where another one has turned green, and not where nothing has", () => {
    expect(seen(both, { isBug })).toBeUndefined();
    expect(seen(one, { isBug })).toEqual(["a bill > is old"]);
  });

  test("are not where less fails since less is run", () => {
    expect(seen(vitest(1, 3, "test/bill.test.ts > a bill > is old"), { isBug })).toBeUndefined();
    const skipping = one.replace("| 11 passed", "| 11 passed | 1 skipped");
    expect(seen(skipping, { isBug })).toBeUndefined();
  });

  test("are known where so many are red that one bug does not explain them", () => {
    const many = Array.from({ length: 11 }, (_, n) => `a.test.ts > is red ${n}`);
    const tests = many.map((title) => failed(title.slice("a.test.ts > ".length), "a.test.ts"));
    const of = { isBug, base: { ...base, tests, counts: { passed: 1, failed: 11, skipped: 0 } } };
    expect(seen(vitest(11, 1, ...many), of)).toHaveLength(11);
  });
});
