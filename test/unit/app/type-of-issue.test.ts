import { describe, expect, test } from "vitest";
import { typeOfIssue } from "../../../src/app/type-of-issue.ts";

describe("a label tells the type", () => {
  test.each([
    ["bug", "bug"],
    ["Bug", "bug"],
    ["kind/bug", "bug"],
    ["type: regression", "bug"],
    ["crash 💥", "bug"],
    ["enhancement", "feature"],
    ["feature request", "feature"],
    ["chore", "chore"],
    ["dependencies", "chore"],
    ["documentation", "chore"],
    ["area: ci", "chore"],
    ["refactoring", "chore"],
    ["tests", "chore"],
  ] as const)("%s: %s", (label, type) => {
    // The title alone would say something else.
    const title = type === "bug" ? "Add a dark mode" : "The cart crashes";
    expect(typeOfIssue(["ready-for-robot", label], title)).toBe(type);
  });

  test("a bug before a feature before a chore", () => {
    expect(typeOfIssue(["docs", "enhancement", "bug"], "x")).toBe("bug");
    expect(typeOfIssue(["docs", "enhancement"], "x")).toBe("feature");
  });

  test.each(["debug", "bugbear", "ready-for-robot", "good first issue", "cicada", "testing", ""])(
    "and this one tells nothing: %s",
    (label) => {
      expect([typeOfIssue([label], "Add a dark mode"), typeOfIssue([label], "The cart crashes")]).toEqual([
        "feature",
        "bug",
      ]);
    },
  );
});

describe("without such a label the title does", () => {
  test.each([
    ["Crash on empty cart", "bug"],
    ["The sum of an empty cart is NaN", "bug"],
    ["An empty cart throws", "bug"],
    ["The total is wrong", "bug"],
    ["Fix rounding", "bug"],
    ["Login doesn't work", "bug"],
    ["Shares do not add up", "bug"],
    ["TypeError when the cart is empty", "bug"],
    ["Add a dark mode", "feature"],
    ["Support prefixes", "feature"],
    ["Sort by price", "feature"],
    ["", "feature"],
  ] as const)("%s: %s", (title, type) => {
    expect(typeOfIssue([], title)).toBe(type);
  });
});
