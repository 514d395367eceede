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

test("nor is what the page does not show: a byte order mark, front matter, a comment", () => {
  const rest = "# Sum is wrong\n\nIt is 2.\n";
  expect(titled(`\uFEFF${rest}`)).toEqual({ title: "Sum is wrong", body: "It is 2." });
  expect(titled(`---\nlabels: bug\n# Of the team\n---\n${rest}`)).toMatchObject({ title: "Sum is wrong" });
  for (const hidden of ["<!-- # Hidden -->", "<!--\n# Hidden\n-->", "<!--\r\n```\r\n# Hidden\r\n-->\r\n"]) {
    expect(titled(`${hidden}\n${rest}`), hidden).toMatchObject({ title: "Sum is wrong" });
  }
  expect(titled("<!--\n# Hidden, and never closed\n")).toBeUndefined();
  expect(titled(`\`\`\`html\n<!-- no comment\n\`\`\`\n${rest}`)).toMatchObject({ title: "Sum is wrong" });
});

test("a heading may be underlined", () => {
  expect(titled("Sum is wrong\n============\n\nIt is 2.\n\n## Steps\n")).toEqual({
    title: "Sum is wrong",
    body: "It is 2.\n\n## Steps",
  });
});
