import MarkdownIt, { type StateBlock, type StateCore, type StateInline, type Token } from "markdown-it";

/**
 * Renders what people write on GitHub: tables, task lists, alerts, `<details>`. Raw HTML is shown as text,
 * except HTML comments, which stay hidden as they do on GitHub.
 */
export function markdown(text: string): string {
  return renderer.render(text);
}

const renderer = new MarkdownIt({ html: false, linkify: true, breaks: true });
const interrupts = { alt: ["paragraph", "reference", "blockquote", "list"] };
renderer.block.ruler.before("html_block", "comment", hiddenBlock, interrupts);
renderer.block.ruler.before("html_block", "details", detailsBlock, interrupts);
renderer.inline.ruler.before("html_inline", "comment", hiddenInline);
renderer.core.ruler.after("block", "alerts", alerts);
renderer.core.ruler.after("block", "tasks", tasks);

function lineAt(state: StateBlock, line: number): string {
  return state.src.slice((state.bMarks[line] ?? 0) + (state.tShift[line] ?? 0), state.eMarks[line] ?? 0);
}

function hiddenBlock(state: StateBlock, start: number, end: number, silent: boolean): boolean {
  if (!lineAt(state, start).startsWith("<!--")) return false;
  let line = start;
  while (line < end && !lineAt(state, line).includes("-->")) line += 1;
  // Text behind the comment is left to the inline rule.
  if (line === end || !lineAt(state, line).trimEnd().endsWith("-->")) return false;
  if (!silent) state.line = line + 1;
  return true;
}

function hiddenInline(state: StateInline, _silent: boolean): boolean {
  if (!state.src.startsWith("<!--", state.pos)) return false;
  const end = state.src.indexOf("-->", state.pos);
  if (end === -1) return false;
  state.pos = end + 3;
  return true;
}

/** Lets exactly `<details>`, `<summary>…</summary>` and `</details>` through, each on a line of its own. */
function detailsBlock(state: StateBlock, start: number, _end: number, silent: boolean): boolean {
  const line = lineAt(state, start).trim();
  const [, tag, summary] = /^(<details(?: open)?>|<\/details>)?(?:<summary>(.*?)<\/summary>)?$/.exec(line) ?? [];
  if (tag === undefined && summary === undefined) return false;
  if (silent) return true;
  if (tag === "</details>") state.push("details_close", "details", -1);
  else if (tag !== undefined) state.push("details_open", "details", 1);
  if (summary !== undefined) {
    state.push("summary_open", "summary", 1);
    const inline = state.push("inline", "", 0);
    inline.content = summary.replaceAll(/<\/?\w+>/g, "");
    inline.children = [];
    state.push("summary_close", "summary", -1);
  }
  state.line = start + 1;
  return true;
}

/** `> [!WARNING]` */
function alerts(state: StateCore): void {
  for (const [index, token] of state.tokens.entries()) {
    const inline = state.tokens[index + 2];
    if (token.type !== "blockquote_open" || inline === undefined) continue;
    const marker = /^\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\]\s*/.exec(inline.content);
    const kind = marker?.[1]?.toLowerCase();
    if (marker === null || kind === undefined) continue;
    inline.content = inline.content.slice(marker[0].length);
    token.tag = "div";
    token.attrSet("class", `alert alert-${kind}`);
    closing(state.tokens, index, token.level).tag = "div";
  }
}

function closing(tokens: readonly Token[], from: number, level: number): Token {
  const found = tokens.slice(from).find((each) => each.type === "blockquote_close" && each.level === level);
  if (found === undefined) throw new Error("A blockquote without an end");
  return found;
}

/** `- [x]` */
function tasks(state: StateCore): void {
  for (const [index, token] of state.tokens.entries()) {
    if (token.type !== "inline" || state.tokens[index - 2]?.type !== "list_item_open") continue;
    token.content = token.content.replace(/^\[([ xX])\] /, (_, mark: string) => (mark === " " ? "☐ " : "☑ "));
  }
}
