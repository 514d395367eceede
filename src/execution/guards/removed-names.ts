import { added, type FileDiff, removed } from "../../domain/diff.ts";
import { testCasesOf } from "./test-cases.ts";
import { isSource, isTestPath } from "./test-language.ts";

const declaration =
  /\b(?:function\*?|def|class|func|fn|fun|const|let|var|interface|type|enum|struct|trait|module|void|static|public|async)\s+(?:\([^)]*\)\s*)?(?:self\.)?([A-Za-z_]\w{2,})/g;

/** What the code declared and the change takes out of it: tests of that go with it. */
export function removedNames(files: readonly FileDiff[]): ReadonlySet<string> {
  // In Rust tests stand beside the code, and are none of it.
  const inTests = new Set(testCasesOf(files).flatMap((it) => it.before.flatMap(({ lines }) => lines)));
  const code = files.filter(({ path }) => isSource(path) && !isTestPath(path));
  const names = (texts: readonly { readonly text: string }[]) =>
    texts.flatMap(({ text }) => [...text.matchAll(declaration)].map(([, name = ""]) => name));
  const kept = new Set(names(code.flatMap(added)));
  return new Set(names(code.flatMap(removed).filter((line) => !inTests.has(line))).filter((name) => !kept.has(name)));
}

export function mentions(texts: readonly { readonly text: string }[], names: ReadonlySet<string>): boolean {
  return texts.some(({ text }) => (text.match(/\w+/g) ?? []).some((word) => names.has(word)));
}
