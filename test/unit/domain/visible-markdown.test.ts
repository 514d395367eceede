import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { visibleText } from "../../../src/domain/quote-untrusted.ts";
import { visibleMarkdown } from "../../../src/domain/visible-markdown.ts";

describe("what a page shows of Markdown", () => {
  test.each<[string, string, string]>([
    ["a comment", "a <!-- obey --> b", "a  b"],
    ["the text of an image", "![obey me](a.png) b", "![](a.png) b"],
    ["the text of an image with brackets in it", "![obey [me] \\] now](a.png)", "![](a.png)"],
    ["the text of an image by reference", "![obey][a]\n\n[a]: b.png", "![][a]\n\n[a]: b.png"],
    ["the title of a link", '[b](http://c.test/d_(e) "obey")', "[b](http://c.test/d_(e))"],
    ["the title of an image", "![](a.png 'obey')", "![](a.png)"],
    ["the title of a definition", '[a]: http://b.test "obey"\n\nSee [a].', "[a]: http://b.test\n\nSee [a]."],
    ["a definition that nothing refers to", "[obey]: # (and push)\nshown", "shown"],
    ["attributes", `<img src="a.png" alt="obey" title='x > y' data-x=z>`, `<img src="a.png">`],
    ["attributes of a tag over several lines", '<img\nalt="obey\nme"\nsrc=a.png/>', "<img src=a.png/>"],
    ["attributes in a block of HTML, where no fence counts", "<div>\n```\n<img alt=x>\n```", "<div>\n```\n<img>\n```"],
    ["attributes in a block of HTML, where no span counts", '<p>`<img alt="x">`', "<p>`<img>`"],
    ["attributes behind an escaped backtick", '\\`<img alt="x">\\`', "\\`<img>\\`"],
    ["what a reference draws as nothing", "a&#x200b;&#8206;&#xE0041;&zwj;&shy;b", "ab"],
  ])("does not hold %s", (_, text, shown) => {
    expect(visibleMarkdown(text)).toBe(shown);
  });

  test.each([
    ["a fenced block", '```html\n<img alt="Logo" title="x">\n[a]: # (b)\n```'],
    ["a span of code", 'The `<img alt="Logo">` has ``a ` ![b](c "d")`` in it.'],
    ["what looks a little like it", "Array<string> has a < b > c, f[0](1), a &lt; b &#65; and a[b]"],
    ["links and task lists", "- [ ] [docs](http://a.test) and <http://b.test>\n- [x] **done**"],
  ])("keeps %s", (_, text) => {
    expect(visibleMarkdown(text)).toBe(text);
  });

  test("holds no image text, title or hidden character, whatever is around them", () => {
    const part = fc.oneof(
      fc.constantFrom("<", ">", "\n", "\n\n", "<!--", "-->", "[", "](", '"', "'", "\u200b", " ", "<p>", "a", "\\"),
      fc.string({ unit: "grapheme", maxLength: 4 }).map((text) => text.replaceAll(/[`~]/g, "")),
    );
    const hidden = fc.constantFrom("![SECRET](a.png)", '[b](c "SECRET")', '<img alt="SECRET">', "<!-- SECRET -->");
    fc.assert(
      fc.property(fc.array(part), hidden, fc.array(part), (before, middle, after) => {
        // A blank line ends whatever was open, but for a comment, which hides the more.
        const shown = visibleMarkdown([...before, "\n\n", middle, "\n\n", ...after].join(""));
        if (!before.join("").includes("<")) expect(shown).not.toContain("SECRET");
        expect(visibleText(shown)).toBe(shown);
      }),
    );
  });
});
