import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { knownRed } from "../../../../src/execution/proof/known-red.ts";
import { readTestResults } from "../../../../src/execution/proof/test-results/read-test-results.ts";
import { aRedTestReport } from "../../../support/a-change.ts";

/** `adds` of `test/sum.test.js` is red in `@till/b`, and green in `@till/a`. */
const output = readFileSync(new URL("../../../fixtures/test-results/npm-workspaces.txt", import.meta.url), "utf8");
const workspace = "/workspace";
const { tests, counts } = readTestResults(output, [], workspace);
const base = aRedTestReport({ tests: [...tests], counts });
const seen = (line: string, output: string) =>
  knownRed({ line, output }, base, { workspace, isBug: false, asked: "Rename the shop" })?.map(
    ({ suite, name }) => `${suite}: ${name}`,
  );

test("a red test is known where that package's was red", () => {
  expect(seen("npm test", output)).toEqual(["@till/b: adds"]);
});

test("one of another package is not, nor one of a package that the output does not name", () => {
  const swapped = output.replaceAll("@till/a@", "@till/c@").replaceAll("@till/b@", "@till/a@");
  expect(seen("npm test", swapped)).toBeUndefined();
  expect(seen("npm test -w @till/a", swapped.slice(swapped.indexOf("> @till/a@")))).toBeUndefined();
});
