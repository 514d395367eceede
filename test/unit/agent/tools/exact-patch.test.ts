import fc from "fast-check";
import { expect, test } from "vitest";
import { applyHunks } from "../../../../src/agent/tools/apply-hunks.ts";
import { parsePatch } from "../../../../src/agent/tools/parse-patch.ts";

const line = fc.constantFrom(
  "",
  "a",
  "  a",
  "    b()",
  "\tb()",
  "def f():",
  "  if x:",
  "    return 1",
  "}",
  "a ",
  "@@x",
);
const unindented = (lines: readonly string[]) => lines.map((it) => it.trim()).join("\n");

test("a patch whose lines are those of the file is applied to the letter", () => {
  const change = fc.record({
    lines: fc.array(line, { minLength: 1, maxLength: 12 }),
    at: fc.nat(),
    gone: fc.integer({ min: 1, max: 5 }),
    fresh: fc.array(line, { maxLength: 3 }),
    around: fc.nat(2),
  });
  fc.assert(
    fc.property(change, ({ lines, at, gone, fresh, around }) => {
      const first = at % lines.length;
      const end = Math.min(lines.length, first + gone);
      const before = lines.slice(Math.max(0, first - around), first);
      const after = lines.slice(end, end + around);
      const passage = [...before, ...lines.slice(first, end), ...after];
      const places = lines.filter(
        (_, n) =>
          unindented(lines.slice(n, n + passage.length)) === unindented(passage) && n + passage.length <= lines.length,
      );
      fc.pre(places.length === 1);
      const hunk = [
        ...before.map((it) => ` ${it}`),
        ...lines.slice(first, end).map((it) => `-${it}`),
        ...fresh.map((it) => `+${it}`),
        ...after.map((it) => ` ${it}`),
      ];
      const [file] = parsePatch(["*** Begin Patch", "*** Update File: x", "@@", ...hunk, "*** End Patch"].join("\n"));
      if (file?.act !== "update") return expect.unreachable();
      const ended = (all: readonly string[]) => all.map((it) => `${it}\n`).join("");
      const wanted = ended([...lines.slice(0, first), ...fresh, ...lines.slice(end)]);
      expect(applyHunks("x", ended(lines), file.hunks)).toBe(wanted);
    }),
    { numRuns: 2_000 },
  );
});
