import { expect, test } from "vitest";
import { neighboursOf } from "../../../src/execution/guard.ts";
import { parseChange } from "../../support/a-guarded-change.ts";

test("the files of the base are gone through once, however many folders get a new one", async () => {
  let walks = 0;
  const hashes = new (class extends Map<string, string> {
    override keys() {
      walks += 1;
      return super.keys();
    }
  })([..."abc"].flatMap((folder) => [1, 2].map((n) => [`${folder}/${n}.ts`, ""] as const)));
  const files = parseChange("=== A a/new.ts\n+1\n=== A b/new.ts\n+1\n=== A d/new.ts\n+1");
  const neighbours = await neighboursOf(files, { hashes, read: async (path) => `of ${path}` });
  expect([...neighbours]).toEqual([
    ["a", ["of a/1.ts", "of a/2.ts"]],
    ["b", ["of b/1.ts", "of b/2.ts"]],
    ["d", []],
  ]);
  expect(walks).toBe(1);
});
