/**
 * A Markdown text by its first heading, and all but that; `undefined` where it has none. What stands in front matter, in a comment or in
 * a block of code is no heading: whoever reads the issue does not see one there.
 */
export function titled(text: string): { readonly title: string; readonly body: string } | undefined {
  const source = text.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n");
  const lines = source.split("\n");
  const searched = source.replace(frontMatter, blank).replaceAll(codeOrComment, blank).split("\n");
  for (const [at, line] of searched.entries()) {
    const title = /^ {0,3}#{1,6}[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$/.exec(line)?.[1];
    if (title) return { title, body: lines.toSpliced(at, 1).join("\n").trim() };
    const underlined = /^ {0,3}=+[ \t]*$/.test(searched[at + 1] ?? "") ? line.trim() : "";
    if (underlined !== "") return { title: underlined, body: lines.toSpliced(at, 2).join("\n").trim() };
  }
  return undefined;
}

const frontMatter = /^---[ \t]*\n(?:.*\n)*?---[ \t]*(?:\n|$)/;
const codeOrComment = /^ {0,3}(```|~~~)[\s\S]*?(?:^ {0,3}\1|$(?![\s\S]))|<!--[\s\S]*?(?:-->|$(?![\s\S]))/gm;

/** As many lines as before, with nothing on them. */
function blank(text: string): string {
  return text.replaceAll(/[^\n]/g, "");
}
