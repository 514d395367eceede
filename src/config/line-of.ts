import { type Document, isMap, isScalar, isSeq, LineCounter, parseDocument } from "yaml";

/**
 * In which line of a settings file a setting stands; when it is missing, the nearest of its parents, and nothing where none of
 * them is there either.
 */
export function lineFinder(text: string): (path: readonly PropertyKey[]) => number | undefined {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  return (path) => {
    const offset = offsetOf(document, path);
    return offset === undefined ? undefined : lines.linePos(offset).line;
  };
}

function offsetOf(document: Document, path: readonly PropertyKey[]): number | undefined {
  let node: unknown = document.contents;
  let offset: number | undefined;
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
