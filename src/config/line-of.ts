import { type Document, isMap, isScalar, isSeq, LineCounter, parseDocument } from "yaml";

/** In which line of a settings file a setting stands; the nearest of its parents that is there when it is missing. */
export function lineFinder(text: string): (path: readonly PropertyKey[]) => number {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  return (path) => lines.linePos(offsetOf(document, path)).line;
}

function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  let node: unknown = document.contents;
  let offset = document.contents?.range?.[0] ?? 0;
  for (const key of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key));
      if (isScalar(pair?.key)) offset = pair.key.range?.[0] ?? offset;
      node = pair?.value;
    } else {
      node = isSeq(node) ? node.items[Number(key)] : undefined;
      if (isScalar(node)) offset = node.range?.[0] ?? offset;
    }
  }
  return offset;
}
