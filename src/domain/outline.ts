import { extensionOf, languages } from "./outline-languages.ts";

/** What a file of code says of itself, as far as cheap patterns see it. */
export interface Outline {
  /** What it declares at its top level, and the methods of that, in their order. */
  readonly symbols: readonly string[];
  /** What it imports, as it is written. */
  readonly imports: readonly string[];
}

const mostSymbols = 40;
const mostImports = 80;

/** Others' code, built code, and what only machines write or read. */
const foreign =
  /(?:^|\/)(?:node_modules|bower_components|jspm_packages|vendor|vendored|third[-_]party|external|dist|\.git|\.next|\.nuxt|\.yarn|\.venv|venv|site-packages|__pycache__|Pods|Carthage|coverage)\//i;
const written =
  /(?:[.-]min\.(?:js|css|mjs)|\.bundle\.js|\.map|\.snap|\.pb\.(?:go|cc|h)|_pb2(?:_grpc)?\.pyi?|\.(?:generated|gen|designer)\.\w+|(?:^|\/)zz_generated\.\w+\.go)$/i;

/** Whether a person may have written it here, and its language is one that we know. */
export function isCode(path: string): boolean {
  return languages.has(extensionOf(path)) && !isForeign(path);
}

export function isForeign(path: string): boolean {
  return foreign.test(path) || written.test(path);
}

/** Two programs of the same kind have the same outline wherever they stand. */
export function outlineOf(path: string, text: string): Outline {
  const language = languages.get(extensionOf(path));
  if (language === undefined || isMinified(text)) return { symbols: [], imports: [] };
  const outline = {
    symbols: found(text, language.symbols, mostSymbols),
    imports: found(text, language.imports, mostImports),
  };
  // A part of a text keeps the whole text in memory; a copy does not.
  return JSON.parse(JSON.stringify(outline));
}

function found(text: string, patterns: readonly RegExp[], most: number): readonly string[] {
  const matches = patterns.flatMap((pattern) => {
    const some: { readonly at: number; readonly name: string }[] = [];
    for (const match of text.matchAll(pattern)) {
      const name = match.slice(1).find((group) => group !== undefined);
      if (name !== undefined && name.length <= 120) some.push({ at: match.index, name });
      if (some.length === most) break;
    }
    return some;
  });
  const names = matches.sort((one, other) => one.at - other.at).map(({ name }) => name);
  return [...new Set(names)].slice(0, most);
}

/** Nobody writes lines of a thousand characters. */
function isMinified(text: string): boolean {
  if (text.length < 5_000) return false;
  let lines = 1;
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) lines += 1;
  return text.length / lines > 500;
}
