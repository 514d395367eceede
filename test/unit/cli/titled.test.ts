import { expect, test } from "vitest";
import { titled } from "../../../src/cli/titled.ts";

test("the first heading is the title, the rest the body", () => {
  expect(titled("Seen today.\r\n\r\n## Sum is wrong ##\r\n\r\nIt is 2.\r\n")).toEqual({
    title: "Sum is wrong",
    body: "Seen today.\n\n\nIt is 2.",
  });
});

test("what stands in a block of code is no heading", () => {
  expect(titled("```sh\n# Run it\n```\n\n# Sum is wrong\n")).toMatchObject({ title: "Sum is wrong" });
  expect(titled("~~~\n# Run it\n")).toBeUndefined();
});

test("a text without a heading has no title", () => {
  for (const text of ["", "Sum is wrong", "#Sum", "#\n", "    # Sum"]) expect(titled(text)).toBeUndefined();
});
