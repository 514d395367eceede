import { describe, expect, test } from "vitest";
import type { FileDiff } from "../../../src/domain/diff.ts";
import { findingsOf } from "../../../src/execution/guards/findings-of.ts";
import { aGuardedChange, fixtures } from "../../support/a-guarded-change.ts";

const found = async (files: readonly FileDiff[]) => await findingsOf(aGuardedChange(files));
const corpus = (name: string) => fixtures(name).map(({ title, files }) => [title, files] as const);

describe("a change of what runs the tests is found where it makes them prove less", () => {
  test.each(corpus("tampering-runners"))("%s", async (title, files) => {
    const kinds = (await found(files)).map(({ rule, severity }) => `${rule} ${severity}`);
    expect(kinds).toContain(title.split(":")[0]);
  });
});

describe("an honest change of it is let through", () => {
  test.each(corpus("honest-runners"))("%s", async (_, files) => {
    expect((await found(files)).filter(({ severity }) => severity !== "note")).toEqual([]);
  });
});
