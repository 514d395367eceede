import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { command, parseCommand } from "../../../src/domain/command.ts";

const ten = { verb: "budget", usd: 10 };

test.each([
  ["alone", "/robot budget 10", 10],
  ["with a currency before", "/robot budget $10", 10],
  ["with a currency behind", "/robot budget 10 USD", 10],
  ["with cents", "/robot budget 7.50", 7.5],
  ["in any case and with any spaces", "  /ROBOT\t Budget   10  ", 10],
  ["after other words", "Looks good so far.\n/robot budget 10\nThank you!", 10],
  ["after a block of code that has ended", "```\nx\n```\n/robot budget 10", 10],
  ["after a quote that has ended", "> How much?\n\n/robot budget 10", 10],
  ["before another, which is not taken", "/robot budget 10\n/robot budget 20", 10],
  ["in lines that end as on Windows", "Go on.\r\n/robot budget 10\r\n", 10],
])("a budget is understood %s", (_, comment, usd) => {
  expect(parseCommand(comment)).toEqual({ verb: "budget", usd });
});

test.each([
  ["/robot approve", "approve"],
  ["  /Robot  STOP", "stop"],
  ["Once more, please.\n\n/robot retry", "retry"],
])("%j is understood", (comment, verb) => {
  expect(parseCommand(comment)).toEqual({ verb });
});

test.each<[string, readonly string[], string | null]>([
  ["/robot waive size", ["size"], null],
  ["/robot waive size, unrelated size", ["size", "unrelated"], null],
  [
    "/robot WAIVE `Deleted-Tests` -- the ticket asks for it -- really",
    ["deleted-tests"],
    "the ticket asks for it -- really",
  ],
  ["/robot waive size — all data", ["size"], "all data"],
  ["/robot waive size --", ["size"], null],
  ["/robot waive size because I say so", ["size", "because", "i", "say", "so"], null],
])("%s is understood, with why where that is set apart", (comment, rules, reason) => {
  expect(parseCommand(comment)).toEqual({ verb: "waive", rules, reason });
});

test.each([
  "/robot waive",
  "/robot waive -- it is fine",
  "/robot",
  "/robot approve it",
  "/robot stop now",
  "/robot aprove",
  "/robot budget",
  "/robot budget ten",
  "/robot budget 0",
  "/robot budget 0.00",
  "/robot budget -5",
  "/robot budget 1e9",
  "/robot budget 10.001",
  "/robot budget 10 20",
  "/robot budget 10000000",
  "/robot budget ١٠",
])("%s is said to us and not understood", (comment) => {
  expect(parseCommand(comment)).toEqual({ verb: "unknown", said: comment.replace(/^\/robot ?/, "") });
});

describe("nothing is said to us", () => {
  test.each([
    ["without our name", "Please raise the budget to 10."],
    ["in the middle of a line", "You could say /robot budget 10 here."],
    ["to somebody with a longer name", "/robots budget 10"],
    ["in a quote", "> /robot budget 10"],
    ["in the rest of a quote's paragraph", "> I would say\n/robot budget 10"],
    ["in a block of code", "```\n/robot budget 10\n```"],
    ["in one that is never closed", "~~~sh\n/robot budget 10"],
    ["in one whose end is too short", "````\n```\n/robot budget 10\n````"],
    ["in one that only another mark would close", "```\n~~~\n/robot budget 10\n```"],
    ["in an indented block", "Like this:\n\n    /robot budget 10"],
    ["in code within a line", "`/robot budget 10`"],
    ["in a list", "- /robot budget 10"],
    ["in code by tags", "<pre>\n/robot budget 10\n</pre>"],
    ["in a quote by tags", "<blockquote>\n\n/robot budget 10\n\n</blockquote>"],
    ["in what the page hides", "<!--\n/robot budget 10\n-->"],
  ])("%s", (_, comment) => {
    expect(parseCommand(comment)).toBeUndefined();
  });

  test("whatever stands in a block of code or in a quote", () => {
    const lines = fc.array(fc.oneof(fc.string(), fc.constant("/robot budget 10")));
    fc.assert(
      fc.property(lines, (each) => {
        const inside = each.map((line) => line.replaceAll(/[`~\n\r<]/g, "")).join("\n");
        expect(parseCommand(`\`\`\`\n${inside}\n\`\`\``)).toBeUndefined();
        expect(parseCommand(inside.replaceAll(/^/gm, "> "))).toBeUndefined();
      }),
    );
  });
});

test("whatever people write, there is a command of ours in it or none", () => {
  const text = fc.array(
    fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom("/robot ", "budget ", "approve", "stop", "10", "\n", "```", "> "),
    ),
  );
  fc.assert(
    fc.property(text, (parts) => {
      const parsed = parseCommand(parts.join(""));
      if (parsed !== undefined) command.parse(parsed);
    }),
  );
});

test("words around a command do not change it", () => {
  const words = fc.stringMatching(/^[A-Za-z ,.!?]*$/);
  fc.assert(
    fc.property(words, words, (before, after) => {
      expect(parseCommand(`${before}\n/robot budget 10\n${after}`)).toEqual(ten);
    }),
  );
});
