export type XmlPart =
  | { readonly type: "open"; readonly name: string; readonly attributes: ReadonlyMap<string, string> }
  | { readonly type: "close"; readonly name: string }
  | { readonly type: "text"; readonly text: string };

const entities: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

/**
 * The parts of an XML document in their order, as far as it can be read: what is broken off ends it, and nothing throws.
 * Definitions are passed over, so that no entity can be made that expands.
 */
export function* readXml(xml: string): Generator<XmlPart> {
  let at = 0;
  while (at < xml.length) {
    const open = xml.indexOf("<", at);
    const text = xml.slice(at, open === -1 ? xml.length : open);
    if (text !== "") yield { type: "text", text: decoded(text) };
    if (open === -1) return;
    const passed = passedOver.find(({ from }) => xml.startsWith(from, open));
    const end = passed === undefined ? endOfTag(xml, open) : xml.indexOf(passed.to, open + passed.from.length);
    if (end === -1) return;
    at = end + (passed?.to.length ?? 1);
    if (passed?.isText) yield { type: "text", text: xml.slice(open + passed.from.length, end) };
    if (passed === undefined) yield* tagOf(xml.slice(open + 1, end));
  }
}

const passedOver = [
  { from: "<!--", to: "-->", isText: false },
  { from: "<![CDATA[", to: "]]>", isText: true },
  { from: "<?", to: "?>", isText: false },
  { from: "<!", to: ">", isText: false },
] as const;

/** The next `>` outside of quotes. */
function endOfTag(xml: string, from: number): number {
  let quote = "";
  for (let at = from + 1; at < xml.length; at += 1) {
    const char = xml.charAt(at);
    if (quote !== "") quote = char === quote ? "" : quote;
    else if (char === '"' || char === "'") quote = char;
    else if (char === ">") return at;
  }
  return -1;
}

function* tagOf(tag: string): Generator<XmlPart> {
  if (tag.startsWith("/")) return yield { type: "close", name: tag.slice(1).trim() };
  const name = /^[^\s/]+/.exec(tag)?.[0] ?? "";
  const pairs = tag.slice(name.length).matchAll(/([^\s=/"']+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g);
  const attributes = new Map([...pairs].map(([, key = "", double, single]) => [key, decoded(double ?? single ?? "")]));
  yield { type: "open", name, attributes };
  if (tag.endsWith("/")) yield { type: "close", name };
}

function decoded(text: string): string {
  return text.replaceAll(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w{2,4}));/gi, (whole, hex, decimal, name) => {
    if (name !== undefined) return entities[name] ?? whole;
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
