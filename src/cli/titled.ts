/** A Markdown text by its first heading, and all but that; `undefined` where it has none. */
export function titled(text: string): { readonly title: string; readonly body: string } | undefined {
  const lines = text.split(/\r?\n/);
  let fenced = false;
  for (const [at, line] of lines.entries()) {
    // What stands in a block of code is none.
    if (/^ {0,3}(```|~~~)/.test(line)) fenced = !fenced;
    const title = fenced ? undefined : /^ {0,3}#{1,6}[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$/.exec(line)?.[1];
    if (title) return { title, body: lines.toSpliced(at, 1).join("\n").trim() };
  }
  return undefined;
}
