import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { expect, test } from "vitest";
import { branchName, branchOf } from "../../../src/domain/branch-name.ts";

test("a branch says what kind of change it is, for which issue, and about what", () => {
  expect(branchName("bug", 101, "Crash on empty cart")).toBe("fix/101-crash-on-empty-cart");
  expect(branchName("feature", 7, "Dark mode!")).toBe("feat/7-dark-mode");
  expect(branchName("chore", 12, "Bump lodash to 4.17.21")).toBe("chore/12-bump-lodash-to-4-17-21");
});

test("without an issue there is no number, and a title without a letter of ours leaves the ticket's own name", () => {
  const local = { source: "local", type: "feature", externalId: "3fa9c2d1" } as const;
  expect(branchOf({ ...local, title: "Dark mode!" })).toBe("feat/dark-mode");
  expect(branchOf({ ...local, title: "カートが空のとき" })).toBe("feat/3fa9c2d1");
  expect(branchOf({ ...local, source: "github_issue", externalId: "7", title: "Dark mode!" })).toBe("feat/7-dark-mode");
});

test("accents are dropped and apostrophes join", () => {
  expect(branchName("bug", 1, "Crème brûlée can't be ordered")).toBe("fix/1-creme-brulee-cant-be-ordered");
});

test("a title without a letter of ours leaves the number", () => {
  expect(branchName("bug", 5, "カートが空のとき")).toBe("fix/5");
  expect(branchName("bug", 5, " -- ../.. ")).toBe("fix/5");
});

test("a long title is cut at a word, and a single long word anywhere", () => {
  expect(branchName("bug", 3, "The shopping cart forgets its contents whenever somebody signs in")).toBe(
    "fix/3-the-shopping-cart-forgets-its-contents",
  );
  expect(branchName("bug", 3, "x".repeat(300))).toBe(`fix/3-${"x".repeat(40)}`);
});

test("whatever the title, the branch is short and of plain words", () => {
  fc.assert(
    fc.property(
      fc.constantFrom("bug", "feature", "chore"),
      fc.integer({ min: 1, max: 10_000_000 }),
      fc.string({ unit: "binary", maxLength: 200 }),
      (type, issue, title) => {
        const branch = branchName(type, issue, title);
        expect(branch).toMatch(/^(fix|feat|chore)\/\d+(-[a-z0-9]+)*$/);
        expect(branch.length).toBeLessThanOrEqual("chore/10000000-".length + 40);
      },
    ),
  );
});

test("git accepts the branch of any title", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 80 }), (title) => {
      execFileSync("git", ["check-ref-format", "--branch", branchName("chore", 1, title)]);
    }),
    { numRuns: 20 },
  );
});
