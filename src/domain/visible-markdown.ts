import { visibleText } from "./quote-untrusted.ts";

/** A browser draws these as nothing; written as references they pass for plain characters in the source. */
const namedNothing =
  /&(?:shy|zwn?j|lrm|rlm|ZeroWidthSpace|NoBreak|(?:Negative(?:Very)?(?:Thin|Medium|Thick)Space)|InvisibleTimes|InvisibleComma|ApplyFunction|af|it|ic);/g;
const numbered = /&#(?:x([0-9a-f]{1,8})|(\d{1,10}));/gi;
const nothing = /^(?![\t\n])[\p{Cc}\p{Default_Ignorable_Code_Point}]$/u;

/** One of HTML, with its attributes; a `>` inside quotes does not end it. */
const tag = /<([a-z][a-z0-9-]*)((?:[\s/](?:[^<>"']|"[^"]*"|'[^']*')*)?)>/gi;
const address = /[\s/"'](href|src)\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+)/gi;

const image = /!\[(?:[^[\]\\]|\\.|\[(?:[^[\]\\]|\\.)*\])*\](?=[([])/g;
const titled = /(\]\(\s*(?:<[^<>\n]*>|[^\s()<>]*(?:\([^\s()]*\)[^\s()<>]*)*))\s+(?:"[^"]*"|'[^']*'|\([^()]*\))\s*\)/g;
const definition =
  /^ {0,3}\[((?:[^[\]\\]|\\.)+)\]:[ \t]*(?:\n[ \t]*)?(<[^<>\n]*>|\S+)(?:[ \t]*(?:\n[ \t]*)?(?:"[^"]*"|'[^']*'|\([^()]*\)))?[ \t]*$/gm;
const codeSpan = /(?<![`\\])(`+)(?!`)(?:(?!\n\s*\n)[\s\S])*?[^`]\1(?!`)/g;

/** More than the forge takes as the text of an issue or comment. */
const longest = 65_536;

/**
 * Markdown from outside without what its page does not show, so that a model reads what people read: `visibleText`, and no text of images,
 * titles of links, attributes of tags or references that nothing refers to. Code is shown as it is written, and kept.
 */
export function visibleMarkdown(text: string): string {
  const source = visibleText(text.slice(0, longest));
  const shown = blocksOf(source).map(({ kind, lines }) => {
    const block = lines.join("\n");
    if (kind === "code") return block;
    return kind === "html" ? withoutHidden(block) : outsideSpans(block, withoutHidden);
  });
  // What was taken out may have kept a mark's parts asleep.
  return visibleText(withoutUnused(shown.join("\n")));
}

function withoutHidden(text: string): string {
  return text
    .replaceAll(namedNothing, "")
    .replaceAll(numbered, (reference, hex?: string, decimal?: string) => {
      const code = Number.parseInt(hex ?? decimal ?? "", hex === undefined ? 10 : 16);
      return code <= 0x10ffff && nothing.test(String.fromCodePoint(code)) ? "" : reference;
    })
    .replaceAll(tag, (_, name: string, attributes: string) => {
      const kept = [...attributes.matchAll(address)].map(([, key, value]) => ` ${key}=${value}`);
      return `<${name}${kept.join("")}>`;
    })
    .replaceAll(image, "![]")
    .replaceAll(titled, "$1)")
    .replaceAll(definition, "[$1]: $2");
}

/** A definition is not shown: its label is kept where the text shows it or leads by it. */
function withoutUnused(text: string): string {
  const used = new Map<string, number>();
  for (const [, label = ""] of text.matchAll(/\[([^[\]]+)\]/g)) used.set(key(label), (used.get(key(label)) ?? 0) + 1);
  return text.replaceAll(/^ {0,3}\[([^[\]]+)\]: \S+$/gm, (line, label: string) =>
    (used.get(key(label)) ?? 0) > 1 ? line : "",
  );
}

function key(label: string): string {
  return label.trim().replaceAll(/\s+/g, " ").toLowerCase();
}

function outsideSpans(text: string, change: (text: string) => string): string {
  const spans = [...text.matchAll(codeSpan)];
  const ends = spans.map(({ index, 0: span }) => index + span.length);
  const rest = [0, ...ends].map((from, n) => change(text.slice(from, spans[n]?.index)));
  return rest.map((part, n) => part + (spans[n]?.[0] ?? "")).join("");
}

interface Block {
  readonly kind: "code" | "html" | "prose";
  readonly lines: string[];
}

/** Where a parser could see it in two ways, it is not code: rather too much is taken out than too little. */
function blocksOf(text: string): readonly Block[] {
  const blocks: Block[] = [];
  let fence: string | undefined;
  let kind: Block["kind"] = "prose";
  for (const line of text.split("\n")) {
    const mark = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(line);
    let of: Block["kind"];
    if (fence !== undefined) {
      of = "code";
      if (mark?.[1]?.startsWith(fence) && mark[2]?.trim() === "") fence = undefined;
    } else if (kind !== "html" && mark?.[1] !== undefined && !(mark[1].startsWith("`") && mark[2]?.includes("`"))) {
      fence = mark[1];
      of = "code";
    } else if (line.trim() === "") of = "prose";
    else of = kind === "html" || /^ {0,3}<[a-z/!?]/i.test(line) ? "html" : "prose";
    const last = blocks.at(-1);
    if (last !== undefined && kind === of) last.lines.push(line);
    else blocks.push({ kind: of, lines: [line] });
    kind = of;
  }
  return blocks;
}
