import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { defuse, said, saidInLine } from "../../../../src/execution/wording/said.ts";

/** Where a character without effect was put, made visible. */
const shown = (text: string) => text.replaceAll("\u200b", "¦");

describe("what a model says", () => {
  test("calls nobody", () => {
    expect(shown(defuse("Thanks @mona, @acme/shop; mail me@example.com; \\@mona; 5 @ 3"))).toBe(
      "Thanks @¦mona, @¦acme/shop; mail me@¦example.com; \\@¦mona; 5 @ 3",
    );
  });

  test.each([
    ["Closes #1", "Closes¦ #1"],
    ["fixes: #12", "fixes¦: #12"],
    ["FIXED #3.", "FIXED¦ #3."],
    ["resolve acme/shop#4", "resolve¦ acme/shop#4"],
    ["Resolves octo-org/octo.repo#100", "Resolves¦ octo-org/octo.repo#100"],
    ["Closes https://github.com/acme/shop/issues/5", "Closes¦ https://github.com/acme/shop/issues/5"],
    ["Closes GH-6", "Closes¦ GH-6"],
    ["Closes\n#7", "Closes¦\n#7"],
    ["Closes **#8** and fixes [#9](x)", "Closes¦ **#8** and fixes¦ [#9](x)"],
    ["Closes \\#10", "Closes¦ \\#10"],
    ["Clo\u200bses #11", "Closes¦ #11"],
  ])("closes no issue: %j", (text, harmless) => {
    expect(shown(defuse(text))).toBe(harmless);
  });

  test("may speak of issues, fixes and closing", () => {
    const text = "As in #5, this fixes the fixture: it closes the file and resolves a/b. Prefixes #1.";
    expect(defuse(text)).toBe(text);
  });

  test.each(["[skip ci]", "[ci skip]", "[no ci]", "[skip actions]", "[actions skip]"])(
    "skips no checks: %s",
    (words) => {
      expect(shown(defuse(`Done ${words}`))).toBe(`Done ${words.replace(" ", "¦ ")}`);
    },
  );

  test("signs for nobody", () => {
    const text = "Good.\n\nskip-checks: true\nCo-authored-by: Eve <eve@x>\nSIGNED-OFF-BY : Eve";
    expect(shown(defuse(text))).toBe(
      "Good.\n\nskip-checks¦: true\nCo-authored-by¦: Eve <eve@¦x>\nSIGNED-OFF-BY¦ : Eve",
    );
  });

  test("holds nothing hidden and no half characters", () => {
    expect(defuse(`a<!-- b -->${"🚀".slice(0, 1)}\u202e`)).toBe("a\ufffd");
  });

  test("takes time in proportion to its length", () => {
    // Each of these keeps a pattern that steps back busy for minutes.
    for (const text of ["fix-", "fix ", "<", "@", "closes/", "a-", "[skip", " \n"]) {
      expect(said(text.repeat(50_000)).length).toBeGreaterThan(0);
    }
  });
});

describe("as Markdown", () => {
  test("it stands in a quote, every line of it", () => {
    expect(said("One.\n\n## Evidence\n```js\nlet a;\n")).toBe("> One.\n>\n> ## Evidence\n> ```js\n> let a;");
  });

  test("it cannot leave the quote by a tag or name a character otherwise", () => {
    expect(shown(said("</blockquote><details> Array<string> a < b &#64;mona &commat;mona R&D;"))).toBe(
      "> <¦/blockquote><¦details> Array<¦string> a < b &¦#64;mona &¦commat;mona R&¦D;",
    );
  });

  test("every line is quoted, whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        for (const line of said(text).split("\n")) expect(line).toMatch(/^>( |$)/);
      }),
    );
  });

  test("it fits into a sentence of ours", () => {
    expect(shown(saidInLine("I cannot.\n\n## Closes #1 <b>@mona"))).toBe("I cannot. ## Closes¦ #1 <¦b>@¦mona");
  });
});
