import fc from "fast-check";
import { expect, test } from "vitest";
import { asSeen } from "../../../../src/agent/tools/as-seen.ts";

test.each([
  ["colours", "\u001b[1;31mFAIL\u001b[0m a.test.ts\n", "FAIL a.test.ts\n"],
  ["a link", "\u001b]8;;http://x/\u001b\\here\u001b]8;;\u001b\\\n", "here\n"],
  ["moves of the cursor", "\u001b[2K\u001b[1Gdone\u001b[?25h\n", "done\n"],
  ["progress", "start\n 10%\r 50%\r100%\nend\n", "start\n100%\nend\n"],
  ["progress that is still under way", " 10%\r 50%\r", " 50%"],
  ["Windows' line ends", "one\r\ntwo\r\r\n", "one\ntwo\n"],
])("a terminal's %s are as they are seen", (_, output, seen) => {
  expect(asSeen(output)).toBe(seen);
});

test("any other text stays", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      const plain = [...text].filter((letter) => !/\p{Cc}/u.test(letter)).join("\n");
      expect(asSeen(plain)).toBe(plain);
    }),
  );
});
